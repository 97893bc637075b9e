/* SPDX-License-Identifier: Apache-2.0 */
#include "support/dbpool/endless.h"

#include "support/suite.h"

void endless_init(struct endless *endless, struct pool_fixture *fixture) {
    *endless = (struct endless){.fixture = fixture, .returns = 1};
    gate_init(&endless->gate);
}

void endless_fini(struct endless *endless) {
    gate_fini(&endless->gate);
}

int endless_run(struct dbpool_transaction *transaction, void *data) {
    struct endless *endless = data;
    const struct dbpool_statement write = {
        .sql = "INSERT INTO users (login) VALUES ('endless')"};
    const struct dbpool_statement run = {.sql = ENDLESS};
    int status = dbpool_execute(transaction, &write, NULL);
    gate_pass(&endless->gate);
    if (status == DBPOOL_OK) {
        status = dbpool_execute(transaction, &run, NULL);
    }
    endless->status = status;
    (void)atomic_fetch_add(&endless->executed, 1);
    return endless->returns == 1 ? status : endless->returns;
}

void endless_count(struct dbpool_request *request) {
    struct endless *endless = request->data;
    endless->answered++;
}

static size_t count_statements(void) {
    struct dbpool_census_entry entries[64];
    size_t count = dbpool_census(entries, 64);
    assert_in_range(count, 0, 64);
    size_t statements = 0;
    for (size_t i = 0; i < count; i++) {
        statements += entries[i].kind == DBPOOL_KIND_STATEMENT;
    }
    return statements;
}

void endless_wait_for_statements(struct pool_fixture *fixture, size_t count) {
    while (count_statements() < count) {
        (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
        uv_sleep(1);
    }
}

sqlite3 *endless_lock(const struct pool_fixture *fixture) {
    sqlite3 *holder;
    assert_int_equal(sqlite3_open(fixture->path, &holder), SQLITE_OK);
    assert_int_equal(sqlite3_exec(holder, "BEGIN EXCLUSIVE", NULL, NULL, NULL),
                     SQLITE_OK);
    return holder;
}

void endless_unlock(sqlite3 *holder) {
    assert_int_equal(sqlite3_close(holder), SQLITE_OK);
}

int endless_users(const struct pool_fixture *fixture) {
    sqlite3 *handle;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(fixture->path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(handle, "SELECT count(*) FROM users",
                                        -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int users = sqlite3_column_int(statement, 0);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
    return users;
}
