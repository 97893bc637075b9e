/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "ledger/ledger.h"

#include <string.h>

#include "dbpool.h"
#include "support/gate.h"
#include "support/ledger_fixture.h"
#include "support/suite.h"

static int hold(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    gate_pass(data);
    return 0;
}

static const struct result_leftover *find(const struct ledger_fixture *f,
                                          const char *identity) {
    const struct result_leftover *found = NULL;
    for (size_t i = 0; i < f->cell.leftovers_count; i++) {
        const struct result_leftover *left = &f->cell.leftovers[i];
        if (left->kind == RESULT_REQUEST &&
            strcmp(left->identity, identity) == 0) {
            assert_null(found);
            found = left;
        }
    }
    assert_non_null(found);
    return found;
}

static size_t count_requests(const struct ledger_fixture *f) {
    size_t count = 0;
    for (size_t i = 0; i < f->cell.leftovers_count; i++) {
        count += f->cell.leftovers[i].kind == RESULT_REQUEST;
    }
    return count;
}

/* One that a thread has, and one that waits to be handed over. */
static void what_is_unanswered_is_named_with_its_sql(void **state) {
    struct ledger_fixture *f = *state;
    struct gate gate;
    struct dbpool_request held;
    struct dbpool_request waiting;
    gate_init(&gate);
    struct dbpool *pool = ledger_fixture_open_pool(f, 7);
    dbpool_request_init(&held, &gate);
    dbpool_request_init(&waiting, NULL);
    assert_int_equal(dbpool_run_with_connection(pool, &held, hold, NULL), 0);
    (void)uv_run(&f->loop, UV_RUN_NOWAIT);
    gate_wait(&gate);
    assert_int_equal(dbpool_run_query(pool, &waiting, "SELECT 4711", NULL), 0);

    ledger_fixture_settle(f);

    ledger_fixture_expect_undisputed(f);
    assert_int_equal(count_requests(f), 2);
    const struct result_leftover *left = find(f, "request SELECT 4711");
    assert_non_null(strstr(left->site,
                           "of the pool opened at " LEDGER_FIXTURE_SITE
                           ", for the request at "));
    assert_non_null(strstr(left->site, "test_ledger_requests.c"));
    assert_int_equal(left->cycle, 7);
    left = find(f, "request taken by a thread");
    assert_string_equal(left->site,
                        "of the pool opened at " LEDGER_FIXTURE_SITE);
    assert_int_equal(left->cycle, 7);
    gate_open(&gate);
    ledger_fixture_use_pool(f, pool);
    ledger_fixture_settle(f);
    assert_int_equal(count_requests(f), 0);
    ledger_fixture_close_pool(f, pool);
    dbpool_request_fini(&held);
    dbpool_request_fini(&waiting);
    gate_fini(&gate);
    ledger_fixture_expect_nothing_left(f);
}

int main(int argc, char **argv) {
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, ledger_fixture_set_up,               \
                                    ledger_fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_unanswered_is_named_with_its_sql),
    };
    return SUITE_RUN(tests, argc, argv);
}
