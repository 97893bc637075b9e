/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/dbpool/pool_fixture.h"
#include "support/gate.h"
#include "support/suite.h"
#include "times.h"

#define TEXT_SIZE ((size_t)64 * 1024)

static struct dbpool_stats stats_of(const struct pool_fixture *fixture) {
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    return stats;
}

static uint64_t in_buckets(const struct dbpool_times *times) {
    uint64_t count = 0;
    for (int i = 0; i < DBPOOL_TIMES_COUNT; i++) {
        count += times->buckets[i];
    }
    return count;
}

static int do_nothing(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    (void)data;
    return DBPOOL_OK;
}

static int give_up(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    (void)data;
    return DBPOOL_EABORT;
}

enum { LOAD = 6 };

/* Two queries, an operation, two interactions and a connection; one of each
 * pair fails. */
static void submit_load(struct pool_fixture *fixture,
                        struct dbpool_request *requests) {
    struct dbpool *pool = fixture->pool;
    for (int i = 0; i < LOAD; i++) {
        dbpool_request_init(&requests[i], fixture);
    }
    int status = DBPOOL_OK;
    status |= dbpool_run_query(pool, &requests[0], "SELECT 1", fixture_count);
    status |= dbpool_run_query(pool, &requests[1], "SELEC 1", fixture_count);
    status |= dbpool_run_operation(pool, &requests[2], "DELETE FROM users",
                                   fixture_count);
    status |=
        dbpool_run_interaction(pool, &requests[3], give_up, fixture_count);
    status |=
        dbpool_run_interaction(pool, &requests[4], do_nothing, fixture_count);
    status |= dbpool_run_with_connection(pool, &requests[5], do_nothing,
                                         fixture_count);
    assert_int_equal(status, DBPOOL_OK);
}

static void fini_load(struct dbpool_request *requests) {
    for (int i = 0; i < LOAD; i++) {
        dbpool_request_fini(&requests[i]);
    }
}

static void expect_sums(const struct dbpool_stats *stats) {
    struct dbpool_kind_stats all = {0};
    for (int i = 0; i < DBPOOL_REQUEST_KINDS_MAX; i++) {
        all.submitted += stats->kinds[i].submitted;
        all.succeeded += stats->kinds[i].succeeded;
        all.failed += stats->kinds[i].failed;
    }
    assert_int_equal(all.submitted, stats->submitted);
    assert_int_equal(all.succeeded, stats->succeeded);
    assert_int_equal(all.failed, stats->failed);
    assert_int_equal(stats->submitted,
                     stats->succeeded + stats->failed + stats->unanswered);
}

static void submitted_is_succeeded_failed_and_unanswered(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request requests[LOAD];
    submit_load(fixture, requests);
    struct dbpool_stats stats = stats_of(fixture);
    expect_sums(&stats);
    assert_int_equal(stats.unanswered, LOAD);
    fixture_run(fixture);
    stats = stats_of(fixture);
    expect_sums(&stats);
    assert_int_equal(stats.unanswered, 0);
    assert_int_equal(stats.kinds[DBPOOL_REQUEST_QUERY].succeeded, 1);
    assert_int_equal(stats.kinds[DBPOOL_REQUEST_QUERY].failed, 1);
    assert_int_equal(stats.kinds[DBPOOL_REQUEST_OPERATION].succeeded, 1);
    assert_int_equal(stats.kinds[DBPOOL_REQUEST_INTERACTION].succeeded, 1);
    assert_int_equal(stats.kinds[DBPOOL_REQUEST_INTERACTION].failed, 1);
    assert_int_equal(stats.kinds[DBPOOL_REQUEST_WITH_CONNECTION].submitted, 1);
    fini_load(requests);
    fixture_close_and_run(fixture);
}

