/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <sqlite3.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/dbpool/pool_fixture.h"
#include "support/suite.h"

static int execute(struct dbpool_transaction *transaction, const char *sql) {
    struct dbpool_statement statement = {.sql = sql};
    return dbpool_execute(transaction, &statement, NULL);
}

typedef int (*submit_fn)(struct dbpool_site site, struct dbpool *pool,
                         struct dbpool_request *request,
                         dbpool_interaction_fn function, dbpool_request_cb cb);

static int run(struct pool_fixture *fixture, struct dbpool_request *request,
               submit_fn submit, dbpool_interaction_fn function) {
    assert_int_equal(
        submit(DBPOOL_HERE, fixture->pool, request, function, NULL), DBPOOL_OK);
    fixture_run(fixture);
    return request->status;
}

static void expect_logins(struct pool_fixture *fixture, const char *expected) {
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request,
                                   "SELECT group_concat(login) FROM (SELECT "
                                   "login FROM users ORDER BY login)"),
                     DBPOOL_OK);
    assert_string_equal(dbpool_value(&request.result, 0, 0).as.text, expected);
    dbpool_request_fini(&request);
}

static int delete_yoen(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    return execute(transaction, "DELETE FROM users WHERE login = 'yoen'");
}

static int delete_esteban(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    return execute(transaction, "DELETE FROM users WHERE login = 'esteban'");
}

static int delete_all_then_fail(struct dbpool_transaction *transaction,
                                void *data) {
    (void)data;
    int status = execute(transaction, "DELETE FROM users");
    return status != DBPOOL_OK ? status
                               : execute(transaction, "SELECT * FROM nowhere");
}

/* Goes on after the failure of what it has nested. */
static int nest_and_go_on(struct dbpool_transaction *transaction, void *data) {
    int status = delete_yoen(transaction, data);
    if (status != DBPOOL_OK) {
        return status;
    }
    if (dbpool_savepoint(transaction, delete_all_then_fail, data) !=
            DBPOOL_ESQL ||
        strcmp(dbpool_transaction_message(transaction),
               "no such table: nowhere") != 0) {
        return DBPOOL_EABORT;
    }
    return DBPOOL_OK;
}

