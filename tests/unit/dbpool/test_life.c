/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <dirent.h>
#include <sched.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "support/dbpool/faults.h"
#include "support/dbpool/pool_fixture.h"
#include "support/gate.h"
#include "support/suite.h"

#define HOUR_MS UINT32_C(3600000)
#define NS_PER_MS UINT64_C(1000000)
#define TICKS_MAX 60000

enum { THREADS = 4 };

/* ---- Waiting for what happens in its own time ---- */

struct wait {
    struct pool_fixture *fixture;
    bool (*has_come)(struct pool_fixture *fixture);
    int ticks; /* left */
    uv_timer_t timer;
};

static void look(uv_timer_t *timer) {
    struct wait *wait = timer->data;
    if (wait->ticks-- == 0 || wait->has_come(wait->fixture)) {
        uv_close((uv_handle_t *)timer, NULL);
    }
}

/* Runs the loop until it has come; false: not in so many ticks. */
static bool came(struct pool_fixture *fixture,
                 bool (*has_come)(struct pool_fixture *fixture), int ticks) {
    struct wait wait = {
        .fixture = fixture, .has_come = has_come, .ticks = ticks};
    assert_int_equal(uv_timer_init(&fixture->loop, &wait.timer), 0);
    wait.timer.data = &wait;
    assert_int_equal(uv_timer_start(&wait.timer, look, 0, 1), 0);
    fixture_run(fixture);
    return wait.ticks >= 0;
}

static struct dbpool_stats stats_of(const struct pool_fixture *fixture) {
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    return stats;
}

/* Of the census: how many, and the id of the last. */
static size_t census_of(enum dbpool_kind kind, uint64_t *id_out) {
    struct dbpool_census_entry entries[64];
    size_t count = dbpool_census(entries, 64);
    size_t found = 0;
    assert_true(count <= 64);
    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind == kind) {
            found++;
            *id_out = entries[i].id;
        }
    }
    return found;
}

static size_t threads_in_census(void) {
    uint64_t id;
    return census_of(DBPOOL_KIND_THREAD, &id);
}

/* THREADS queries at once call for as many threads. */
static void query_at_once(struct pool_fixture *fixture) {
    struct dbpool_request requests[THREADS];
    for (int i = 0; i < THREADS; i++) {
        dbpool_request_init(&requests[i], fixture);
        assert_int_equal(dbpool_run_query(fixture->pool, &requests[i],
                                          "SELECT * FROM users", fixture_count),
                         DBPOOL_OK);
    }
    fixture_run(fixture);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(requests[i].status, DBPOOL_OK);
        assert_int_equal(requests[i].result.rows_count, 3);
        dbpool_request_fini(&requests[i]);
    }
}

static void query_once(struct pool_fixture *fixture) {
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, "SELECT * FROM users"),
                     DBPOOL_OK);
    assert_int_equal(request.result.rows_count, 3);
    dbpool_request_fini(&request);
}

/* ---- Idle threads ---- */

static bool only_min_are_left(struct pool_fixture *fixture) {
    struct dbpool_stats stats = stats_of(fixture);
    return stats.threads == fixture->options.min &&
           threads_in_census() == stats.threads &&
           faults_threads_outstanding() == (int)stats.threads;
}

static void open_idle(struct pool_fixture *fixture, unsigned min) {
    fixture->options.min = min;
    fixture->options.max = THREADS;
    fixture->options.idle_timeout_ms = 1;
    fixture_open(fixture);
}

static void idle_threads_above_min_leave_and_are_joined(void **state) {
    struct pool_fixture *fixture = *state;
    open_idle(fixture, 1);
    query_at_once(fixture);
    assert_true(came(fixture, only_min_are_left, TICKS_MAX));
    uint64_t id;
    assert_true(census_of(DBPOOL_KIND_CONNECTION, &id) <= 1);
    struct dbpool_stats stats = stats_of(fixture);
    assert_int_equal(stats.threads_idled, THREADS - 1);
    assert_int_equal(stats.threads_joined, THREADS - 1);
    assert_int_equal(stats.threads_started, THREADS);
    assert_int_equal(stats.closed[DBPOOL_CLOSED_IDLE],
                     stats.connects - stats.connections);
    fixture_close_and_run(fixture);
}

