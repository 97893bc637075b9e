/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include <dirent.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <valgrind/memcheck.h>

#include "support/dbpool/blocks.h"
#include "support/dbpool/endless.h"
#include "support/dbpool/faults.h"
#include "support/suite.h"

/* What people complain of in pools, the loudest first, and which test shows
 * that this one does not have it: a test of this file, and what other files
 * hold in depth.
 *
 *  1 shutdown hangs because something is still out
 *      shutdown_does_not_hang_on_what_is_out; test_grades, test_deadlines
 *  2 "closed", but something remains
 *      in_the_close_callback_nothing_remains; test_cycles, test_close
 *  3 threads leak when nobody closes
 *      a_pool_that_nobody_closed_is_named_with_all_it_holds; test_at_exit
 *  4 "database is locked", and nobody knows by whom
 *      what_another_process_locks_is_named; test_lane, test_locks
 *  5 nested use deadlocks a small pool
 *      one_thread_is_enough_for_requests_made_of_requests;
 *      test_close_elsewhere (close_wait_in_an_interaction_names_both_sites)
 *  6 a cancel or an interrupt hits the next statement
 *      an_interrupt_never_hits_the_next_statement; test_cancel
 *  7 -wal and -shm are left
 *      no_log_is_left_whoever_closes_last; test_close, test_grades
 *  8 statement caches grow
 *      ten_thousand_statements_leave_the_cache_at_its_bound
 *  9 fork
 *      test_fork
 * 10 crashes at teardown
 *      exit_with_a_live_pool_is_an_exit, ..._with_requests_in_flight_...,
 *      ..._with_a_pool_half_closed_...
 * 11 a database in memory is another one for each connection
 *      test_memory, test_pool */

static void ignore_rows(struct dbpool_request *request,
                        const struct dbpool_result *rows) {
    (void)request;
    (void)rows;
}

/* ---- 1 ---- */

/* An interaction in an endless statement, a stream without an end, a write
 * behind both, reads behind that: a close that was asked for a little time
 * comes to its end. */
static void shutdown_does_not_hang_on_what_is_out(void **state) {
    struct pool_fixture *fixture = *state;
    enum { BEHIND = 20 };
    struct dbpool_request interaction, stream, behind[BEHIND];
    struct dbpool_close_options options = {.drain_ms = 1, .cancel_ms = 1};
    struct endless endless;
    fixture->options.min = fixture->options.max = 2;
    fixture_open(fixture);
    endless_init(&endless, fixture);
    dbpool_request_init(&interaction, &endless);
    dbpool_request_init(&stream, fixture);
    assert_int_equal(dbpool_run_interaction(fixture->pool, &interaction,
                                            endless_run, endless_count),
                     DBPOOL_OK);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&endless.gate);
    gate_open(&endless.gate);
    assert_int_equal(dbpool_run_stream(fixture->pool, &stream,
                                       "WITH RECURSIVE n(i) AS (SELECT 1 UNION "
                                       "ALL SELECT i + 1 FROM n) SELECT i "
                                       "FROM n",
                                       ignore_rows, fixture_count),
                     DBPOOL_OK);
    for (int i = 0; i < BEHIND; i++) {
        fixture_submit(fixture, &behind[i],
                       i == 0 ? "DELETE FROM users" : "SELECT * FROM users");
    }
    assert_int_equal(dbpool_close_with(fixture->pool, &options, NULL, NULL),
                     DBPOOL_OK);
    fixture_run(fixture); /* which ends */
    fixture->pool = NULL;
    assert_int_equal(endless.answered, 1);
    assert_int_equal(fixture->answered, 1 + BEHIND);
    assert_int_equal(interaction.status, DBPOOL_ECANCELED);
    assert_int_equal(stream.status, DBPOOL_ECANCELED);
    for (int i = 0; i < BEHIND; i++) {
        assert_int_equal(behind[i].status, DBPOOL_ECANCELED);
        dbpool_request_fini(&behind[i]);
    }
    dbpool_request_fini(&interaction);
    dbpool_request_fini(&stream);
    endless_fini(&endless);
    assert_int_equal(endless_users(fixture), 3);
}

/* ---- 2 ---- */