static void every_request_waits_once_and_every_batch_runs_once(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request requests[LOAD];
    submit_load(fixture, requests);
    fixture_run(fixture);
    struct dbpool_stats stats = stats_of(fixture);
    assert_int_equal(stats.wait.count, LOAD);
    assert_int_equal(stats.direct + stats.waited, LOAD);
    assert_int_equal(stats.run.count, stats.batches);
    assert_int_equal(stats.request.count, 0);
    assert_int_equal(in_buckets(&stats.wait), LOAD);
    assert_int_equal(in_buckets(&stats.run), stats.batches);
    assert_true(stats.wait.max_ns <= stats.wait.sum_ns);
    assert_true(stats.run.max_ns != 0);
    fini_load(requests);
    fixture_close_and_run(fixture);
}

static void with_timing_every_request_is_timed_by_itself(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.timing = true;
    fixture_open(fixture);
    struct dbpool_request requests[LOAD];
    submit_load(fixture, requests);
    fixture_run(fixture);
    struct dbpool_stats stats = stats_of(fixture);
    assert_int_equal(stats.wait.count, LOAD);
    assert_int_equal(stats.request.count, LOAD);
    assert_int_equal(in_buckets(&stats.request), LOAD);
    assert_true(stats.request.sum_ns <= stats.run.sum_ns);
    fini_load(requests);
    fixture_close_and_run(fixture);
}

static void a_bucket_holds_what_takes_up_to_its_power_of_two(void **state) {
    (void)state;
    struct dbpool__timing timing = {0};
    struct dbpool__times_sum sum = {0};
    for (int i = 0; i < DBPOOL_TIMES_COUNT - 1; i++) {
        uint64_t bound = UINT64_C(1) << (8 + i);
        dbpool__times_add(&timing.wait, bound, 2);
        dbpool__times_add(&timing.wait, bound + 1, 1);
    }
    dbpool__times_add(&timing.wait, 0, 1);
    dbpool__times_add(&timing.wait, UINT64_MAX, 1);
    dbpool__timing_move(&sum, &timing);
    for (int i = 0; i < DBPOOL_TIMES_COUNT - 1; i++) {
        assert_int_equal(sum.wait.buckets[i], 3);
    }
    assert_int_equal(sum.wait.buckets[DBPOOL_TIMES_COUNT - 1], 2);
    assert_true(sum.wait.max_ns == UINT64_MAX);
    assert_int_equal(sum.wait.count, in_buckets(&sum.wait));
    /* What was moved is not moved again. */
    dbpool__timing_move(&sum, &timing);
    assert_int_equal(sum.wait.count, in_buckets(&sum.wait));
    assert_int_equal(in_buckets(&timing.wait.times), 0);
}

static int pass(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    gate_pass(data);
    return DBPOOL_OK;
}

static void requests_behind_a_held_thread_are_counted_as_waiting(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.min = fixture->options.max = 1;
    fixture_open(fixture);
    struct gate gate;
    gate_init(&gate);
    struct dbpool_request held;
    dbpool_request_init(&held, &gate);
    assert_int_equal(
        dbpool_run_with_connection(fixture->pool, &held, pass, NULL),
        DBPOOL_OK);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&gate);
    struct dbpool_stats before = stats_of(fixture);
    struct dbpool_request requests[LOAD];
    submit_load(fixture, requests);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    struct dbpool_stats stats = stats_of(fixture);
    assert_int_equal(stats.direct, before.direct);
    assert_int_equal(stats.waited, before.waited + LOAD);
    assert_int_equal(stats.queue_peak, LOAD);
    assert_int_equal(stats.waiting, LOAD);
    assert_int_equal(stats.unanswered, LOAD + 1);
    assert_int_equal(stats.threads_started, 1);
    gate_open(&gate);
    fixture_run(fixture);
    assert_int_equal(stats_of(fixture).waiting, 0);
    dbpool_request_fini(&held);
    gate_fini(&gate);
    fini_load(requests);
    fixture_close_and_run(fixture);
}

static int refuse(struct dbpool_transaction *connection, void *data) {
    (void)connection;
    int *left = data;
    return (*left)-- > 0 ? DBPOOL_EABORT : DBPOOL_OK;
}

