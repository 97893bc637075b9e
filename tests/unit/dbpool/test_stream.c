/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <valgrind/valgrind.h>

#include "result.h"
#include "support/dbpool/endless.h"
#include "support/dbpool/pool_fixture.h"
#include "support/gate.h"
#include "support/suite.h"

#define COUNT_SQL(count)                                                       \
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n "          \
    "WHERE i < " count " - 1) SELECT i, printf('%032d', i) AS text FROM n"

struct reading {
    struct pool_fixture *fixture;
    struct dbpool_request *to_stop; /* after stop_after rows */
    int64_t rows;
    int64_t chunks;
    int64_t stop_after;
    int64_t wrong;
    size_t block_size_max;
    size_t rows_max;
    int done;
    bool close;
};

static void read_rows(struct dbpool_request *request,
                      const struct dbpool_result *rows) {
    struct reading *reading = request->data;
    reading->wrong += reading->done != 0;
    for (size_t i = 0; i < rows->rows_count; i++) {
        struct dbpool_value number = dbpool_value(rows, i, 0);
        struct dbpool_value text = dbpool_value(rows, i, 1);
        reading->wrong += number.as.integer != reading->rows ||
                          text.size != 32 ||
                          atoll(text.as.text) != reading->rows;
        reading->rows++;
    }
    reading->chunks++;
    if (dbpool__result_block_size(rows) > reading->block_size_max) {
        reading->block_size_max = dbpool__result_block_size(rows);
    }
    if (rows->rows_count > reading->rows_max) {
        reading->rows_max = rows->rows_count;
    }
    if (request->names) {
        const char *name = dbpool_column_name(rows, 1);
        reading->wrong += name == NULL || strcmp(name, "text") != 0;
    }
    if (reading->stop_after != 0 && reading->rows >= reading->stop_after) {
        dbpool_stream_stop(request);
    }
    if (reading->close) {
        reading->close = false;
        fixture_close(reading->fixture);
    }
}

static void done(struct dbpool_request *request) {
    struct reading *reading = request->data;
    reading->done++;
}

static void begin(struct pool_fixture *fixture, struct reading *reading,
                  struct dbpool_request *request, const char *sql) {
    *reading = (struct reading){.fixture = fixture};
    dbpool_request_init(request, reading);
    assert_int_equal(
        dbpool_run_stream(fixture->pool, request, sql, read_rows, done),
        DBPOOL_OK);
    assert_int_equal(reading->chunks, 0);
}

/* Ten times as many rows where they come fast; for valgrind the result still is
 * many times larger than what may be held of it. */