/* Descriptors of the database, its log, its journal. */
static int count_database_fds(const struct pool_fixture *fixture) {
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL;
         entry = readdir(folder)) {
        char target[512];
        ssize_t size =
            readlinkat(dirfd(folder), entry->d_name, target, sizeof target - 1);
        target[size < 0 ? 0 : size] = '\0';
        count += strstr(target, fixture->folder) != NULL;
    }
    (void)closedir(folder);
    return count;
}

struct closing {
    struct dbpool_close_request request;
    struct pool_fixture *fixture;
    size_t held;
    int threads;
    int fds;
    int lock; /* whether somebody else gets the whole database at once */
    int64_t blocks;
};

static int lock_it_all(const struct pool_fixture *fixture) {
    sqlite3 *other;
    int code = sqlite3_open(fixture->path, &other);
    if (code == SQLITE_OK) {
        code = sqlite3_exec(other,
                            "PRAGMA locking_mode = EXCLUSIVE; "
                            "BEGIN EXCLUSIVE; COMMIT",
                            NULL, NULL, NULL);
    }
    (void)sqlite3_close(other);
    return code;
}

static void look_around(struct dbpool_close_request *request) {
    struct closing *closing = request->data;
    closing->held = dbpool_census(NULL, 0);
    closing->threads = faults_threads_outstanding();
    closing->blocks = blocks_live(BLOCKS_DBPOOL).count;
    closing->fds = count_database_fds(closing->fixture);
    closing->lock = lock_it_all(closing->fixture);
    closing->fixture->closed++;
}

static void in_the_close_callback_nothing_remains(void **state) {
    struct pool_fixture *fixture = *state;
    struct closing closing = {.fixture = fixture};
    struct dbpool_request requests[8];
    closing.request.data = &closing;
    int64_t blocks_before = blocks_live(BLOCKS_DBPOOL).count;
    fixture_open(fixture);
    for (int i = 0; i < 8; i++) {
        fixture_submit(fixture, &requests[i],
                       i % 2 == 0 ? "SELECT * FROM users"
                                  : "DELETE FROM users");
    }
    fixture_run(fixture);
    for (int i = 0; i < 8; i++) {
        dbpool_request_fini(&requests[i]);
    }
    assert_true(dbpool_census(NULL, 0) > 8);
    assert_true(count_database_fds(fixture) > 0);
    dbpool_close(fixture->pool, &closing.request, look_around);
    fixture_run(fixture);
    fixture->pool = NULL;
    assert_int_equal(fixture->closed, 1);
    assert_int_equal(closing.held, 0);
    assert_int_equal(closing.threads, 0);
    assert_int_equal(closing.fds, 0);
    assert_int_equal(closing.lock, SQLITE_OK);
    assert_int_equal(closing.blocks, blocks_before);
}

/* ---- 3 ---- */

static void a_pool_that_nobody_closed_is_named_with_all_it_holds(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    struct dbpool_census_entry entries[16];
    int kinds[DBPOOL_KIND_HANDLE + 1] = {0};
    fixture->options.name = "forgotten";
    fixture_open(fixture);
    fixture_submit(fixture, &request, "SELECT 1");
    fixture_run(fixture); /* the loop ends over it */
    dbpool_request_fini(&request);
    size_t count = dbpool_census(entries, 16);
    assert_in_range(count, 1, 16);
    for (size_t i = 0; i < count; i++) {
        kinds[entries[i].kind]++;
        assert_string_equal(entries[i].pool_site.function, "fixture_open");
    }
    assert_string_equal(entries[0].text, "forgotten");
    assert_int_equal(kinds[DBPOOL_KIND_POOL], 1);
    assert_int_equal(kinds[DBPOOL_KIND_THREAD], 3);
    assert_int_equal(kinds[DBPOOL_KIND_CONNECTION], 1);
    assert_int_equal(kinds[DBPOOL_KIND_STATEMENT], 1);
    fixture_close_and_run(fixture); /* it is never too late */
}

/* ---- 4 ---- */

/* A process that holds a lock until its standard input ends. */
struct holder {
    pid_t pid;
    int release;
};

static void hold(const struct pool_fixture *fixture, int ready, int release) {
    sqlite3 *handle;
    char byte = 0;
    if (sqlite3_open(fixture->path, &handle) != SQLITE_OK ||
        sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL) !=
            SQLITE_OK) {
        _exit(1);
    }
    (void)!write(ready, &byte, 1);
    (void)!read(release, &byte, 1);
    (void)sqlite3_close(handle);
    _exit(0);
}