static void closed_connections_are_counted_by_cause(void **state) {
    struct pool_fixture *fixture = *state;
    int left = 1;
    fixture->options.min = fixture->options.max = 1;
    fixture->options.on_connect = refuse;
    fixture->options.on_connect_data = &left;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, "SELECT 1"),
                     DBPOOL_EABORT);
    struct dbpool_stats stats = stats_of(fixture);
    assert_int_equal(stats.connections, 0);
    assert_int_equal(stats.closed[DBPOOL_CLOSED_REFUSED], 1);
    assert_int_equal(fixture_query(fixture, &request, "SELECT 1"), DBPOOL_OK);
    stats = stats_of(fixture);
    assert_int_equal(stats.connections, 1);
    assert_int_equal(stats.connects, 1);
    assert_int_equal(stats.closed[DBPOOL_CLOSED_REFUSED], 1);
    assert_int_equal(stats.closed[DBPOOL_CLOSED_LOST], 0);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void an_answer_that_the_database_is_locked_is_counted(void **state) {
    struct pool_fixture *fixture = *state;
    struct sqlite3 *peer;
    assert_int_equal(dbpool_sqlite_open(fixture->url, NULL, &peer, NULL, 0),
                     DBPOOL_OK);
    assert_int_equal(sqlite3_exec(peer, "BEGIN EXCLUSIVE", NULL, NULL, NULL),
                     SQLITE_OK);
    (void)sqlite3_exec(peer, "ROLLBACK", NULL, NULL, NULL);
    fixture->options.busy_timeout_ms = 0;
    fixture->options.min = fixture->options.max = 1;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, "SELECT 1"), DBPOOL_OK);
    assert_int_equal(sqlite3_exec(peer, "BEGIN IMMEDIATE", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(fixture_query(fixture, &request, "DELETE FROM users"),
                     DBPOOL_EBUSY);
    assert_int_equal(stats_of(fixture).busy, 1);
    assert_int_equal(sqlite3_exec(peer, "ROLLBACK", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(peer), SQLITE_OK);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

/* ---- OpenMetrics: a strict reader of what it may be ---- */

enum { FAMILIES_MAX = 64, NAME_SIZE = 64 };

struct reader {
    char families[FAMILIES_MAX][NAME_SIZE];
    size_t families_count;
    char type[NAME_SIZE];
    char label[256]; /* of the last sample's pool, unescaped */
    int part;        /* of the family: 1 TYPE, 2 UNIT, 3 HELP, 4 samples */
    double le;
    uint64_t bucket;
    bool le_inf, has_count, has_sum;
    size_t samples_count;
};

static bool name_at(const char **at, char *name) {
    size_t size = strspn(*at, "abcdefghijklmnopqrstuvwxyz_");
    if (size == 0 || size >= NAME_SIZE) {
        return false;
    }
    memcpy(name, *at, size);
    name[size] = '\0';
    *at += size;
    return true;
}

static bool take(const char **at, const char *what) {
    size_t size = strlen(what);
    bool there = strncmp(*at, what, size) == 0;
    *at += there ? size : 0;
    return there;
}

static bool label_value(const char **at, char *value) {
    size_t size = 0;
    for (; **at != '"'; (*at)++) {
        char character = **at;
        if (character == '\n' || character == '\0') {
            return false;
        }
        if (character == '\\') {
            (*at)++;
            character = (char)(**at == 'n' ? '\n' : **at);
            if (strchr("n\"\\", **at) == NULL) {
                return false;
            }
        }
        value[size++] = character;
    }
    value[size] = '\0';
    (*at)++;
    return true;
}

static bool family_ends_well(const struct reader *reader) {
    bool histogram = strcmp(reader->type, "histogram") == 0;
    return reader->families_count == 0 ||
           (reader->part == 4 &&
            (!histogram ||
             (reader->le_inf && reader->has_count && reader->has_sum)));
}

static bool read_type(struct reader *reader, const char *name, const char *at) {
    for (size_t i = 0; i < reader->families_count; i++) {
        if (strcmp(reader->families[i], name) == 0) {
            return false; /* twice, or interleaved */
        }
    }
    bool well =
        family_ends_well(reader) && reader->families_count < FAMILIES_MAX;
    (void)snprintf(reader->families[reader->families_count++], NAME_SIZE, "%s",
                   name);
    reader->part = 1;
    reader->le_inf = reader->has_count = reader->has_sum = false;
    reader->le = -1;
    reader->bucket = 0;
    return well && name_at(&at, reader->type) && *at == '\n' &&
           (strcmp(reader->type, "counter") == 0 ||
            strcmp(reader->type, "gauge") == 0 ||
            strcmp(reader->type, "histogram") == 0);
}

static bool read_comment(struct reader *reader, const char *at) {
    char name[NAME_SIZE];
    if (take(&at, "TYPE ")) {
        return name_at(&at, name) && take(&at, " ") &&
               read_type(reader, name, at);
    }
    bool unit = take(&at, "UNIT ");
    if (!unit && !take(&at, "HELP ")) {
        return false;
    }
    int part = unit ? 2 : 3;
    const char *family = reader->families[reader->families_count - 1];
    bool well = reader->part < part && name_at(&at, name) &&
                strcmp(name, family) == 0 && take(&at, " ");
    reader->part = part;
    if (unit) {
        size_t size = strlen("_seconds");
        well = well && take(&at, "seconds\n") && strlen(family) > size &&
               strcmp(family + strlen(family) - size, "_seconds") == 0;
    }
    return well;
}

static bool read_bucket(struct reader *reader, const char *le, double value) {
    char *end;
    double bound = strcmp(le, "+Inf") == 0 ? 1e300 : strtod(le, &end);
    bool well = !reader->le_inf && bound > reader->le &&
                value >= (double)reader->bucket;
    reader->le_inf = strcmp(le, "+Inf") == 0;
    reader->le = bound;
    reader->bucket = (uint64_t)value;
    return well;
}

static bool read_sample(struct reader *reader, const char *at) {
    const char *family = reader->families[reader->families_count - 1];
    if (reader->families_count == 0 || !take(&at, family)) {
        return false;
    }
    char suffix[NAME_SIZE] = "";
    char key[NAME_SIZE];
    char value[256];
    char le[256] = "";
    (void)name_at(&at, suffix);
    if (!take(&at, "{")) {
        return false;
    }
    do {
        if (!name_at(&at, key) || !take(&at, "=\"") ||
            !label_value(&at, value)) {
            return false;
        }
        if (strcmp(key, "pool") == 0) {
            (void)snprintf(reader->label, sizeof reader->label, "%s", value);
        } else if (strcmp(key, "le") == 0) {
            (void)snprintf(le, sizeof le, "%s", value);
        }
    } while (take(&at, ","));
    char *end;
    if (!take(&at, "} ")) {
        return false;
    }
    double number = strtod(at, &end);
    if (end == at || *end != '\n') {
        return false;
    }
    reader->part = 4;
    reader->samples_count++;
    if (strcmp(reader->type, "counter") == 0) {
        return strcmp(suffix, "_total") == 0 && number >= 0;
    }
    if (strcmp(reader->type, "gauge") == 0) {
        return suffix[0] == '\0';
    }
    if (strcmp(suffix, "_bucket") == 0) {
        return !reader->has_count && read_bucket(reader, le, number);
    }
    bool count = strcmp(suffix, "_count") == 0;
    bool twice = count ? reader->has_count : reader->has_sum;
    reader->has_count |= count;
    reader->has_sum |= !count;
    return !twice && (count ? number == (double)reader->bucket
                            : strcmp(suffix, "_sum") == 0);
}

static bool is_openmetrics(struct reader *reader, const char *text) {
    memset(reader, 0, sizeof *reader);
    for (const char *at = text; *at != '\0'; at = strchr(at, '\n') + 1) {
        if (strcmp(at, "# EOF\n") == 0) {
            return family_ends_well(reader);
        }
        const char *line = at;
        if (strchr(at, '\n') == NULL ||
            !(take(&line, "# ") ? read_comment(reader, line)
                                : read_sample(reader, line))) {
            print_message("not OpenMetrics: %.60s\n", at);
            return false;
        }
    }
    return false;
}

static char *metrics_of(const struct dbpool_stats *stats, const char *name) {
    char *text = malloc(TEXT_SIZE);
    assert_non_null(text);
    size_t size = dbpool_stats_openmetrics(stats, name, text, TEXT_SIZE);
    assert_int_equal(size, strlen(text));
    return text;
}

static void the_statistics_are_openmetrics_text(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request requests[LOAD];
    submit_load(fixture, requests);
    fixture_run(fixture);
    struct dbpool_stats stats = stats_of(fixture);
    char *text = metrics_of(&stats, "users");
    struct reader reader;
    assert_true(is_openmetrics(&reader, text));
    assert_true(reader.samples_count > 100);
    assert_string_equal(reader.label, "users");
    assert_non_null(strstr(text, "dbpool_submitted_total{pool=\"users\"} 6\n"));
    assert_non_null(strstr(text, "dbpool_requests_total{pool=\"users\",kind="
                                 "\"interaction\",answer=\"failure\"} 1\n"));
    assert_non_null(
        strstr(text, "dbpool_wait_seconds_bucket{pool=\"users\",le=\"+Inf\"} "
                     "6\n"));
    assert_non_null(strstr(text, ",le=\"2.56e-07\"}"));
    assert_non_null(strstr(text, ",le=\"274.877906944\"}"));
    free(text);
    fini_load(requests);
    fixture_close_and_run(fixture);
}

static void a_name_is_escaped_and_always_utf8(void **state) {
    (void)state;
    static const struct {
        const char *name, *label;
    } cases[] = {
        {"a\"b\\c\nd", "a\"b\\c\nd"},
        {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
        {"\xf0\x9f\x90\x98!", "\xf0\x9f\x90\x98!"},
        {"cut\xc3", "cut\xef\xbf\xbd"},
        {"\xff", "\xef\xbf\xbd"},
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xe0\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"", ""},
    };
    struct dbpool_stats stats = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = metrics_of(&stats, cases[i].name);
        struct reader reader;
        assert_true(is_openmetrics(&reader, text));
        assert_string_equal(reader.label, cases[i].label);
        free(text);
    }
}

static void text_without_room_is_cut_and_its_size_told(void **state) {
    (void)state;
    struct dbpool_stats stats = {.submitted = 7};
    char *whole = metrics_of(&stats, "users");
    size_t needed = strlen(whole);
    assert_int_equal(dbpool_stats_openmetrics(&stats, "users", NULL, 0),
                     needed);
    for (size_t size = 1; size <= needed + 1; size += 501) {
        char *text = malloc(size);
        assert_non_null(text);
        assert_int_equal(dbpool_stats_openmetrics(&stats, "users", text, size),
                         needed);
        assert_int_equal(strlen(text), size - 1);
        assert_memory_equal(text, whole, size - 1);
        free(text);
    }
    free(whole);
}

#define POOL_TEST(test)                                                        \
    cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        POOL_TEST(submitted_is_succeeded_failed_and_unanswered),
        POOL_TEST(every_request_waits_once_and_every_batch_runs_once),
        POOL_TEST(with_timing_every_request_is_timed_by_itself),
        cmocka_unit_test(a_bucket_holds_what_takes_up_to_its_power_of_two),
        POOL_TEST(requests_behind_a_held_thread_are_counted_as_waiting),
        POOL_TEST(closed_connections_are_counted_by_cause),
        POOL_TEST(an_answer_that_the_database_is_locked_is_counted),
        POOL_TEST(the_statistics_are_openmetrics_text),
        cmocka_unit_test(a_name_is_escaped_and_always_utf8),
        cmocka_unit_test(text_without_room_is_cut_and_its_size_told),
    };
    return SUITE_RUN(tests, argc, argv);
}
