/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <sqlite3.h>
#include <string.h>

#include "support/dbpool/pool_fixture.h"
#include "support/suite.h"

/* An interaction is a whole, whatever is done inside. */

static int execute(struct dbpool_transaction *transaction, const char *sql) {
    struct dbpool_statement statement = {.sql = sql};
    return dbpool_execute(transaction, &statement, NULL);
}

typedef int (*submit_fn)(struct dbpool_site site, struct dbpool *pool,
                         struct dbpool_request *request,
                         dbpool_interaction_fn function, dbpool_request_cb cb);

/* request->data is the fixture for the callback, and so for @function. */
static int run(struct pool_fixture *fixture, struct dbpool_request *request,
               submit_fn submit, dbpool_interaction_fn function) {
    dbpool_request_init(request, fixture);
    assert_int_equal(
        submit(DBPOOL_HERE, fixture->pool, request, function, fixture_count),
        DBPOOL_OK);
    fixture_run(fixture);
    return request->status;
}

static size_t users(struct pool_fixture *fixture) {
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, "SELECT * FROM users"),
                     DBPOOL_OK);
    size_t count = request.result.rows_count;
    dbpool_request_fini(&request);
    return count;
}

static const char *const controls[] = {
    "BEGIN",
    "begin immediate",
    "COMMIT",
    " ;COMMIT TRANSACTION;",
    "-- a comment\nEND",
    "/* two */ /* comments */ rollback",
    "ROLLBACK TRANSACTION",
    "ROLLBACK/*TO*/;",
    " \vCOMMIT",
    "\357\273\277COMMIT",
    ";\xEF\xBB\xBF\n\v\f-- one\n\xEF\xBB\xBF END",
    "ROLLBACK \v TRANSACTION \xEF\xBB\xBF",
};

enum { CONTROLS = sizeof controls / sizeof controls[0] };

static int try_controls(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    int status = execute(transaction, "DELETE FROM users");
    for (size_t i = 0; status == DBPOOL_OK && i < CONTROLS; i++) {
        if (execute(transaction, controls[i]) != DBPOOL_ESQL ||
            strstr(dbpool_transaction_message(transaction), "savepoints") ==
                NULL) {
            return DBPOOL_OK; /* which the test finds out */
        }
    }
    return status != DBPOOL_OK ? status : DBPOOL_EABORT;
}

static void nothing_inside_an_interaction_ends_its_transaction(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    assert_int_equal(
        run(fixture, &request, dbpool_run_interaction_at, try_controls),
        DBPOOL_EABORT);
    dbpool_request_fini(&request);
    assert_int_equal(users(fixture), 3);
    fixture_close_and_run(fixture);
}

static int commit_and_go_on(struct dbpool_transaction *transaction,
                            void *data) {
    (void)data;
    (void)execute(transaction, "COMMIT");
    return execute(transaction, "DELETE FROM users");
}

static void
a_refused_statement_is_the_error_of_that_statement_only(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    assert_int_equal(
        run(fixture, &request, dbpool_run_interaction_at, commit_and_go_on),
        DBPOOL_OK);
    dbpool_request_fini(&request);
    assert_int_equal(users(fixture), 0);
    fixture_close_and_run(fixture);
}

static int use_savepoints(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    static const char *const steps[] = {
        "SAVEPOINT one",
        "DELETE FROM users WHERE login = 'yoen'",
        "RELEASE one",
        "SAVEPOINT two",
        "DELETE FROM users",
        "ROLLBACK TRANSACTION TO SAVEPOINT two",
        "rollback /* a part */ to two",
        "\xEF\xBB\xBFROLLBACK\f\v\xEF\xBB\xBF TO two",
        "RELEASE two",
    };
    int status = DBPOOL_OK;
    for (size_t i = 0; status == DBPOOL_OK && i < 9; i++) {
        status = execute(transaction, steps[i]);
    }
    return status;
}

static void savepoints_are_allowed_inside_an_interaction(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    assert_int_equal(
        run(fixture, &request, dbpool_run_interaction_at, use_savepoints),
        DBPOOL_OK);
    dbpool_request_fini(&request);
    assert_int_equal(users(fixture), 2);
    fixture_close_and_run(fixture);
}

static int begin_and_go_back(struct dbpool_transaction *transaction,
                             void *data) {
    (void)data;
    int status = execute(transaction, "BEGIN");
    if (status == DBPOOL_OK) {
        status = execute(transaction, "DELETE FROM users");
    }
    return status == DBPOOL_OK ? execute(transaction, "ROLLBACK") : status;
}