static void holder_start(struct holder *holder,
                         const struct pool_fixture *fixture) {
    int ready[2], release[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(release), 0);
    holder->pid = fork();
    assert_true(holder->pid >= 0);
    if (holder->pid == 0) {
        (void)close(release[1]);
        hold(fixture, ready[1], release[0]);
    }
    (void)close(ready[1]);
    (void)close(release[0]);
    holder->release = release[1];
    assert_int_equal(read(ready[0], &byte, 1), 1);
    (void)close(ready[0]);
}

static void holder_end(struct holder *holder) {
    (void)close(holder->release);
    assert_int_equal(waitpid(holder->pid, NULL, 0), holder->pid);
}

static void what_another_process_locks_is_named(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    struct holder holder;
    holder_start(&holder, fixture); /* before there are threads */
    fixture->options.busy_timeout_ms = 1;
    fixture_open(fixture);
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, "DELETE FROM users"),
                     DBPOOL_EBUSY);
    const char *message = dbpool_request_message(&request);
    assert_non_null(strstr(message, "database is locked: waited "));
    assert_non_null(strstr(
        message, "to write: another connection holds the RESERVED lock"));
    assert_non_null(strstr(message, fixture->path));
    /* Who only reads is not kept from it. */
    assert_int_equal(fixture_query(fixture, &request, "SELECT * FROM users"),
                     DBPOOL_OK);
    holder_end(&holder);
    assert_int_equal(fixture_query(fixture, &request, "DELETE FROM users"),
                     DBPOOL_OK);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

/* ---- 5 ---- */

enum { DEPTH = 50 };

struct nest {
    struct pool_fixture *fixture;
    struct dbpool_request requests[DEPTH];
    int depth;
    int failed;
};

/* In an answer's callback, the next request: each needs the one before. */
static void ask_for_the_next(struct dbpool_request *request) {
    struct nest *nest = request->data;
    nest->failed += request->status != DBPOOL_OK;
    if (nest->depth == DEPTH) {
        return;
    }
    struct dbpool_request *next = &nest->requests[nest->depth++];
    dbpool_request_init(next, nest);
    int status = nest->depth % 2 == 0
                     ? dbpool_run_query(nest->fixture->pool, next, "SELECT 1",
                                        ask_for_the_next)
                     : dbpool_run_operation(nest->fixture->pool, next,
                                            "UPDATE users SET name = 'x'",
                                            ask_for_the_next);
    nest->failed += status != DBPOOL_OK;
}

static void one_thread_is_enough_for_requests_made_of_requests(void **state) {
    struct pool_fixture *fixture = *state;
    static struct nest nest;
    nest = (struct nest){.fixture = fixture};
    struct dbpool_request first;
    fixture->options.min = fixture->options.max = 1;
    fixture->options.queue_limit = 1;
    fixture_open(fixture);
    dbpool_request_init(&first, &nest);
    assert_int_equal(
        dbpool_run_query(fixture->pool, &first, "SELECT 1", ask_for_the_next),
        DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(nest.depth, DEPTH);
    assert_int_equal(nest.failed, 0);
    for (int i = 0; i < DEPTH; i++) {
        dbpool_request_fini(&nest.requests[i]);
    }
    dbpool_request_fini(&first);
    fixture_close_and_run(fixture);
}

/* ---- 6 ---- */

static atomic_int started;

static void count_start(const struct dbpool_request *request, void *data) {
    (void)request;
    (void)data;
    (void)atomic_fetch_add(&started, 1);
}

/* Some milliseconds of it, to be hit by mistake. */
#define A_WHILE                                                                \
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "    \
    "i < 20000) SELECT count(*) FROM n"

/* Whatever the moment of the cancel (while it is staged, queued, taken or
 * running), its neighbours on the same connection run to their ends. */
