/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/dbpool/pool_fixture.h"
#include "support/gate.h"
#include "support/suite.h"

enum { ENTRIES = 64 };

static struct dbpool_census_entry entries[ENTRIES];
static size_t entries_count;

static size_t count_kind(enum dbpool_kind kind) {
    entries_count = dbpool_census(entries, ENTRIES);
    assert_true(entries_count <= ENTRIES);
    size_t count = 0;
    for (size_t i = 0; i < entries_count; i++) {
        count += entries[i].kind == kind;
    }
    return count;
}

static const struct dbpool_census_entry *first_of(enum dbpool_kind kind) {
    for (size_t i = 0; i < entries_count; i++) {
        if (entries[i].kind == kind) {
            return &entries[i];
        }
    }
    fail_msg("no entry of kind %d", (int)kind);
    return NULL;
}

static void a_pool_names_the_line_that_opened_it(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.name = "users";
    fixture->options.tag = 42;
    int line = __LINE__ + 1;
    assert_int_equal(dbpool_open(&fixture->loop, fixture->url,
                                 &fixture->options, &fixture->pool),
                     DBPOOL_OK);
    assert_int_equal(count_kind(DBPOOL_KIND_POOL), 1);
    const struct dbpool_census_entry *pool = first_of(DBPOOL_KIND_POOL);
    assert_string_equal(pool->text, "users");
    assert_non_null(strstr(pool->site.file, "test_census.c"));
    assert_in_range(pool->site.line, line, line + 2);
    assert_string_equal(pool->site.function,
                        "a_pool_names_the_line_that_opened_it");
    assert_int_equal(pool->tag, 42);
    assert_int_equal(pool->owner_id, 0);
    assert_int_equal(count_kind(DBPOOL_KIND_HANDLE), 3);
    assert_int_equal(count_kind(DBPOOL_KIND_THREAD), 0);
    fixture_close_and_run(fixture);
    assert_int_equal(dbpool_census(NULL, 0), 0);
}

static int hold(struct dbpool_transaction *transaction, void *data) {
    struct gate *gate = data;
    struct dbpool_statement select = {.sql = "SELECT 4711"};
    int status = dbpool_execute(transaction, &select, NULL);
    gate_pass(gate);
    return status;
}

static void ignore(struct dbpool_request *request) {
    (void)request;
}

/* pool -> thread -> connection -> statement and transaction, each with the
 * site of the request that made it necessary. */
static void what_an_interaction_holds_is_owned_up_to_its_pool(void **state) {
    struct pool_fixture *fixture = *state;
    struct gate gate;
    gate_init(&gate);
    fixture->options.min = 1;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, &gate);
    int line = __LINE__ + 1;
    assert_int_equal(
        dbpool_run_interaction(fixture->pool, &request, hold, ignore),
        DBPOOL_OK);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&gate);
    assert_int_equal(count_kind(DBPOOL_KIND_THREAD), 1);
    assert_int_equal(count_kind(DBPOOL_KIND_CONNECTION), 1);
    assert_int_equal(count_kind(DBPOOL_KIND_STATEMENT), 1);
    assert_int_equal(count_kind(DBPOOL_KIND_TRANSACTION), 1);
    const struct dbpool_census_entry *pool = first_of(DBPOOL_KIND_POOL);
    const struct dbpool_census_entry *thread = first_of(DBPOOL_KIND_THREAD);
    const struct dbpool_census_entry *connection =
        first_of(DBPOOL_KIND_CONNECTION);
    const struct dbpool_census_entry *statement =
        first_of(DBPOOL_KIND_STATEMENT);
    const struct dbpool_census_entry *transaction =
        first_of(DBPOOL_KIND_TRANSACTION);
    assert_int_equal(thread->owner_id, pool->id);
    assert_int_equal(connection->owner_id, thread->id);
    assert_int_equal(statement->owner_id, connection->id);
    assert_int_equal(connection->last_id, statement->id);
    assert_int_equal(thread->last_id, 0);
    assert_int_equal(transaction->owner_id, connection->id);
    assert_string_equal(thread->text, "dbpool/1");
    assert_true(thread->thread_id > 0);
    assert_int_not_equal(thread->thread_id, syscall(SYS_gettid));
    assert_string_equal(connection->text, fixture->path);
    assert_string_equal(statement->text, "SELECT 4711");
    assert_in_range(transaction->site.line, line, line + 2);
    assert_in_range(thread->site.line, line, line + 2);
    gate_open(&gate);
    fixture_run(fixture);
    assert_int_equal(count_kind(DBPOOL_KIND_TRANSACTION), 0);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
    gate_fini(&gate);
}

static const char *last_sql(void) {
    assert_int_equal(count_kind(DBPOOL_KIND_CONNECTION), 1);
    const struct dbpool_census_entry *connection =
        first_of(DBPOOL_KIND_CONNECTION);
    for (size_t i = 0; i < entries_count; i++) {
        if (entries[i].id == connection->last_id) {
            return entries[i].text;
        }
    }
    return "";
}

static void query(struct pool_fixture *fixture, const char *sql) {
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, sql), DBPOOL_OK);
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
    dbpool_request_fini(&request);
}

