/* SPDX-License-Identifier: Apache-2.0 */
#include "support/dbpool/pool_fixture.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/dbpool/blocks.h"
#include "support/dbpool/faults.h"
#include "support/dbpool/left.h"
#include "support/suite.h"

#define SCHEMA                                                                 \
    "CREATE TABLE users (login TEXT PRIMARY KEY, name TEXT, forname TEXT);"    \
    "INSERT INTO users VALUES ('yoen', 'Van der Veld', 'Yoen'),"               \
    " ('esteban', 'Garcia Marquez', 'Estebán'),"                              \
    " ('mohamed', 'Al Ghâlib', 'Mohamed');"

static struct dbpool_close_request close_request;

static void make_database(const struct pool_fixture *fixture,
                          const char *journal) {
    sqlite3 *handle;
    assert_int_equal(sqlite3_open(fixture->path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, journal, NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, SCHEMA, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

static int setup(void **state, const char *journal) {
    static bool counted;
    if (!counted) {
        counted = true;
        blocks_count_sqlite();
    }
    struct pool_fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    const char *folder = getenv("TMPDIR");
    (void)snprintf(fixture->folder, sizeof fixture->folder,
                   "%s/dbpool-test-XXXXXX", folder == NULL ? "/tmp" : folder);
    assert_non_null(mkdtemp(fixture->folder));
    (void)snprintf(fixture->path, sizeof fixture->path, "%.200s/users.db",
                   fixture->folder);
    (void)snprintf(fixture->url, sizeof fixture->url, "sqlite:%.240s",
                   fixture->path);
    make_database(fixture, journal);
    fixture->own_blocks_before = blocks_live(BLOCKS_DBPOOL).count;
    fixture->blocks_before = blocks_live(BLOCKS_SQLITE).count;
    fixture->locks_before = faults_locks_outstanding();
    dbpool_options_init(&fixture->options);
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    *state = fixture;
    return 0;
}

int fixture_setup(void **state) {
    return setup(state, "PRAGMA journal_mode = DELETE");
}

int fixture_setup_wal(void **state) {
    return setup(state, "PRAGMA journal_mode = WAL");
}

int fixture_teardown(void **state) {
    struct pool_fixture *fixture = *state;
    left_expect_nothing(fixture);
    assert_int_equal(unlink(fixture->path), 0);
    assert_int_equal(rmdir(fixture->folder), 0);
    free(fixture);
    faults_end_test();
    return 0;
}

void fixture_open(struct pool_fixture *fixture) {
    assert_int_equal(dbpool_open(&fixture->loop, fixture->url,
                                 &fixture->options, &fixture->pool),
                     DBPOOL_OK);
}

static void count_close(struct dbpool_close_request *request) {
    struct pool_fixture *fixture = request->data;
    fixture->closed++;
    fixture->pool = NULL;
}

void fixture_close(struct pool_fixture *fixture) {
    close_request.data = fixture;
    dbpool_close(fixture->pool, &close_request, count_close);
}

void fixture_run(struct pool_fixture *fixture) {
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
}

void fixture_close_and_run(struct pool_fixture *fixture) {
    fixture_close(fixture);
    fixture_run(fixture);
    assert_int_equal(fixture->closed, 1);
}

void fixture_count(struct dbpool_request *request) {
    struct pool_fixture *fixture = request->data;
    fixture->answered++;
}

int fixture_query(struct pool_fixture *fixture, struct dbpool_request *request,
                  const char *sql) {
    request->data = fixture;
    int status = dbpool_run_query(fixture->pool, request, sql, fixture_count);
    if (status == DBPOOL_OK) {
        int before = fixture->answered;
        fixture_run(fixture);
        assert_int_equal(fixture->answered, before + 1);
        status = request->status;
    }
    return status;
}

void fixture_submit(struct pool_fixture *fixture,
                    struct dbpool_request *request, const char *sql) {
    dbpool_request_init(request, fixture);
    assert_int_equal(
        dbpool_run_query(fixture->pool, request, sql, fixture_count),
        DBPOOL_OK);
}

int64_t fixture_ask(struct pool_fixture *fixture, const char *sql) {
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, sql), DBPOOL_OK);
    int64_t answer = dbpool_value(&request.result, 0, 0).as.integer;
    dbpool_request_fini(&request);
    return answer;
}

struct sqlite3 *fixture_only_connection(void) {
    struct dbpool_census_entry entries[32];
    size_t count = dbpool_census(entries, 32);
    for (size_t i = 0; i < count && i < 32; i++) {
        if (entries[i].kind == DBPOOL_KIND_CONNECTION) {
            return (struct sqlite3 *)entries[i].object;
        }
    }
    return NULL;
}