static void an_interrupt_never_hits_the_next_statement(void **state) {
    struct pool_fixture *fixture = *state;
    const int rounds = RUNNING_ON_VALGRIND != 0 ? 8 : 100;
    struct dbpool_request before, canceled, after;
    fixture->options.min = fixture->options.max = 1;
    fixture->options.hooks.on_start = count_start;
    fixture_open(fixture);
    for (int round = 0; round < rounds; round++) {
        atomic_store(&started, 0);
        fixture_submit(fixture, &before, A_WHILE);
        fixture_submit(fixture, &canceled, ENDLESS);
        fixture_submit(fixture, &after, A_WHILE);
        while (round % 4 != 0 && atomic_load(&started) < round % 4 - 1) {
            (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
        }
        assert_int_equal(dbpool_cancel(&canceled), DBPOOL_OK);
        fixture_run(fixture);
        assert_int_equal(before.status, DBPOOL_OK);
        assert_int_equal(canceled.status, DBPOOL_ECANCELED);
        assert_int_equal(after.status, DBPOOL_OK);
        dbpool_request_fini(&before);
        dbpool_request_fini(&canceled);
        dbpool_request_fini(&after);
    }
    fixture_close_and_run(fixture);
}

/* ---- 7 ---- */

static bool log_exists(const struct pool_fixture *fixture) {
    char path[FIXTURE_PATH_SIZE + 8];
    (void)snprintf(path, sizeof path, "%s-wal", fixture->path);
    return access(path, F_OK) == 0;
}

enum { USES = 4 };

static void use_a_pool(struct pool_fixture *fixture, const char *sql) {
    struct dbpool_request requests[USES];
    fixture_open(fixture);
    for (int i = 0; i < USES; i++) {
        fixture_submit(fixture, &requests[i], sql);
    }
    fixture_run(fixture);
    for (int i = 0; i < USES; i++) {
        assert_int_equal(requests[i].status, DBPOOL_OK);
        dbpool_request_fini(&requests[i]);
    }
}

/* Also connections that have only read, or not even that, and a second pool
 * that goes first, last, or at the same moment. */
static void no_log_is_left_whoever_closes_last(void **state) {
    struct pool_fixture *fixture = *state;
    static const char *const uses[] = {"SELECT 1", "SELECT * FROM users",
                                       "DELETE FROM users WHERE 0"};
    const int rounds = RUNNING_ON_VALGRIND != 0 ? 18 : 180;
    for (int round = 0; round < rounds; round++) {
        struct dbpool *pools[2];
        use_a_pool(fixture, uses[round % 3]);
        pools[0] = fixture->pool;
        use_a_pool(fixture, uses[round / 3 % 3]);
        pools[1] = fixture->pool;
        assert_true(log_exists(fixture));
        for (int i = 0; i < 2; i++) {
            dbpool_close(pools[i], NULL, NULL);
            if (round % 2 == 0) {
                fixture_run(fixture);
            }
        }
        fixture->pool = NULL;
        fixture_run(fixture);
        assert_false(log_exists(fixture));
    }
}

/* ---- 8 ---- */

static void run_distinct(struct pool_fixture *fixture, int from, int to) {
    for (int i = from; i < to; i++) {
        struct dbpool_request request;
        char sql[64];
        (void)snprintf(sql, sizeof sql, "SELECT %06d, name FROM users", i);
        dbpool_request_init(&request, fixture);
        assert_int_equal(fixture_query(fixture, &request, sql), DBPOOL_OK);
        dbpool_request_fini(&request);
    }
}

static size_t count_statements(void) {
    struct dbpool_census_entry entries[64];
    size_t count = dbpool_census(entries, 64);
    size_t statements = 0;
    assert_in_range(count, 0, 64);
    for (size_t i = 0; i < count; i++) {
        statements += entries[i].kind == DBPOOL_KIND_STATEMENT;
    }
    return statements;
}

static void ten_thousand_statements_leave_the_cache_at_its_bound(void **state) {
    struct pool_fixture *fixture = *state;
    enum { BOUND = 16 };
    const int statements = RUNNING_ON_VALGRIND != 0 ? 500 : 10000;
    struct dbpool_stats stats;
    fixture->options.min = fixture->options.max = 1;
    fixture->options.statements_max = BOUND;
    fixture_open(fixture);
    run_distinct(fixture, 0, 2 * BOUND);
    const struct blocks ours = blocks_live(BLOCKS_DBPOOL);
    const struct blocks theirs = blocks_live(BLOCKS_SQLITE);
    assert_int_equal(count_statements(), BOUND);
    run_distinct(fixture, 2 * BOUND, statements);
    assert_int_equal(count_statements(), BOUND);
    assert_int_equal(blocks_live(BLOCKS_DBPOOL).count, ours.count);
    assert_int_equal(blocks_live(BLOCKS_DBPOOL).bytes, ours.bytes);
    assert_int_equal(blocks_live(BLOCKS_SQLITE).count, theirs.count);
    assert_int_equal(blocks_live(BLOCKS_SQLITE).bytes, theirs.bytes);
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.statements_prepared, statements);
    assert_int_equal(stats.statements_evicted, statements - BOUND);
    fixture_close_and_run(fixture);
}

