/* SPDX-License-Identifier: Apache-2.0 */
#include "support/dbpool/left.h"

#include <dirent.h>
#include <string.h>

#include "support/dbpool/blocks.h"
#include "support/dbpool/faults.h"
#include "support/dbpool/pool_fixture.h"
#include "support/suite.h"

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
        print_error(
            "left after the test: %s %s; for %s:%d, of the pool opened at "
            "%s:%d\n",
            kinds[entry->kind], entry->text, entry->site.file, entry->site.line,
            entry->pool_site.file, entry->pool_site.line);
    }
}

static int64_t say_count(const char *what, int64_t count) {
    if (count != 0) {
        print_error("left after the test: %s, %lld\n", what, (long long)count);
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
            print_error("left after the test: file %s\n", entry->d_name);
            fail_msg("%s/%s is left", fixture->folder, entry->d_name);
        }
    }
    (void)closedir(folder);
}

void left_expect_nothing(struct pool_fixture *fixture) {
    say_census();
    assert_null(fixture->pool);
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    expect_nothing_counted(fixture);
    assert_int_equal(dbpool_census(NULL, 0), 0);
    expect_only_the_database(fixture);
}