static void a_whole_connection_may_begin_and_end_its_own(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.on_connect = begin_and_go_back;
    fixture_open(fixture);
    struct dbpool_request request;
    assert_int_equal(run(fixture, &request, dbpool_run_with_connection_at,
                         begin_and_go_back),
                     DBPOOL_OK);
    dbpool_request_fini(&request);
    assert_int_equal(users(fixture), 3);
    fixture_close_and_run(fixture);
}

/* ON CONFLICT ROLLBACK ends the transaction under the function's feet; what
 * it does then would be a part that is committed. */
static int ignore_the_end(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    (void)execute(transaction, "DELETE FROM users WHERE login = 'yoen'");
    (void)execute(transaction,
                  "INSERT OR ROLLBACK INTO users VALUES ('mohamed', '', '')");
    if (execute(transaction, "DELETE FROM users") == DBPOOL_OK) {
        return DBPOOL_EABORT;
    }
    return DBPOOL_OK;
}

static void
an_interaction_that_sqlite_has_ended_fails_as_a_whole(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    assert_int_equal(
        run(fixture, &request, dbpool_run_interaction_at, ignore_the_end),
        DBPOOL_ESQL);
    assert_non_null(strstr(dbpool_request_message(&request), "UNIQUE"));
    dbpool_request_fini(&request);
    assert_int_equal(users(fixture), 3);
    fixture_close_and_run(fixture);
}

/* ---- Ended where no SQL of dbpool_execute() says so ---- */

static void end_it(sqlite3_context *context, int count, sqlite3_value **args) {
    (void)count;
    (void)args;
    (void)sqlite3_exec(sqlite3_context_db_handle(context), "ROLLBACK", NULL,
                       NULL, NULL);
    sqlite3_result_int(context, 1);
}

static int add_end_it(struct dbpool_transaction *connection, void *data) {
    (void)connection;
    (void)data;
    return sqlite3_create_function(fixture_only_connection(), "end_it", 0,
                                   SQLITE_UTF8, NULL, end_it, NULL,
                                   NULL) == SQLITE_OK
               ? DBPOOL_OK
               : DBPOOL_EABORT;
}

static int end_and_go_on(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    if (execute(transaction, "SELECT end_it()") != DBPOOL_ESQL ||
        execute(transaction, "DELETE FROM users") != DBPOOL_ESQL ||
        dbpool_savepoint(transaction, use_savepoints, data) != DBPOOL_ESQL) {
        return DBPOOL_EABORT;
    }
    return DBPOOL_OK;
}

/* On the library's own handle. */
static int end_by_handle(struct dbpool_transaction *transaction, void *data) {
    (void)sqlite3_exec(fixture_only_connection(), "ROLLBACK", NULL, NULL, NULL);
    (void)execute(transaction, "DELETE FROM users");
    (void)dbpool_savepoint(transaction, use_savepoints, data);
    return DBPOOL_OK;
}

static int nest_first(struct dbpool_transaction *transaction, void *data) {
    (void)sqlite3_exec(fixture_only_connection(), "ROLLBACK", NULL, NULL, NULL);
    (void)dbpool_savepoint(transaction, use_savepoints, data);
    return DBPOOL_OK;
}

static int end_last(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    int status = execute(transaction, "DELETE FROM users");
    (void)sqlite3_exec(fixture_only_connection(), "ROLLBACK", NULL, NULL, NULL);
    return status;
}

static void an_interaction_that_ends_unseen_fails_as_a_whole(void **state) {
    struct pool_fixture *fixture = *state;
    static const dbpool_interaction_fn functions[] = {
        end_and_go_on, end_by_handle, nest_first, end_last};
    fixture->options.min = fixture->options.max = 1;
    fixture->options.on_connect = add_end_it;
    fixture_open(fixture);
    struct dbpool_request request;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(
            run(fixture, &request, dbpool_run_interaction_at, functions[i]),
            DBPOOL_ESQL);
        assert_non_null(
            strstr(dbpool_request_message(&request), "was ended inside"));
        dbpool_request_fini(&request);
        assert_int_equal(users(fixture), 3);
    }
    fixture_close_and_run(fixture);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(nothing_inside_an_interaction_ends_its_transaction),
        TEST(a_refused_statement_is_the_error_of_that_statement_only),
        TEST(savepoints_are_allowed_inside_an_interaction),
        TEST(a_whole_connection_may_begin_and_end_its_own),
        TEST(an_interaction_that_sqlite_has_ended_fails_as_a_whole),
        TEST(an_interaction_that_ends_unseen_fails_as_a_whole),
    };
    return SUITE_RUN(tests, argc, argv);
}
