/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan */
#include <stdlib.h>
#include <string.h>

#include "result.h"
#include "support/dbpool/blocks.h"
#include "support/dbpool/pool_fixture.h"
#include "support/suite.h"

/* Values so large that a second copy of one would matter. */
#define LARGE ((size_t)64 * 1024 * 1024)

/* What a block may have beside its bytes: for the cells, and the allocator's
 * pages. */
#define LITTLE ((int64_t)16 * 1024)

static int hurry(struct dbpool_transaction *connection, void *data) {
    (void)data;
    struct dbpool_statement statement = {.sql = "PRAGMA synchronous = OFF"};
    return dbpool_execute(connection, &statement, NULL);
}

static unsigned char *make_large(void) {
    unsigned char *bytes = malloc(LARGE);
    assert_non_null(bytes);
    for (size_t i = 0; i < LARGE; i++) {
        bytes[i] = (unsigned char)(i ^ (i >> 13));
    }
    return bytes;
}

/* One thread, one connection, and statements that are prepared already. */
static void open_one(struct pool_fixture *fixture,
                     struct dbpool_request *request, const char *sql,
                     struct dbpool_value *small) {
    fixture->options.min = fixture->options.max = 1;
    fixture->options.on_connect = hurry;
    fixture_open(fixture);
    dbpool_request_init(request, fixture);
    request->params = small;
    request->params_count = small != NULL;
    assert_int_equal(fixture_query(fixture, request, sql), DBPOOL_OK);
}

static void put(struct pool_fixture *fixture, struct dbpool_request *request,
                struct dbpool_value *value) {
    request->params = value;
    request->params_count = 1;
    assert_int_equal(fixture_query(fixture, request,
                                   "UPDATE users SET name = ? "
                                   "WHERE login = 'yoen'"),
                     DBPOOL_OK);
    assert_int_equal(request->result.changes, 1);
    request->params = NULL;
    request->params_count = 0;
}

static void a_large_parameter_is_bound_without_a_copy(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    unsigned char *bytes = make_large();
    struct dbpool_value small = dbpool_blob("x", 1);
    struct dbpool_value large = dbpool_blob(bytes, LARGE);
    open_one(fixture, &request,
             "UPDATE users SET name = ? WHERE login = 'yoen'", &small);
    blocks_peak_begin();
    put(fixture, &request, &large);
    assert_int_equal(blocks_peak_bytes(BLOCKS_DBPOOL), 0);
    /* The row as it is written, and pages; not what was bound. */
    assert_in_range(blocks_peak_bytes(BLOCKS_SQLITE), LARGE, LARGE / 2 * 3);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
    free(bytes);
}

/* With columns before and behind it, and in a request that had a small result
 * before. */
static void a_large_result_is_copied_once(void **state) {
    struct pool_fixture *fixture = *state;
    static const char sql[] = "SELECT login, name, forname, 1 FROM users "
                              "WHERE login = 'yoen'";
    struct dbpool_request request;
    unsigned char *bytes = make_large();
    struct dbpool_value large = dbpool_blob(bytes, LARGE);
    open_one(fixture, &request, sql, NULL);
    put(fixture, &request, &large);
    blocks_peak_begin();
    request.names = true;
    assert_int_equal(fixture_query(fixture, &request, sql), DBPOOL_OK);
    assert_in_range(blocks_peak_bytes(BLOCKS_DBPOOL), LARGE, LARGE + LITTLE);
    struct dbpool_value name = dbpool_value(&request.result, 0, 1);
    assert_int_equal(name.size, LARGE);
    assert_memory_equal(name.as.blob, bytes, LARGE);
    assert_int_equal(dbpool_value(&request.result, 0, 3).as.integer, 1);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
    free(bytes);
}

/* Two rows of them: each once. */
static void two_large_values_are_copied_once_each(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    static const char sql[] = "SELECT zeroblob(33554432) FROM users LIMIT 2";
    open_one(fixture, &request, "SELECT 1", NULL);
    blocks_peak_begin();
    assert_int_equal(fixture_query(fixture, &request, sql), DBPOOL_OK);
    assert_int_equal(request.result.rows_count, 2);
    assert_in_range(blocks_peak_bytes(BLOCKS_DBPOOL), LARGE, LARGE + LITTLE);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void many_small_rows_still_double_the_block(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    size_t before = 0;
    int growths = 0;
    open_one(fixture, &request, "SELECT 1", NULL);
    for (int rows = 1; rows < 200000; rows += rows / 8 + 1) {
        struct dbpool_value count = dbpool_integer(rows);
        request.params = &count;
        request.params_count = 1;
        assert_int_equal(
            fixture_query(fixture, &request,
                          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT "
                          "i + 1 FROM n WHERE i < ?) SELECT i FROM n"),
            DBPOOL_OK);
        assert_int_equal(request.result.rows_count, rows);
        size_t size = dbpool__result_block_size(&request.result);
        growths += size != before;
        assert_true(before == 0 || size % before == 0);
        before = size;
    }
    assert_in_range(growths, 8, 16);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_large_parameter_is_bound_without_a_copy),
        TEST(a_large_result_is_copied_once),
        TEST(two_large_values_are_copied_once_each),
        TEST(many_small_rows_still_double_the_block),
    };
    return SUITE_RUN(tests, argc, argv);
}
