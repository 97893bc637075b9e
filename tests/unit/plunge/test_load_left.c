/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan tsan memcheck */
#include "load/load.h"

#include <errno.h>

#include "base/result.h"
#include "dbpool.h"
#include "ledger/ledger.h"
#include "subject/subject.h"
#include "support/load_fixture.h"
#include "support/suite.h"

/* Pools that cycles leave open, and what can be done beside the cycles. The
 * fixture's tear-down proves the loop empty. */

#define CYCLES 6

static void start_leaving(struct load_fixture *f, uint64_t left_max) {
    f->settings.pool.min = 1;
    f->settings.pool.max = 1;
    f->settings.pool.shutdown = SCENARIO_MISSING;
    f->left_max = left_max;
    load_fixture_make_database(f);
    load_fixture_start(f, &subject_dbpool);
}

static size_t pools_open(void) {
    struct dbpool_census_entry entries[256];
    size_t count = dbpool_census(entries, 256);
    size_t pools = 0;
    assert_true(count <= 256);
    for (size_t i = 0; i < count; i++) {
        pools += entries[i].kind == DBPOOL_KIND_POOL;
    }
    return pools;
}

/* The tag of the oldest. */
static uint64_t oldest_cycle(void) {
    struct dbpool_census_entry entries[256];
    size_t count = dbpool_census(entries, 256);
    uint64_t oldest = UINT64_MAX;
    for (size_t i = 0; i < count; i++) {
        oldest = entries[i].tag < oldest ? entries[i].tag : oldest;
    }
    return oldest;
}

static void leave(struct load_fixture *f) {
    for (uint64_t cycle = 1; cycle <= CYCLES; cycle++) {
        assert_int_equal(load_fixture_cycle(f, cycle), LOAD_DONE);
    }
}

static void close_all(struct load_fixture *f) {
    load_close_left(f->load, load_left(f->load), &f->outcome);
    assert_int_equal(f->outcome.end, LOAD_DONE);
    assert_int_equal(load_left(f->load), 0);
    assert_int_equal(pools_open(), 0);
}

static void the_oldest_are_closed_first_and_the_last_apart(void **state) {
    struct load_fixture *f = *state;
    start_leaving(f, CYCLES);
    leave(f);
    assert_int_equal(pools_open(), CYCLES);
    assert_int_equal(load_left(f->load), CYCLES);
    load_close_left(f->load, 3, &f->outcome);
    assert_int_equal(f->outcome.end, LOAD_DONE);
    assert_int_equal(pools_open(), CYCLES - 3);
    assert_int_equal(oldest_cycle(), 4);
    load_close_last(f->load, &f->outcome);
    assert_int_equal(f->outcome.end, LOAD_DONE);
    assert_int_equal(pools_open(), CYCLES - 4);
    assert_int_equal(oldest_cycle(), 4);
    close_all(f);
}

static void what_the_tutorials_bug_leaves_is_closed_too(void **state) {
    struct load_fixture *f = *state;
    f->settings.pool.shutdown = SCENARIO_UNCALLED;
    f->settings.pool.min = 1;
    f->left_max = CYCLES;
    load_fixture_make_database(f);
    load_fixture_start(f, &subject_dbpool);
    leave(f);
    assert_int_equal(load_left(f->load), CYCLES);
    close_all(f);
}

static void a_pool_that_was_closed_is_not_left(void **state) {
    struct load_fixture *f = *state;
    start_leaving(f, CYCLES);
    f->settings.pool.shutdown = SCENARIO_CLEAN;
    leave(f);
    assert_int_equal(load_left(f->load), 0);
    close_all(f);
}

static void one_more_pool_is_asked_and_counts_nowhere(void **state) {
    struct load_fixture *f = *state;
    start_leaving(f, 1);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    for (uint64_t cycle = 2; cycle < 5; cycle++) {
        assert_true(load_ask_once(f->load, cycle, &f->outcome));
        assert_int_equal(pools_open(), 1);
    }
    load_fixture_result(f);
    assert_int_equal(f->cell.phases[0].submitted, 100);
    assert_int_equal(f->cell.cycles.completed, 1);
    close_all(f);
}

static void one_more_pool_that_cannot_answer_says_so(void **state) {
    struct load_fixture *f = *state;
    load_fixture_make_database(f);
    people_database_remove(&f->database);
    load_fixture_start(f, &subject_dbpool);
    assert_false(load_ask_once(f->load, 1, &f->outcome));
    f->database.path[0] = '\0';
}

/* ---- What a connection holds ---------------------------------------------*/

static uint64_t fds_open(void) {
    struct result_usage usage;
    ledger_usage(&usage);
    return usage.fds;
}

/* The database and its log; and the index of the log, for all. */
static void a_connection_is_measured_beside_another(void **state) {
    struct load_fixture *f = *state;
    uint64_t held[3];
    start_leaving(f, 2);
    load_warm_up(f->load, &f->outcome);
    load_probe(f->load, fds_open, held, &f->outcome);
    assert_int_equal(f->outcome.end, LOAD_DONE);
    assert_int_equal(held[1] - held[0], 3);
    assert_int_equal(held[2] - held[1], 2);
    assert_int_equal(fds_open(), held[0]);
    assert_int_equal(pools_open(), 0);
}

/* ---- What was refused ----------------------------------------------------*/

static int refusal;

static int say_refused(void) {
    return refusal;
}

static void what_was_refused_ends_the_cycle_as_exhaustion(void **state) {
    struct load_fixture *f = *state;
    f->refused = say_refused;
    load_fixture_start(f, NULL);
    refusal = 0;
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    refusal = EMFILE;
    assert_int_equal(load_fixture_cycle(f, 2), LOAD_EXHAUSTED);
    assert_int_equal(f->outcome.error_number, EMFILE);
    load_fixture_result(f);
    assert_int_equal(f->cell.cycles.completed, 1);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, load_fixture_set_up,                 \
                                    load_fixture_tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(the_oldest_are_closed_first_and_the_last_apart),
        TEST(what_the_tutorials_bug_leaves_is_closed_too),
        TEST(a_pool_that_was_closed_is_not_left),
        TEST(one_more_pool_is_asked_and_counts_nowhere),
        TEST(one_more_pool_that_cannot_answer_says_so),
        TEST(a_connection_is_measured_beside_another),
        TEST(what_was_refused_ends_the_cycle_as_exhaustion),
    };
    return SUITE_RUN(tests, argc, argv);
}