static void a_connection_names_the_statement_asked_for_last(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.min = fixture->options.max = 1;
    fixture->options.statements_max = 2;
    fixture_open(fixture);
    query(fixture, "SELECT 1");
    assert_string_equal(last_sql(), "SELECT 1");
    query(fixture, "SELECT 2");
    assert_string_equal(last_sql(), "SELECT 2");
    query(fixture, "SELECT 1");
    assert_string_equal(last_sql(), "SELECT 1");
    query(fixture, "SELECT 3"); /* SELECT 2 goes */
    assert_string_equal(last_sql(), "SELECT 3");
    fixture_close_and_run(fixture);
}

static void a_census_that_does_not_fit_tells_its_size(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    assert_int_equal(dbpool_census(entries, 1), 4);
    assert_int_equal(entries[0].kind, DBPOOL_KIND_POOL);
    fixture_close_and_run(fixture);
}

static int look(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    struct dbpool_activity *activity = data;
    *activity = dbpool_activity();
    return DBPOOL_OK;
}

static void a_thread_knows_on_whose_behalf_it_works(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_activity activity = {0};
    fixture->options.tag = 7;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, &activity);
    int line = __LINE__ + 1;
    assert_int_equal(
        dbpool_run_with_connection(fixture->pool, &request, look, ignore),
        DBPOOL_OK);
    assert_null(dbpool_activity().pool_name);
    fixture_run(fixture);
    assert_int_equal(activity.tag, 7);
    assert_in_range(activity.thread_number, 1, 3);
    assert_in_range(activity.site.line, line, line + 2);
    assert_non_null(strstr(activity.pool_site.file, "pool_fixture.c"));
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

/* A pool that nobody closes stays in the census with all that it holds, while
 * the loop goes on; closing it late takes all of it back. */
static void a_pool_left_open_is_seen_until_it_is_closed(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, "SELECT 1"), DBPOOL_OK);
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(count_kind(DBPOOL_KIND_POOL), 1);
    assert_int_equal(count_kind(DBPOOL_KIND_THREAD), 3);
    assert_int_equal(count_kind(DBPOOL_KIND_CONNECTION), 1);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
    assert_int_equal(dbpool_census(NULL, 0), 0);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

static void the_unanswered_are_listed_where_they_wait(void **state) {
    struct pool_fixture *fixture = *state;
    struct gate gate;
    gate_init(&gate);
    fixture->options.name = "users";
    fixture->options.min = fixture->options.max = 1;
    fixture->options.queue_limit = 3;
    fixture->options.queue_policy = DBPOOL_QUEUE_WAIT;
    fixture->options.tag = 42;
    assert_int_equal(dbpool_open(&fixture->loop, fixture->url,
                                 &fixture->options, &fixture->pool),
                     DBPOOL_OK);
    assert_int_equal(dbpool_unanswered(fixture->pool, NULL, 0), 0);
    struct dbpool_request requests[4];
    for (size_t i = 0; i < 4; i++) {
        dbpool_request_init(&requests[i], &gate);
    }
    assert_int_equal(
        dbpool_run_with_connection(fixture->pool, &requests[0], hold, NULL),
        DBPOOL_OK);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&gate);
    int line = __LINE__ + 1;
    assert_int_equal(
        dbpool_run_query(fixture->pool, &requests[1], "SELECT 1", NULL),
        DBPOOL_OK);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT); /* it is handed over */
    assert_int_equal(
        dbpool_run_operation(fixture->pool, &requests[2], "DELETE", NULL),
        DBPOOL_OK);
    assert_int_equal(
        dbpool_run_query(fixture->pool, &requests[3], "SELECT 3", NULL),
        DBPOOL_OK);
    assert_int_equal(dbpool_unanswered(fixture->pool, entries, 1), 4);
    assert_int_equal(dbpool_unanswered(fixture->pool, entries, ENTRIES), 4);
    static const char *const texts[] = {"DELETE", "SELECT 3", "SELECT 1", ""};
    const void *const objects[] = {&requests[2], &requests[3], &requests[1],
                                   NULL};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(entries[i].kind, DBPOOL_KIND_REQUEST);
        assert_string_equal(entries[i].text, texts[i]);
        assert_ptr_equal(entries[i].object, objects[i]);
        assert_int_equal(entries[i].tag, 42);
        assert_non_null(entries[i].pool_site.file);
    }
    assert_in_range(entries[2].site.line, line, line + 3);
    assert_int_equal(entries[2].id, 2);
    gate_open(&gate);
    fixture_close_and_run(fixture);
    for (size_t i = 0; i < 4; i++) {
        dbpool_request_fini(&requests[i]);
    }
    gate_fini(&gate);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_pool_names_the_line_that_opened_it),
        TEST(what_an_interaction_holds_is_owned_up_to_its_pool),
        TEST(a_connection_names_the_statement_asked_for_last),
        TEST(a_census_that_does_not_fit_tells_its_size),
        TEST(a_thread_knows_on_whose_behalf_it_works),
        TEST(a_pool_left_open_is_seen_until_it_is_closed),
        TEST(the_unanswered_are_listed_where_they_wait),
    };
    return SUITE_RUN(tests, argc, argv);
}
