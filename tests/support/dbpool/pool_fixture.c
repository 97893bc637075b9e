/* SPDX-License-Identifier: Apache-2.0 */
#include "support/dbpool/pool_fixture.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/dbpool/blocks.h"
#include "support/dbpool/faults.h"
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

/* ---- What is left ---- */

static void say_census(void) {
    static const char *const kinds[] = {
        [DBPOOL_KIND_POOL] = "pool",
        [DBPOOL_KIND_THREAD] = "thread",
        [DBPOOL_KIND_CONNECTION] = "connection",
        [DBPOOL_KIND_STATEMENT] = "statement",
        [DBPOOL_KIND_TRANSACTION] = "transaction",
        [DBPOOL_KIND_HANDLE] = "handle",
    };
    struct dbpool_census_entry entries[64];
    size_t count = dbpool_census(entries, 64);
    for (size_t i = 0; i < count && i < 64; i++) {
        const struct dbpool_census_entry *entry = &entries[i];
        print_error("left behind: %s %s; for %s:%d, of the pool opened at "
                    "%s:%d\n",
                    kinds[entry->kind], entry->text, entry->site.file,
                    entry->site.line, entry->pool_site.file,
                    entry->pool_site.line);
    }
}

static int64_t say_count(const char *what, int64_t count) {
    if (count != 0) {
        print_error("left behind: %s, %lld\n", what, (long long)count);
    }
    return count;
}

/* Once the loop is closed, which has some itself. */
static void expect_nothing_counted(const struct pool_fixture *fixture) {
    int64_t left = say_count("thread not joined", faults_threads_outstanding());
    if (faults_locks_outstanding() != fixture->locks_before) {
        faults_say_locks();
        left = 1;
    }
    left |= say_count("heap of dbpool or of the test",
                      blocks_live(BLOCKS_DBPOOL).count -
                          fixture->own_blocks_before);
    left |= say_count("heap of SQLite", blocks_live(BLOCKS_SQLITE).count -
                                            fixture->blocks_before);
    assert_int_equal(left, 0);
}

static void expect_only_the_database(const struct pool_fixture *fixture) {
    DIR *folder = opendir(fixture->folder);
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL;
         entry = readdir(folder)) {
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, "users.db") != 0) {
            print_error("left behind: file %s\n", entry->d_name);
            fail_msg("%s/%s is left", fixture->folder, entry->d_name);
        }
    }
    (void)closedir(folder);
}

int fixture_teardown(void **state) {
    struct pool_fixture *fixture = *state;
    say_census();
    assert_null(fixture->pool);
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    expect_nothing_counted(fixture);
    assert_int_equal(dbpool_census(NULL, 0), 0);
    expect_only_the_database(fixture);
    assert_int_equal(unlink(fixture->path), 0);
    assert_int_equal(rmdir(fixture->folder), 0);
    free(fixture);
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