/* ---- 10 ---- */

/* How far a process has come with its pool when it exits. */
enum exit_when {
    EXIT_IDLE,
    EXIT_IN_FLIGHT,
    EXIT_HALF_CLOSED,
};

static int exit_pipe[2];

/* The last thing that runs. What is told of leaks comes later: they are meant.
 */
static void tell_errors(void) {
    unsigned errors = VALGRIND_COUNT_ERRORS;
    (void)!write(exit_pipe[1], &errors, sizeof errors);
#ifdef __SANITIZE_ADDRESS__
    _exit(0);
#endif
}

static void live_and_exit(struct pool_fixture *fixture, enum exit_when when) {
    static struct dbpool_request requests[40];
    static struct endless endless;
    (void)atexit(tell_errors);
    fixture_open(fixture);
    endless_init(&endless, fixture);
    if (when == EXIT_IDLE) {
        fixture_submit(fixture, &requests[0], "SELECT * FROM users");
        fixture_run(fixture);
        exit(0);
    }
    dbpool_request_init(&requests[0], &endless);
    (void)dbpool_run_interaction(fixture->pool, &requests[0], endless_run,
                                 endless_count);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&endless.gate);
    gate_open(&endless.gate); /* it is in its statement, or about to */
    for (int i = 1; i < 40; i++) {
        fixture_submit(fixture, &requests[i],
                       i % 8 == 0 ? ENDLESS : "SELECT 1");
    }
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    if (when == EXIT_HALF_CLOSED) {
        struct dbpool_close_options options = {.grade = DBPOOL_CLOSE_CANCEL};
        (void)dbpool_close_with(fixture->pool, &options, NULL, NULL);
        (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    }
    exit(0);
}

static void expect_exit(struct pool_fixture *fixture, enum exit_when when) {
    const int rounds = RUNNING_ON_VALGRIND != 0 ? 2 : 20;
    for (int round = 0; round < rounds; round++) {
        int status;
        unsigned errors = 1;
        assert_int_equal(pipe(exit_pipe), 0);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            live_and_exit(fixture, when);
        }
        (void)close(exit_pipe[1]);
        assert_int_equal(read(exit_pipe[0], &errors, sizeof errors),
                         sizeof errors);
        (void)close(exit_pipe[0]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(errors, 0);
        assert_true(WIFEXITED(status));
        if (RUNNING_ON_VALGRIND == 0) { /* which says that there are leaks */
            assert_int_equal(WEXITSTATUS(status), 0);
        }
    }
    /* The next process finds what was committed, and the log's end. */
    assert_int_equal(endless_users(fixture), 3);
}

static void exit_with_a_live_pool_is_an_exit(void **state) {
    expect_exit(*state, EXIT_IDLE);
}

static void exit_with_requests_in_flight_is_an_exit(void **state) {
    expect_exit(*state, EXIT_IN_FLIGHT);
}

static void exit_with_a_pool_half_closed_is_an_exit(void **state) {
    expect_exit(*state, EXIT_HALF_CLOSED);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup_wal, fixture_teardown)
#define TEST_NO_WAL(name)                                                      \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(shutdown_does_not_hang_on_what_is_out),
        TEST(in_the_close_callback_nothing_remains),
        TEST(a_pool_that_nobody_closed_is_named_with_all_it_holds),
        TEST_NO_WAL(what_another_process_locks_is_named),
        TEST(one_thread_is_enough_for_requests_made_of_requests),
        TEST(an_interrupt_never_hits_the_next_statement),
        TEST(no_log_is_left_whoever_closes_last),
        TEST(ten_thousand_statements_leave_the_cache_at_its_bound),
        TEST(exit_with_a_live_pool_is_an_exit),
        TEST(exit_with_requests_in_flight_is_an_exit),
        TEST(exit_with_a_pool_half_closed_is_an_exit),
    };
    return SUITE_RUN(tests, argc, argv);
}