static void threads_that_left_are_started_again(void **state) {
    struct pool_fixture *fixture = *state;
    open_idle(fixture, 0);
    for (int i = 0; i < 3; i++) {
        query_at_once(fixture);
        assert_true(came(fixture, only_min_are_left, TICKS_MAX));
        assert_int_equal(stats_of(fixture).threads_idled, (i + 1) * THREADS);
    }
    assert_int_equal(fixture->answered, 3 * THREADS);
    fixture_close_and_run(fixture);
}

static bool never(struct pool_fixture *fixture) {
    (void)fixture;
    return false;
}

static void min_threads_stay_however_idle(void **state) {
    struct pool_fixture *fixture = *state;
    open_idle(fixture, THREADS);
    query_at_once(fixture);
    (void)came(fixture, never, 20);
    assert_int_equal(stats_of(fixture).threads, THREADS);
    assert_int_equal(stats_of(fixture).threads_idled, 0);
    fixture_close_and_run(fixture);
}

static void by_default_no_thread_ever_leaves(void **state) {
    struct pool_fixture *fixture = *state;
    assert_int_equal(fixture->options.idle_timeout_ms, 0);
    assert_int_equal(fixture->options.max_lifetime_ms, 0);
    assert_int_equal(fixture->options.validate_after_idle_ms, 0);
    open_idle(fixture, 0);
    fixture_close_and_run(fixture);
    fixture->closed = 0;
    fixture->options.idle_timeout_ms = 0;
    fixture_open(fixture);
    query_at_once(fixture);
    (void)came(fixture, never, 20);
    assert_int_equal(stats_of(fixture).threads, THREADS);
    fixture_close_and_run(fixture);
}

static void a_pool_closes_while_its_threads_leave(void **state) {
    struct pool_fixture *fixture = *state;
    for (int i = 0; i < 30; i++) {
        fixture->closed = 0;
        open_idle(fixture, 0);
        query_at_once(fixture);
        (void)came(fixture, never, i % 5);
        fixture_close_and_run(fixture);
        assert_int_equal(faults_threads_outstanding(), 0);
    }
}

/* Stands at the gate in the middle of closing the connection. */
static struct gate closing;

static void pass_closing(void *data) {
    (void)data;
    gate_pass(&closing);
}

static void nothing(sqlite3_context *context, int count,
                    sqlite3_value **values) {
    (void)count;
    (void)values;
    sqlite3_result_null(context);
}

static int close_at_gate_once(struct dbpool_transaction *connection,
                              void *data) {
    bool *armed = data;
    (void)connection;
    if (*armed) {
        *armed = false;
        (void)sqlite3_create_function_v2(fixture_only_connection(), "nothing",
                                         0, SQLITE_UTF8, NULL, nothing, NULL,
                                         NULL, pass_closing);
    }
    return DBPOOL_OK;
}

static bool none_counts(struct pool_fixture *fixture) {
    return stats_of(fixture).threads == 0;
}

static void open_with_gate(struct pool_fixture *fixture, bool *armed) {
    gate_init(&closing);
    fixture->options.min = 0;
    fixture->options.max = 1;
    fixture->options.idle_timeout_ms = 1;
    fixture->options.on_connect = close_at_gate_once;
    fixture->options.on_connect_data = armed;
    fixture_open(fixture);
    query_once(fixture);
    assert_true(came(fixture, none_counts, TICKS_MAX));
    gate_wait(&closing);
}

static int note_thread(struct dbpool_transaction *connection, void *data) {
    (void)connection;
    assert_int_equal(census_of(DBPOOL_KIND_THREAD, data), 1);
    return DBPOOL_OK;
}

