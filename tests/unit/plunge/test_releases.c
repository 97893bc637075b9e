/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan */
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include <sqlite3.h>
#include <uv.h>

#include "base/arena.h"
#include "dbpool.h"
#include "ledger/heap.h"
#include "support/ledger_fixture.h"
#include "support/suite.h"

/* Each way of using the library leaves nothing in plunge's ledger. These are
 * the ways that the load of a scenario does not go; ci/mutate-the-pool skips a
 * release of the library in turn, and has it named here by kind and line. */

#define ROWS                                                                   \
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "          \
    "WHERE i < 5000) SELECT i FROM n"
#define INSERT "INSERT INTO users VALUES ('anna')"

static struct dbpool_options options;

static int set_up(void **state) {
    int status = ledger_fixture_set_up(state);
    struct ledger_fixture *f = *state;
    sqlite3 *handle;
    assert_int_equal(sqlite3_open(f->path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, "CREATE TABLE users (login UNIQUE)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
    dbpool_options_init(&options);
    options.min = options.max = 1;
    options.name = "users";
    return status;
}

static struct dbpool *open_url(struct ledger_fixture *f, const char *url) {
    struct dbpool *pool;
    assert_int_equal(dbpool_open(&f->loop, url, &options, &pool), DBPOOL_OK);
    return pool;
}

static struct dbpool *open_pool(struct ledger_fixture *f) {
    return open_url(f, arena_format(f->arena, "sqlite:%s", f->path));
}

static void close_and_expect_nothing(struct ledger_fixture *f,
                                     struct dbpool *pool) {
    ledger_fixture_close_pool(f, pool);
    ledger_fixture_expect_nothing_left(f);
}

/* Of this kind, while the pool is open. */
static void expect_so_many(struct ledger_fixture *f, enum result_kind kind,
                           uint64_t expected) {
    uint64_t count = 0;
    ledger_fixture_settle(f);
    for (size_t i = 0; i < f->cell.leftovers_count; i++) {
        if (f->cell.leftovers[i].kind == kind) {
            count += f->cell.leftovers[i].count;
        }
    }
    if (count != expected) {
        ledger_fixture_say(f);
    }
    assert_int_equal(count, expected);
}

static void ignore(struct dbpool_request *request) {
    (void)request;
}

/* One query, answered; its status. */
static int query(struct ledger_fixture *f, struct dbpool *pool,
                 const char *sql) {
    struct dbpool_request request;
    dbpool_request_init(&request, NULL);
    assert_int_equal(dbpool_run_query(pool, &request, sql, ignore), DBPOOL_OK);
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    int status = request.status;
    dbpool_request_fini(&request);
    return status;
}

/* ---- Statements ---- */

static void statements_that_make_room_leave_nothing(void **state) {
    struct ledger_fixture *f = *state;
    options.statements_max = 1;
    struct dbpool *pool = open_pool(f);
    assert_int_equal(query(f, pool, "SELECT 1"), DBPOOL_OK);
    assert_int_equal(query(f, pool, "SELECT 2"), DBPOOL_OK);
    expect_so_many(f, RESULT_STATEMENT, 1);
    close_and_expect_nothing(f, pool);
}

static void statements_that_are_wrong_leave_nothing(void **state) {
    struct ledger_fixture *f = *state;
    struct dbpool *pool = open_pool(f);
    assert_int_equal(query(f, pool, "SELECT 1; SELECT 2"), DBPOOL_ESQL);
    assert_int_equal(query(f, pool, "SELECT"), DBPOOL_ESQL);
    close_and_expect_nothing(f, pool);
}

static void writes_leave_nothing(void **state) {
    struct ledger_fixture *f = *state;
    struct dbpool *pool = open_pool(f);
    assert_int_equal(query(f, pool, INSERT), DBPOOL_OK);
    assert_int_equal(query(f, pool, INSERT), DBPOOL_ESQL);
    assert_int_equal(query(f, pool, "SELECT 1"), DBPOOL_OK);
    assert_int_equal(query(f, pool, "BEGIN"), DBPOOL_ESQL);
    assert_int_equal(query(f, pool, "SELECT 1"), DBPOOL_OK);
    close_and_expect_nothing(f, pool);
}

static void reads_of_one_batch_leave_nothing(void **state) {
    struct ledger_fixture *f = *state;
    struct dbpool_request requests[3];
    struct dbpool *pool = open_pool(f);
    for (size_t i = 0; i < 3; i++) {
        dbpool_request_init(&requests[i], NULL);
        assert_int_equal(
            dbpool_run_query(pool, &requests[i], "SELECT 1", ignore),
            DBPOOL_OK);
    }
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    expect_so_many(f, RESULT_TRANSACTION, 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(requests[i].status, DBPOOL_OK);
        dbpool_request_fini(&requests[i]);
    }
    close_and_expect_nothing(f, pool);
}

/* ---- Functions ---- */

static int insert_in(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    const struct dbpool_statement insert = {.sql = INSERT};
    return dbpool_execute(transaction, &insert, NULL);
}

static int insert_in_savepoint(struct dbpool_transaction *transaction,
                               void *data) {
    return dbpool_savepoint(transaction, insert_in, data);
}

static int interact(struct ledger_fixture *f, struct dbpool *pool,
                    dbpool_interaction_fn function) {
    struct dbpool_request request;
    dbpool_request_init(&request, NULL);
    assert_int_equal(dbpool_run_interaction(pool, &request, function, ignore),
                     DBPOOL_OK);
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    int status = request.status;
    dbpool_request_fini(&request);
    return status;
}

static void interactions_leave_nothing(void **state) {
    struct ledger_fixture *f = *state;
    struct dbpool *pool = open_pool(f);
    assert_int_equal(interact(f, pool, insert_in_savepoint), DBPOOL_OK);
    assert_int_equal(interact(f, pool, insert_in_savepoint), DBPOOL_ESQL);
    assert_int_equal(interact(f, pool, insert_in), DBPOOL_ESQL);
    close_and_expect_nothing(f, pool);
}

static void many_rows_leave_nothing(void **state) {
    struct ledger_fixture *f = *state;
    struct dbpool_value logins[2] = {dbpool_text("anna"), dbpool_text("ida")};
    struct dbpool_request request;
    struct dbpool *pool = open_pool(f);
    dbpool_request_init(&request, NULL);
    request.params = logins;
    request.params_count = 1;
    assert_int_equal(dbpool_run_many(pool, &request,
                                     "INSERT INTO users VALUES (?)", 2, ignore),
                     DBPOOL_OK);
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(request.status, DBPOOL_OK);
    dbpool_request_fini(&request);
    close_and_expect_nothing(f, pool);
}

static int refuse(struct dbpool_transaction *connection, void *data) {
    (void)connection;
    (void)data;
    return DBPOOL_EABORT;
}

static void a_connection_that_is_refused_leaves_nothing(void **state) {
    struct ledger_fixture *f = *state;
    options.on_connect = refuse;
    struct dbpool *pool = open_pool(f);
    assert_int_equal(query(f, pool, "SELECT 1"), DBPOOL_EABORT);
    expect_so_many(f, RESULT_CONNECTION, 0);
    close_and_expect_nothing(f, pool);
}

/* ---- Streams ---- */

static void read_on(struct dbpool_request *request,
                    const struct dbpool_result *rows) {
    assert_true(rows->rows_count != 0);
    if (request->data != NULL) {
        dbpool_stream_stop(request);
    }
}

static void stream(struct ledger_fixture *f, struct dbpool *pool, void *stops) {
    struct dbpool_request request;
    dbpool_request_init(&request, stops);
    assert_int_equal(dbpool_run_stream(pool, &request, ROWS, read_on, ignore),
                     DBPOOL_OK);
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(request.status, DBPOOL_OK);
    dbpool_request_fini(&request);
}

static void streams_leave_nothing(void **state) {
    struct ledger_fixture *f = *state;
    struct dbpool *pool = open_pool(f);
    stream(f, pool, NULL);
    stream(f, pool, f);
    close_and_expect_nothing(f, pool);
}

/* ---- Connections ---- */

static uint64_t closed_by(struct dbpool *pool, enum dbpool_closed cause) {
    struct dbpool_stats stats;
    dbpool_stats(pool, &stats);
    return stats.closed[cause];
}

static void a_connection_that_cannot_be_opened_leaves_nothing(void **state) {
    struct ledger_fixture *f = *state;
    options.must_exist = true;
    struct dbpool *pool =
        open_url(f, arena_format(f->arena, "sqlite:%s", f->folder));
    assert_int_equal(query(f, pool, "SELECT 1"), DBPOOL_ECONNECT);
    close_and_expect_nothing(f, pool);
}

static void a_connection_that_has_expired_leaves_nothing(void **state) {
    struct ledger_fixture *f = *state;
    options.max_lifetime_ms = 1;
    struct dbpool *pool = open_pool(f);
    while (closed_by(pool, DBPOOL_CLOSED_EXPIRED) == 0) {
        assert_int_equal(query(f, pool, "SELECT 1"), DBPOOL_OK);
    }
    close_and_expect_nothing(f, pool);
}

static void a_connection_that_is_lost_leaves_nothing(void **state) {
    struct ledger_fixture *f = *state;
    options.reconnect = true;
    struct dbpool *pool = open_pool(f);
    assert_int_equal(query(f, pool, "SELECT 1"), DBPOOL_OK);
    const char *other = arena_format(f->arena, "%s/other.db", f->folder);
    sqlite3 *handle;
    assert_int_equal(sqlite3_open(other, &handle), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(handle, "CREATE TABLE other (a)", NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
    assert_int_equal(rename(other, f->path), 0);
    assert_int_equal(query(f, pool, "SELECT a FROM other"), DBPOOL_OK);
    assert_int_equal(closed_by(pool, DBPOOL_CLOSED_LOST), 1);
    close_and_expect_nothing(f, pool);
}

static void a_database_in_memory_leaves_nothing(void **state) {
    struct ledger_fixture *f = *state;
    struct dbpool *pool = open_url(f, "sqlite::memory:");
    assert_int_equal(query(f, pool, "SELECT 1"), DBPOOL_OK);
    close_and_expect_nothing(f, pool);
}

/* ---- Threads and handles ---- */

struct wait {
    uv_timer_t timer;
    struct dbpool *pool;
    bool (*has_come)(struct dbpool *pool);
    int ticks;
};

static void look(uv_timer_t *timer) {
    struct wait *wait = timer->data;
    if (wait->ticks-- == 0 || wait->has_come(wait->pool)) {
        uv_close((uv_handle_t *)timer, NULL);
    }
}

/* Or five seconds long. */
static void run_until(struct ledger_fixture *f, struct dbpool *pool,
                      bool (*has_come)(struct dbpool *pool)) {
    struct wait wait = {.pool = pool, .has_come = has_come, .ticks = 5000};
    assert_int_equal(uv_timer_init(&f->loop, &wait.timer), 0);
    wait.timer.data = &wait;
    assert_int_equal(uv_timer_start(&wait.timer, look, 0, 1), 0);
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
}

static bool has_idled(struct dbpool *pool) {
    struct dbpool_stats stats;
    dbpool_stats(pool, &stats);
    return stats.threads_idled != 0;
}

static bool has_gone(struct dbpool *pool) {
    (void)pool;
    return dbpool_census(NULL, 0) == 0;
}

/* Two at once call for two threads. */
static void query_twice(struct ledger_fixture *f, struct dbpool *pool) {
    struct dbpool_request requests[2];
    for (size_t i = 0; i < 2; i++) {
        dbpool_request_init(&requests[i], NULL);
        assert_int_equal(
            dbpool_run_query(pool, &requests[i], "SELECT 1", ignore),
            DBPOOL_OK);
    }
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(requests[i].status, DBPOOL_OK);
        dbpool_request_fini(&requests[i]);
    }
}

static void threads_that_leave_early_leave_nothing(void **state) {
    struct ledger_fixture *f = *state;
    struct dbpool_stats stats;
    options.max = 2;
    options.idle_timeout_ms = 1;
    struct dbpool *pool = open_pool(f);
    query_twice(f, pool);
    run_until(f, pool, has_idled);
    expect_so_many(f, RESULT_THREAD, 1);
    dbpool_stats(pool, &stats);
    assert_int_equal(stats.threads_idled, 1);
    close_and_expect_nothing(f, pool);
}

/* So much more address space, or as much as there is. */
static void limit_memory(struct rlimit *before, size_t more) {
    unsigned long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    assert_non_null(statm);
    assert_int_equal(fscanf(statm, "%lu", &pages), 1);
    (void)fclose(statm);
    assert_int_equal(getrlimit(RLIMIT_AS, before), 0);
    struct rlimit limit = *before;
    limit.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + more;
    assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
}

/* The census; for the ledger it has never come to be. */
static void expect_no_thread_listed(void) {
    struct dbpool_census_entry entries[16];
    size_t count = dbpool_census(entries, 16);
    for (size_t i = 0; i < count && i < 16; i++) {
        if (entries[i].kind == DBPOOL_KIND_THREAD) {
            print_error("left behind: thread %s, never started; of the pool "
                        "opened at %s:%d\n",
                        entries[i].text, entries[i].pool_site.file,
                        entries[i].pool_site.line);
            fail_msg("a thread is listed that is not there");
        }
    }
}

static void a_thread_that_cannot_be_started_leaves_nothing(void **state) {
    struct ledger_fixture *f = *state;
    struct rlimit before;
    options.stack_size = (size_t)1024 * 1024 * 1024;
    struct dbpool *pool = open_pool(f);
    struct dbpool_request request;
    dbpool_request_init(&request, NULL);
    limit_memory(&before, options.stack_size / 2);
    int status = dbpool_run_query(pool, &request, "SELECT 1", ignore);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_int_equal(status, DBPOOL_ETHREAD);
    dbpool_request_fini(&request);
    expect_no_thread_listed();
    close_and_expect_nothing(f, pool);
}

static void ignore_slow(const struct dbpool_slow *slow, void *data) {
    (void)slow;
    (void)data;
}

static void a_watch_for_slow_functions_leaves_nothing(void **state) {
    struct ledger_fixture *f = *state;
    options.interaction_warn_ms = 1000;
    options.hooks.on_slow = ignore_slow;
    struct dbpool *pool = open_pool(f);
    assert_int_equal(interact(f, pool, insert_in), DBPOOL_OK);
    close_and_expect_nothing(f, pool);
}

static void a_close_from_elsewhere_leaves_nothing(void **state) {
    struct ledger_fixture *f = *state;
    struct dbpool *pool = open_pool(f);
    assert_int_equal(query(f, pool, "SELECT 1"), DBPOOL_OK);
    dbpool_close_soon(pool);
    run_until(f, pool, has_gone);
    ledger_fixture_expect_nothing_left(f);
}

static void a_close_that_is_waited_for_leaves_nothing(void **state) {
    struct ledger_fixture *f = *state;
    char message[128];
    struct dbpool *pool = open_pool(f);
    assert_int_equal(query(f, pool, "SELECT 1"), DBPOOL_OK);
    int status = dbpool_close_wait(pool, NULL, message, sizeof message);
    ledger_fixture_expect_nothing_left(f);
    assert_int_equal(status, DBPOOL_OK);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, set_up, ledger_fixture_tear_down)

int main(int argc, char **argv) {
    heap_count();
    const struct CMUnitTest tests[] = {
        TEST(statements_that_make_room_leave_nothing),
        TEST(statements_that_are_wrong_leave_nothing),
        TEST(writes_leave_nothing),
        TEST(reads_of_one_batch_leave_nothing),
        TEST(interactions_leave_nothing),
        TEST(many_rows_leave_nothing),
        TEST(a_connection_that_is_refused_leaves_nothing),
        TEST(streams_leave_nothing),
        TEST(a_connection_that_cannot_be_opened_leaves_nothing),
        TEST(a_connection_that_has_expired_leaves_nothing),
        TEST(a_connection_that_is_lost_leaves_nothing),
        TEST(a_database_in_memory_leaves_nothing),
        TEST(threads_that_leave_early_leave_nothing),
        TEST(a_thread_that_cannot_be_started_leaves_nothing),
        TEST(a_watch_for_slow_functions_leaves_nothing),
        TEST(a_close_from_elsewhere_leaves_nothing),
        TEST(a_close_that_is_waited_for_leaves_nothing),
    };
    return SUITE_RUN(tests, argc, argv);
}
