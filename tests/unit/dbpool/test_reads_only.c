/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <string.h>

#include "support/dbpool/pool_fixture.h"
#include "support/suite.h"

/* What only reads stays so, whatever SQL it is given. */

static int execute(struct dbpool_transaction *transaction, const char *sql) {
    struct dbpool_statement statement = {.sql = sql};
    return dbpool_execute(transaction, &statement, NULL);
}

static void expect(struct pool_fixture *fixture, const char *sql, int status) {
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, sql), status);
    dbpool_request_fini(&request);
}

typedef int (*submit_fn)(struct dbpool_site site, struct dbpool *pool,
                         struct dbpool_request *request,
                         dbpool_interaction_fn function, dbpool_request_cb cb);

static const submit_fn submits[] = {dbpool_run_interaction_at,
                                    dbpool_run_with_connection_at};

/* One thread, which reads and writes in turns. */
static struct pool_fixture *open_one(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.min = fixture->options.max = 1;
    fixture_open(fixture);
    return fixture;
}

static int allow_and_write(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    int status = execute(transaction, "PRAGMA query_only = OFF");
    return status == DBPOOL_OK ? execute(transaction, "DELETE FROM users")
                               : DBPOOL_EABORT;
}

static void what_only_reads_cannot_allow_itself_to_write(void **state) {
    struct pool_fixture *fixture = open_one(state);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    request.reads_only = true;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(submits[i](DBPOOL_HERE, fixture->pool, &request,
                                    allow_and_write, NULL),
                         DBPOOL_OK);
        fixture_run(fixture);
        assert_int_equal(request.status, DBPOOL_EREADONLY);
        assert_non_null(strstr(dbpool_request_message(&request), "reads_only"));
        assert_int_equal(fixture_ask(fixture, "PRAGMA query_only"), 1);
    }
    dbpool_request_fini(&request);
    assert_int_equal(fixture_ask(fixture, "SELECT count(*) FROM users"), 3);
    fixture_close_and_run(fixture);
}

/* Compiling it is enough; and a statement of the cache may be compiled anew. */
static void a_reader_is_one_again_for_the_next_request(void **state) {
    static const struct {
        const char *sql;
        int status;
    } ways[] = {
        {"PRAGMA query_only = OFF", DBPOOL_OK},
        {"PRAGMA query_only = OFF", DBPOOL_OK},
        {"pragma main . [QUERY_only](0)", DBPOOL_OK},
        {"EXPLAIN PRAGMA query_only = OFF", DBPOOL_OK},
        {"SELECT 1; PRAGMA query_only = OFF", DBPOOL_ESQL},
    };
    struct pool_fixture *fixture = open_one(state);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        expect(fixture, ways[i].sql, ways[i].status);
        assert_int_equal(fixture_ask(fixture, "PRAGMA query_only"), 1);
        expect(fixture, "CREATE TABLE more (n)", DBPOOL_OK);
        expect(fixture, "DROP TABLE more", DBPOOL_OK);
        expect(fixture, ways[0].sql, DBPOOL_OK);
        assert_int_equal(fixture_ask(fixture, "PRAGMA query_only"), 1);
    }
    fixture_close_and_run(fixture);
}

static int forbid(struct dbpool_transaction *connection, void *data) {
    (void)data;
    return execute(connection, "PRAGMA query_only = ON");
}

static void connections_that_the_user_made_readers_stay_so(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.symmetric = true;
    fixture->options.on_connect = forbid;
    (void)open_one(state);
    expect(fixture, "DELETE FROM users", DBPOOL_EREADONLY);
    assert_int_equal(fixture_ask(fixture, "PRAGMA query_only"), 1);
    expect(fixture, "DELETE FROM users", DBPOOL_EREADONLY);
    fixture_close_and_run(fixture);
}

static int begin_to_write(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    return execute(transaction, "BEGIN IMMEDIATE");
}

static int read_twice(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    int status = execute(transaction, "SELECT * FROM users");
    return status == DBPOOL_OK
               ? execute(transaction, "PRAGMA table_info(users)")
               : status;
}

static void what_only_reads_may_do_all_else(void **state) {
    struct pool_fixture *fixture = open_one(state);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    request.reads_only = true;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            submits[i](DBPOOL_HERE, fixture->pool, &request, read_twice, NULL),
            DBPOOL_OK);
        fixture_run(fixture);
        assert_int_equal(request.status, DBPOOL_OK);
    }
    assert_int_equal(dbpool_run_with_connection(fixture->pool, &request,
                                                begin_to_write, NULL),
                     DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(request.status, DBPOOL_EREADONLY);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(what_only_reads_cannot_allow_itself_to_write),
        TEST(a_reader_is_one_again_for_the_next_request),
        TEST(connections_that_the_user_made_readers_stay_so),
        TEST(what_only_reads_may_do_all_else),
    };
    return SUITE_RUN(tests, argc, argv);
}