static void a_leaving_thread_is_called_back_by_a_request(void **state) {
    struct pool_fixture *fixture = *state;
    bool armed = true;
    open_with_gate(fixture, &armed);
    uint64_t before;
    uint64_t after = 0;
    assert_int_equal(census_of(DBPOOL_KIND_THREAD, &before), 1);
    struct dbpool_request request;
    dbpool_request_init(&request, &after);
    assert_int_equal(
        dbpool_run_with_connection(fixture->pool, &request, note_thread, NULL),
        DBPOOL_OK);
    assert_int_equal(stats_of(fixture).threads, 1);
    gate_open(&closing);
    fixture_run(fixture);
    assert_int_equal(request.status, DBPOOL_OK);
    assert_int_equal(before, after);
    assert_int_equal(stats_of(fixture).connects, 2);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
    gate_fini(&closing);
}

static void the_place_of_a_thread_that_has_left_is_used_at_once(void **state) {
    struct pool_fixture *fixture = *state;
    bool armed = true;
    open_with_gate(fixture, &armed);
    gate_open(&closing);
    while (threads_in_census() != 0) { /* the loop does not run: unjoined */
        (void)sched_yield();
    }
    assert_int_equal(faults_threads_outstanding(), 1);
    query_once(fixture);
    assert_int_equal(stats_of(fixture).connects, 2);
    assert_true(stats_of(fixture).threads_idled >= 1);
    fixture_close_and_run(fixture);
    gate_fini(&closing);
}

static void a_pool_closes_over_a_thread_that_is_leaving(void **state) {
    struct pool_fixture *fixture = *state;
    bool armed = true;
    open_with_gate(fixture, &armed);
    fixture_close(fixture);
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_NOWAIT), 1);
    assert_int_equal(fixture->closed, 0);
    gate_open(&closing);
    fixture_run(fixture);
    assert_int_equal(fixture->closed, 1);
    gate_fini(&closing);
}

/* ---- The age of connections ---- */

static int count_connect(struct dbpool_transaction *connection, void *data) {
    (void)connection;
    ++*(int *)data;
    return DBPOOL_OK;
}

static void a_connection_beyond_its_lifetime_is_opened_anew(void **state) {
    struct pool_fixture *fixture = *state;
    int connected = 0;
    fixture->options.min = fixture->options.max = 1;
    fixture->options.max_lifetime_ms = HOUR_MS;
    fixture->options.on_connect = count_connect;
    fixture->options.on_connect_data = &connected;
    fixture_open(fixture);
    query_once(fixture);
    faults_advance_clock(HOUR_MS / 1000 * 970 * NS_PER_MS);
    query_once(fixture);
    assert_int_equal(connected, 1);
    faults_advance_clock(HOUR_MS / 1000 * 30 * NS_PER_MS);
    query_once(fixture);
    assert_int_equal(connected, 2);
    struct dbpool_stats stats = stats_of(fixture);
    assert_int_equal(stats.connects, 2);
    assert_int_equal(stats.connections_expired, 1);
    assert_int_equal(stats.closed[DBPOOL_CLOSED_EXPIRED], 1);
    assert_int_equal(stats.connections_lost, 0);
    fixture_close_and_run(fixture);
}

/* The twentieth parts of the last 2.5 % in which each one's time was over. */
static void lifetimes_differ_by_up_to_a_fortieth(void **state) {
    struct pool_fixture *fixture = *state;
    int connected = 0;
    bool seen[21] = {false};
    int distinct = 0;
    fixture->options.min = fixture->options.max = 1;
    fixture->options.max_lifetime_ms = HOUR_MS;
    fixture->options.on_connect = count_connect;
    fixture->options.on_connect_data = &connected;
    fixture_open(fixture);
    query_once(fixture);
    for (int life = 1; life <= 8; life++) {
        faults_advance_clock(HOUR_MS / 40 * 39 * NS_PER_MS - NS_PER_MS * 60000);
        query_once(fixture);
        assert_int_equal(connected, life);
        faults_advance_clock(NS_PER_MS * 60000);
        int step = 0;
        while (connected == life && step < 20) {
            faults_advance_clock(HOUR_MS / 800 * NS_PER_MS);
            query_once(fixture);
            step++;
        }
        assert_int_equal(connected, life + 1);
        distinct += !seen[step];
        seen[step] = true;
    }
    assert_true(distinct > 1);
    fixture_close_and_run(fixture);
}