static void a_failing_savepoint_undoes_itself_alone(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    fixture_open(fixture);
    assert_int_equal(
        run(fixture, &request, dbpool_run_interaction_at, nest_and_go_on),
        DBPOOL_OK);
    expect_logins(fixture, "esteban,mohamed");
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static int nest_and_return(struct dbpool_transaction *transaction, void *data) {
    return dbpool_savepoint(transaction, delete_all_then_fail, data);
}

static void its_error_is_the_one_of_the_interaction(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    fixture_open(fixture);
    assert_int_equal(
        run(fixture, &request, dbpool_run_interaction_at, nest_and_return),
        DBPOOL_ESQL);
    assert_string_equal(dbpool_request_message(&request),
                        "no such table: nowhere");
    expect_logins(fixture, "esteban,mohamed,yoen");
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

/* The inner one is released, and undone with the outer one. */
static int inner_then_fail(struct dbpool_transaction *transaction, void *data) {
    int status = dbpool_savepoint(transaction, delete_esteban, data);
    return status != DBPOOL_OK ? status : DBPOOL_EABORT;
}

static int three_deep(struct dbpool_transaction *transaction, void *data) {
    int status = dbpool_savepoint(transaction, delete_yoen, data);
    if (status == DBPOOL_OK &&
        dbpool_savepoint(transaction, inner_then_fail, data) != DBPOOL_EABORT) {
        status = DBPOOL_ESQL;
    }
    return status;
}

static void savepoints_nest(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    fixture_open(fixture);
    assert_int_equal(
        run(fixture, &request, dbpool_run_interaction_at, three_deep),
        DBPOOL_OK);
    expect_logins(fixture, "esteban,mohamed");
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void a_savepoint_without_a_transaction_is_one(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    fixture_open(fixture);
    assert_int_equal(
        run(fixture, &request, dbpool_run_with_connection_at, three_deep),
        DBPOOL_OK);
    expect_logins(fixture, "esteban,mohamed");
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

/* What has failed holds nothing open that the rest could fall into. */
static int fail_inside_and_go_on(struct dbpool_transaction *transaction,
                                 void *data) {
    if (dbpool_savepoint(transaction, delete_all_then_fail, data) !=
        DBPOOL_ESQL) {
        return DBPOOL_OK;
    }
    int status = delete_yoen(transaction, data);
    return status != DBPOOL_OK ? status : DBPOOL_EABORT;
}

static void
what_comes_behind_a_savepoint_that_failed_is_no_part_of_it(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    fixture_open(fixture);
    assert_int_equal(run(fixture, &request, dbpool_run_with_connection_at,
                         fail_inside_and_go_on),
                     DBPOOL_EABORT);
    expect_logins(fixture, "esteban,mohamed");
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static int end_inside(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    return execute(transaction, "RELEASE dbpool");
}

static int nest_the_end(struct dbpool_transaction *transaction, void *data) {
    return dbpool_savepoint(transaction, end_inside, data);
}

static int release_then_fail(struct dbpool_transaction *transaction,
                             void *data) {
    int status = delete_yoen(transaction, data);
    if (status == DBPOOL_OK) {
        status = execute(transaction, "RELEASE dbpool");
    }
    return status == DBPOOL_OK ? DBPOOL_EABORT : status;
}

static int nest_and_forget(struct dbpool_transaction *transaction, void *data) {
    (void)dbpool_savepoint(transaction, release_then_fail, data);
    return DBPOOL_OK;
}

static void what_cannot_be_undone_is_not_committed(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    fixture_open(fixture);
    assert_int_equal(
        run(fixture, &request, dbpool_run_interaction_at, nest_and_forget),
        DBPOOL_ESQL);
    expect_logins(fixture, "esteban,mohamed,yoen");
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static int nest_nothing(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    return dbpool_savepoint(transaction, NULL, NULL);
}

static void a_savepoint_that_is_gone_is_reported(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    fixture_open(fixture);
    assert_int_equal(
        run(fixture, &request, dbpool_run_interaction_at, nest_the_end),
        DBPOOL_ESQL);
    assert_non_null(
        strstr(dbpool_request_message(&request), "no such savepoint"));
    assert_int_equal(
        run(fixture, &request, dbpool_run_interaction_at, nest_nothing),
        DBPOOL_EINVAL);
    expect_logins(fixture, "esteban,mohamed,yoen");
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

/* ---- Ended before its time, where no transaction is around it ---- */

/* ON CONFLICT ROLLBACK ends the savepoint under the function's feet. */
static int end_and_go_on(struct dbpool_transaction *transaction, void *data) {
    (void)delete_yoen(transaction, data);
    (void)execute(transaction,
                  "INSERT OR ROLLBACK INTO users VALUES ('mohamed', '', '')");
    if (delete_esteban(transaction, data) != DBPOOL_ESQL ||
        dbpool_savepoint(transaction, delete_esteban, data) != DBPOOL_ESQL) {
        return DBPOOL_EINVAL;
    }
    return DBPOOL_OK;
}

static int end_and_give_up(struct dbpool_transaction *transaction, void *data) {
    int status = end_and_go_on(transaction, data);
    return status == DBPOOL_OK ? DBPOOL_EABORT : status;
}

/* The end of the inner one is that of the outer one. */
static int end_inner(struct dbpool_transaction *transaction, void *data) {
    (void)delete_yoen(transaction, data);
    if (dbpool_savepoint(transaction, end_and_give_up, data) != DBPOOL_EABORT ||
        delete_esteban(transaction, data) != DBPOOL_ESQL) {
        return DBPOOL_EINVAL;
    }
    return DBPOOL_OK;
}

static int commit_inside(struct dbpool_transaction *transaction, void *data) {
    int status = delete_esteban(transaction, data);
    static const char *const controls[] = {"COMMIT", "ROLLBACK", "BEGIN"};
    for (int i = 0; i < 3 && status == DBPOOL_OK; i++) {
        if (execute(transaction, controls[i]) != DBPOOL_ESQL ||
            strstr(dbpool_transaction_message(transaction), "nest") == NULL) {
            status = DBPOOL_EINVAL;
        }
    }
    return status == DBPOOL_OK ? DBPOOL_EABORT : status;
}

struct ended {
    dbpool_interaction_fn function;
    int status;
    const char *message; /* of the savepoint's, or NULL */
};

/* What the function does behind the savepoint is its own again. */
static int end_then_delete(struct dbpool_transaction *transaction, void *data) {
    const struct ended *ended = data;
    int status = dbpool_savepoint(transaction, ended->function, NULL);
    if (status != ended->status ||
        (ended->message != NULL &&
         strstr(dbpool_transaction_message(transaction), ended->message) ==
             NULL)) {
        return DBPOOL_EINVAL;
    }
    return delete_yoen(transaction, NULL);
}

static void a_savepoint_that_sqlite_has_ended_keeps_nothing(void **state) {
    struct pool_fixture *fixture = *state;
    struct ended all[] = {
        {end_and_go_on, DBPOOL_ESQL, "UNIQUE"},
        {end_and_give_up, DBPOOL_EABORT, NULL},
        {end_inner, DBPOOL_ESQL, "UNIQUE"},
        {commit_inside, DBPOOL_EABORT, NULL},
    };
    fixture_open(fixture);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct dbpool_request request;
        dbpool_request_init(&request, &all[i]);
        assert_int_equal(run(fixture, &request, dbpool_run_with_connection_at,
                             end_then_delete),
                         DBPOOL_OK);
        expect_logins(fixture, "esteban,mohamed");
        assert_int_equal(
            fixture_query(fixture, &request,
                          "INSERT INTO users VALUES ('yoen', '', '')"),
            DBPOOL_OK);
        dbpool_request_fini(&request);
    }
    fixture_close_and_run(fixture);
}

/* What was released cannot be undone; what follows is not done. */
static int release_and_go_on(struct dbpool_transaction *transaction,
                             void *data) {
    if (execute(transaction, "RELEASE dbpool") != DBPOOL_ESQL ||
        delete_esteban(transaction, data) != DBPOOL_ESQL) {
        return DBPOOL_EINVAL;
    }
    return DBPOOL_OK;
}

static void a_savepoint_that_sql_has_released_does_no_more(void **state) {
    struct pool_fixture *fixture = *state;
    struct ended ended = {release_and_go_on, DBPOOL_ESQL, "ended inside"};
    struct dbpool_request request;
    dbpool_request_init(&request, &ended);
    fixture_open(fixture);
    assert_int_equal(
        run(fixture, &request, dbpool_run_with_connection_at, end_then_delete),
        DBPOOL_OK);
    expect_logins(fixture, "esteban,mohamed");
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

/* ---- What a request leaves on its connection ---- */

/* The library's own handle of this thread's connection. */
static sqlite3 *own_handle(void) {
    struct dbpool_census_entry entries[64];
    size_t count = dbpool_census(entries, 64);
    uint64_t thread = 0;
    for (size_t i = 0; i < count && i < 64; i++) {
        if (entries[i].kind == DBPOOL_KIND_THREAD &&
            entries[i].thread_id == syscall(SYS_gettid)) {
            thread = entries[i].id;
        }
        if (entries[i].kind == DBPOOL_KIND_CONNECTION &&
            entries[i].owner_id == thread) {
            return (sqlite3 *)entries[i].object;
        }
    }
    return NULL;
}

static int leave_running(struct dbpool_transaction *transaction, void *data) {
    sqlite3_stmt **left = data;
    int status = delete_yoen(transaction, NULL);
    bool runs = sqlite3_prepare_v2(own_handle(), "SELECT login FROM users", -1,
                                   left, NULL) == SQLITE_OK &&
                sqlite3_step(*left) == SQLITE_ROW;
    return runs ? status : DBPOOL_EABORT;
}

static int finalize_left(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    sqlite3_stmt **left = data;
    int status = sqlite3_stmt_busy(*left) == 0 ? DBPOOL_OK : DBPOOL_EABORT;
    return sqlite3_finalize(*left) == SQLITE_OK ? status : DBPOOL_EABORT;
}

static void a_statement_left_running_is_ended_and_reported(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    sqlite3_stmt *left = NULL;
    fixture->options.min = 1;
    fixture->options.max = 1;
    dbpool_request_init(&request, &left);
    fixture_open(fixture);
    submit_fn both[] = {dbpool_run_interaction_at,
                        dbpool_run_with_connection_at};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(run(fixture, &request, both[i], leave_running),
                         DBPOOL_ESQL);
        assert_non_null(strstr(dbpool_request_message(&request),
                               "SELECT login FROM users"));
        assert_non_null(
            strstr(dbpool_request_message(&request), "test_savepoint.c:"));
        assert_int_equal(run(fixture, &request, dbpool_run_with_connection_at,
                             finalize_left),
                         DBPOOL_OK);
        /* What was not in a transaction is done. */
        expect_logins(fixture,
                      i == 0 ? "esteban,mohamed,yoen" : "esteban,mohamed");
    }
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.left_open, 2);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static int leave_blob(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    return sqlite3_blob_open(own_handle(), "main", "users", "name", 1, 0,
                             data) == SQLITE_OK
               ? DBPOOL_OK
               : DBPOOL_EABORT;
}

static int close_blob(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    sqlite3_blob **left = data;
    (void)sqlite3_blob_close(*left);
    return DBPOOL_OK;
}

static void a_blob_left_open_is_ended_and_reported_with_its_site(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    sqlite3_blob *left = NULL;
    fixture->options.min = fixture->options.max = 1;
    dbpool_request_init(&request, &left);
    fixture_open(fixture);
    assert_int_equal(
        run(fixture, &request, dbpool_run_interaction_at, leave_blob),
        DBPOOL_ESQL);
    assert_non_null(strstr(dbpool_request_message(&request), "open blob"));
    assert_non_null(
        strstr(dbpool_request_message(&request), "test_savepoint.c:"));
    assert_int_equal(
        run(fixture, &request, dbpool_run_with_connection_at, close_blob),
        DBPOOL_OK);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void a_transaction_left_open_by_a_statement_is_counted(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    fixture_open(fixture);
    assert_int_equal(fixture_query(fixture, &request, "BEGIN"), DBPOOL_ESQL);
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.left_open, 1);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_failing_savepoint_undoes_itself_alone),
        TEST(its_error_is_the_one_of_the_interaction),
        TEST(savepoints_nest),
        TEST(a_savepoint_without_a_transaction_is_one),
        TEST(what_comes_behind_a_savepoint_that_failed_is_no_part_of_it),
        TEST(a_savepoint_that_is_gone_is_reported),
        TEST(a_savepoint_that_sqlite_has_ended_keeps_nothing),
        TEST(a_savepoint_that_sql_has_released_does_no_more),
        TEST(what_cannot_be_undone_is_not_committed),
        TEST(a_statement_left_running_is_ended_and_reported),
        TEST(a_blob_left_open_is_ended_and_reported_with_its_site),
        TEST(a_transaction_left_open_by_a_statement_is_counted),
    };
    return SUITE_RUN(tests, argc, argv);
}