static void a_large_result_streams_in_bounded_memory(void **state) {
    struct pool_fixture *fixture = *state;
    const bool slow = RUNNING_ON_VALGRIND != 0;
    const int rows = slow ? 20000 : 200000;
    fixture->options.stream_bytes = (size_t)16 * 1024;
    fixture->options.stream_rows = 100000;
    fixture_open(fixture);
    struct reading reading;
    struct dbpool_request request;
    begin(fixture, &reading, &request,
          slow ? COUNT_SQL("20000") : COUNT_SQL("200000"));
    fixture_run(fixture);
    assert_int_equal(request.status, DBPOOL_OK);
    assert_int_equal(reading.rows, rows);
    assert_int_equal(reading.wrong, 0);
    assert_int_equal(reading.done, 1);
    assert_int_equal(reading.block_size_max, 16 * 1024);
    assert_true(reading.chunks > rows * 40 / (16 * 1024));
    assert_int_equal(request.result.rows_count, 0);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void chunks_have_at_most_stream_rows_and_their_names(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.stream_rows = 7;
    fixture_open(fixture);
    struct reading reading = {.fixture = fixture};
    struct dbpool_request request;
    dbpool_request_init(&request, &reading);
    request.names = true;
    assert_int_equal(dbpool_run_stream(fixture->pool, &request, COUNT_SQL("30"),
                                       read_rows, done),
                     DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(reading.rows, 30);
    assert_int_equal(reading.chunks, 5);
    assert_int_equal(reading.rows_max, 7);
    assert_int_equal(reading.wrong, 0);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void a_row_larger_than_a_chunk_comes_whole(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.stream_bytes = 1024;
    fixture_open(fixture);
    struct reading reading;
    struct dbpool_request request;
    begin(fixture, &reading, &request,
          "SELECT 0, printf('%032d', 0), zeroblob(100000)");
    fixture_run(fixture);
    assert_int_equal(request.status, DBPOOL_OK);
    assert_int_equal(reading.rows, 1);
    assert_int_equal(reading.wrong, 0);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void a_result_without_rows_calls_only_the_end(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct reading reading;
    struct dbpool_request request;
    begin(fixture, &reading, &request, "SELECT 1 WHERE 0");
    fixture_run(fixture);
    assert_int_equal(reading.chunks, 0);
    assert_int_equal(reading.done, 1);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void a_stopped_stream_is_answered_and_reads_no_further(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.min = fixture->options.max = 1;
    fixture->options.stream_rows = 10;
    fixture_open(fixture);
    struct reading reading;
    struct dbpool_request request;
    begin(fixture, &reading, &request, COUNT_SQL("1000000000"));
    reading.stop_after = 20;
    fixture_run(fixture);
    assert_int_equal(request.status, DBPOOL_OK);
    assert_int_equal(reading.rows, 20);
    assert_int_equal(reading.done, 1);
    dbpool_stream_stop(&request); /* is answered: nothing happens */
    /* The thread and its connection are there for others. */
    assert_int_equal(fixture_query(fixture, &request, "SELECT 1"), DBPOOL_OK);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void a_stream_stopped_before_it_began_does_nothing(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct reading reading;
    struct dbpool_request request;
    begin(fixture, &reading, &request,
          "DELETE FROM users RETURNING 0, printf('%032d', 0)");
    dbpool_stream_stop(&request);
    fixture_run(fixture);
    assert_int_equal(request.status, DBPOOL_OK);
    assert_int_equal(reading.rows, 0);
    assert_int_equal(reading.done, 1);
    assert_int_equal(
        fixture_query(fixture, &request, "SELECT count(*) FROM users"),
        DBPOOL_OK);
    assert_int_equal(dbpool_value(&request.result, 0, 0).as.integer, 3);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void closing_waits_for_an_open_stream(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.stream_rows = 10;
    fixture_open(fixture);
    struct reading reading;
    struct dbpool_request request;
    begin(fixture, &reading, &request, COUNT_SQL("100"));
    reading.close = true; /* with the first chunk */
    fixture_run(fixture);
    assert_int_equal(reading.rows, 100);
    assert_int_equal(reading.done, 1);
    assert_int_equal(fixture->closed, 1);
    fixture->pool = NULL;
    dbpool_request_fini(&request);
}

static void an_error_behind_rows_is_the_answer(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.stream_rows = 10;
    fixture_open(fixture);
    struct reading reading;
    struct dbpool_request request;
    begin(fixture, &reading, &request,
          "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n "
          "WHERE i < 99) SELECT i, printf('%032d', i), "
          "CASE WHEN i = 55 THEN abs(-9223372036854775807 - 1) END FROM n");
    fixture_run(fixture);
    assert_int_equal(request.status, DBPOOL_ESQL);
    assert_non_null(strstr(dbpool_request_message(&request), "overflow"));
    assert_true(reading.rows <= 55);
    assert_int_equal(reading.wrong, 0);
    assert_int_equal(reading.done, 1);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void what_stands_behind_a_stream_is_answered_by_others(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.min = fixture->options.max = 2;
    fixture->options.stream_rows = 1;
    fixture_open(fixture);
    struct dbpool_request other[8];
    for (int i = 0; i < 4; i++) {
        dbpool_request_init(&other[i], fixture);
        assert_int_equal(dbpool_run_query(fixture->pool, &other[i], "SELECT 1",
                                          fixture_count),
                         DBPOOL_OK);
    }
    struct reading reading;
    struct dbpool_request request;
    begin(fixture, &reading, &request, COUNT_SQL("1000000000"));
    for (int i = 4; i < 8; i++) {
        dbpool_request_init(&other[i], fixture);
        assert_int_equal(dbpool_run_query(fixture->pool, &other[i], "SELECT 1",
                                          fixture_count),
                         DBPOOL_OK);
    }
    /* The stream goes on for as long as nobody stops it. */
    while (fixture->answered < 8) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    assert_int_equal(reading.done, 0);
    dbpool_stream_stop(&request);
    fixture_run(fixture);
    assert_int_equal(reading.done, 1);
    for (int i = 0; i < 8; i++) {
        dbpool_request_fini(&other[i]);
    }
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void a_write_whose_stream_is_stopped_stays(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.stream_rows = 1;
    fixture_open(fixture);
    struct reading reading;
    struct dbpool_request request;
    begin(fixture, &reading, &request,
          "DELETE FROM users RETURNING 0, printf('%032d', 0)");
    reading.stop_after = 1;
    fixture_run(fixture);
    assert_int_equal(request.status, DBPOOL_OK);
    assert_int_equal(
        fixture_query(fixture, &request, "SELECT count(*) FROM users"),
        DBPOOL_OK);
    assert_int_equal(dbpool_value(&request.result, 0, 0).as.integer, 0);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

/* One row, and then a step without an end. */
#define ROW_AND_ENDLESS                                                        \
    "SELECT 0 AS i, printf('%032d', 0) AS text UNION ALL "                     \
    "SELECT i, NULL FROM (" ENDLESS_ROWS ") WHERE i < 0"
#define ENDLESS_ROWS                                                           \
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "         \
    "SELECT i FROM n"

/* One thread, and a request behind the stream that has to run to its end. */
static void begin_before_another(struct pool_fixture *fixture,
                                 struct reading *reading,
                                 struct dbpool_request *stream, const char *sql,
                                 struct dbpool_request *other) {
    fixture->options.min = fixture->options.max = 1;
    fixture_open(fixture);
    begin(fixture, reading, stream, sql);
    dbpool_request_init(other, fixture);
    assert_int_equal(dbpool_run_query(fixture->pool, other,
                                      "SELECT count(*) FROM users",
                                      fixture_count),
                     DBPOOL_OK);
}

static void expect_and_close(struct pool_fixture *fixture,
                             const struct reading *reading,
                             struct dbpool_request *stream, int status,
                             struct dbpool_request *other, int64_t users) {
    fixture_run(fixture);
    assert_int_equal(reading->done, 1);
    assert_int_equal(stream->status, status);
    assert_int_equal(stream->code, 0);
    assert_int_equal(other->status, DBPOOL_OK);
    assert_int_equal(dbpool_value(&other->result, 0, 0).as.integer, users);
    dbpool_request_fini(stream);
    dbpool_request_fini(other);
    fixture_close_and_run(fixture);
}

static void a_stream_stopped_in_a_slow_step_ends_within_it(void **state) {
    struct pool_fixture *fixture = *state;
    struct reading reading;
    struct dbpool_request stream, other;
    fixture->options.stream_rows = 1;
    begin_before_another(fixture, &reading, &stream, ROW_AND_ENDLESS, &other);
    reading.stop_after = 1;
    expect_and_close(fixture, &reading, &stream, DBPOOL_OK, &other, 3);
    assert_int_equal(reading.rows, 1);
    assert_int_equal(reading.wrong, 0);
}

/* Its chunk is never full, so nobody would ask. */
static void a_stream_stopped_in_its_first_chunk_ends_within_it(void **state) {
    struct pool_fixture *fixture = *state;
    struct reading reading;
    struct dbpool_request stream, other;
    begin_before_another(fixture, &reading, &stream, ROW_AND_ENDLESS, &other);
    endless_wait_for_statements(fixture, 1);
    dbpool_stream_stop(&stream);
    dbpool_stream_stop(&stream);
    expect_and_close(fixture, &reading, &stream, DBPOOL_OK, &other, 3);
    assert_int_equal(reading.rows, 0);
}

static void a_stream_canceled_in_a_slow_step_ends_within_it(void **state) {
    struct pool_fixture *fixture = *state;
    struct reading reading;
    struct dbpool_request stream, other;
    begin_before_another(fixture, &reading, &stream, ROW_AND_ENDLESS, &other);
    endless_wait_for_statements(fixture, 1);
    assert_int_equal(dbpool_cancel(&stream), DBPOOL_OK);
    expect_and_close(fixture, &reading, &stream, DBPOOL_ECANCELED, &other, 3);
    assert_int_equal(reading.rows, 0);
}

static void a_stream_stopped_while_it_waits_for_a_lock_ends(void **state) {
    struct pool_fixture *fixture = *state;
    struct reading reading;
    struct dbpool_request stream, other;
    fixture->options.busy_timeout_ms = INT_MAX;
    fixture->options.min = fixture->options.max = 1;
    fixture_open(fixture);
    dbpool_request_init(&other, fixture);
    assert_int_equal(fixture_query(fixture, &other, "SELECT * FROM users"),
                     DBPOOL_OK);
    sqlite3 *holder = endless_lock(fixture);
    begin(fixture, &reading, &stream, "SELECT 0, login FROM users");
    endless_wait_for_statements(fixture, 2);
    dbpool_stream_stop(&stream);
    fixture_run(fixture);
    assert_int_equal(stream.status, DBPOOL_OK);
    assert_int_equal(reading.rows, 0);
    endless_unlock(holder);
    assert_int_equal(
        fixture_query(fixture, &other, "SELECT count(*) FROM users"),
        DBPOOL_OK);
    expect_and_close(fixture, &reading, &stream, DBPOOL_OK, &other, 3);
}

/* It is stopped while it writes, before its first row. */
static void a_stream_stopped_in_the_middle_of_a_write_writes_all(void **state) {
    struct pool_fixture *fixture = *state;
    struct reading reading;
    struct dbpool_request stream, other;
    begin_before_another(fixture, &reading, &stream,
                         "INSERT INTO users (name) WITH RECURSIVE n(i) AS "
                         "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                         "5000) SELECT i FROM n RETURNING 0, login",
                         &other);
    endless_wait_for_statements(fixture, 1);
    dbpool_stream_stop(&stream);
    fixture_run(fixture);
    assert_int_equal(
        fixture_query(fixture, &other, "SELECT count(*) FROM users"),
        DBPOOL_OK);
    expect_and_close(fixture, &reading, &stream, DBPOOL_OK, &other, 5003);
    assert_int_equal(reading.rows, 0);
}

static void a_stream_without_a_reader_is_refused(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, NULL);
    assert_int_equal(
        dbpool_run_stream(fixture->pool, &request, "SELECT 1", NULL, done),
        DBPOOL_EINVAL);
    dbpool_stream_stop(&request);
    fixture_close_and_run(fixture);
}

#define TEST(test)                                                             \
    cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_large_result_streams_in_bounded_memory),
        TEST(chunks_have_at_most_stream_rows_and_their_names),
        TEST(a_row_larger_than_a_chunk_comes_whole),
        TEST(a_result_without_rows_calls_only_the_end),
        TEST(a_stopped_stream_is_answered_and_reads_no_further),
        TEST(a_stream_stopped_before_it_began_does_nothing),
        TEST(closing_waits_for_an_open_stream),
        TEST(an_error_behind_rows_is_the_answer),
        TEST(what_stands_behind_a_stream_is_answered_by_others),
        TEST(a_write_whose_stream_is_stopped_stays),
        TEST(a_stream_stopped_in_a_slow_step_ends_within_it),
        TEST(a_stream_stopped_in_its_first_chunk_ends_within_it),
        TEST(a_stream_canceled_in_a_slow_step_ends_within_it),
        TEST(a_stream_stopped_while_it_waits_for_a_lock_ends),
        TEST(a_stream_stopped_in_the_middle_of_a_write_writes_all),
        TEST(a_stream_without_a_reader_is_refused),
    };
    return SUITE_RUN(tests, argc, argv);
}