/* ---- Validation ---- */

static struct {
    int probes;
    bool fails;
} probing;

static void probed(sqlite3_context *context, int count,
                   sqlite3_value **values) {
    (void)count;
    (void)values;
    probing.probes++;
    if (probing.fails) {
        probing.fails = false;
        sqlite3_result_error_code(context, SQLITE_IOERR);
    }
}

static int add_probed(struct dbpool_transaction *connection, void *data) {
    (void)connection;
    (void)data;
    int code = sqlite3_create_function(fixture_only_connection(), "probed", 0,
                                       SQLITE_UTF8, NULL, probed, NULL, NULL);
    return code == SQLITE_OK ? DBPOOL_OK : DBPOOL_EABORT;
}

static void a_connection_that_was_idle_is_probed_before_its_use(void **state) {
    struct pool_fixture *fixture = *state;
    probing.probes = 0;
    probing.fails = false;
    fixture->options.min = fixture->options.max = 1;
    fixture->options.validate_after_idle_ms = HOUR_MS;
    fixture->options.good_sql = "SELECT probed()";
    fixture->options.on_connect = add_probed;
    fixture_open(fixture);
    query_once(fixture);
    query_once(fixture);
    assert_int_equal(probing.probes, 0);
    faults_advance_clock(HOUR_MS * NS_PER_MS);
    query_once(fixture);
    query_once(fixture);
    assert_int_equal(probing.probes, 1);
    assert_int_equal(stats_of(fixture).connects, 1);
    probing.fails = true;
    faults_advance_clock(HOUR_MS * NS_PER_MS);
    query_once(fixture);
    assert_int_equal(probing.probes, 2);
    assert_int_equal(stats_of(fixture).connects, 2);
    assert_int_equal(stats_of(fixture).connections_lost, 1);
    fixture_close_and_run(fixture);
}

/* ---- Names ---- */

static bool thread_is_named(const char *wanted) {
    DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    bool found = false;
    for (struct dirent *task = readdir(tasks); task != NULL && !found;
         task = readdir(tasks)) {
        char path[300];
        char name[32] = "";
        (void)snprintf(path, sizeof path, "/proc/self/task/%s/comm",
                       task->d_name);
        FILE *file = fopen(path, "re");
        if (file != NULL) {
            if (fgets(name, sizeof name, file) != NULL) {
                name[strcspn(name, "\n")] = '\0';
                found = strcmp(name, wanted) == 0;
            }
            (void)fclose(file);
        }
    }
    (void)closedir(tasks);
    return found;
}

static bool all_are_named(struct pool_fixture *fixture) {
    (void)fixture;
    return thread_is_named("a-pool-of-its/1") &&
           thread_is_named("a-pool-of-its/2");
}

static void the_kernel_knows_threads_by_their_pool_s_name(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.name = "a-pool-of-its-own";
    fixture->options.min = fixture->options.max = 2;
    fixture_open(fixture);
    query_once(fixture);
    assert_true(came(fixture, all_are_named, TICKS_MAX));
    fixture_close_and_run(fixture);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define TEST_WAL(name)                                                         \
    cmocka_unit_test_setup_teardown(name, fixture_setup_wal, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST_WAL(idle_threads_above_min_leave_and_are_joined),
        TEST_WAL(threads_that_left_are_started_again),
        TEST(min_threads_stay_however_idle),
        TEST(by_default_no_thread_ever_leaves),
        TEST_WAL(a_pool_closes_while_its_threads_leave),
        TEST(a_leaving_thread_is_called_back_by_a_request),
        TEST(the_place_of_a_thread_that_has_left_is_used_at_once),
        TEST(a_pool_closes_over_a_thread_that_is_leaving),
        TEST(a_connection_beyond_its_lifetime_is_opened_anew),
        TEST(lifetimes_differ_by_up_to_a_fortieth),
        TEST(a_connection_that_was_idle_is_probed_before_its_use),
        TEST(the_kernel_knows_threads_by_their_pool_s_name),
    };
    return SUITE_RUN(tests, argc, argv);
}
