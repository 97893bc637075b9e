/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan tsan */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/dbpool/blocks.h"
#include "support/dbpool/pool_fixture.h"
#include "support/suite.h"

/* Open, use, close, over and over in one process: what the process holds after
 * the second cycle, and after each one that follows, is exactly what it held
 * after the first, which makes the one-time state of libuv, SQLite and the C
 * library. DBPOOL_CYCLES is how many. */
enum {
    CYCLES = 2000,
    REQUESTS = 6,
    TEXT_SIZE = 2048,
};

/* What is counted, exactly. */
struct holdings {
    struct blocks blocks[BLOCKS_OWNERS_COUNT];
    char threads[TEXT_SIZE]; /* a line each */
    char fds[TEXT_SIZE];     /* and what they are of */
};

static unsigned late; /* looks at threads that were joined and still there */

/* ---- What the process holds ---- */

static void add_line(char *text, const char *line) {
    size_t used = strlen(text);
    assert_in_range(used + strlen(line) + 2, 0, TEXT_SIZE);
    (void)snprintf(text + used, TEXT_SIZE - used, "%s\n", line);
}

static void list(const char *path, bool targets, char *text) {
    text[0] = '\0';
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL;
         entry = readdir(folder)) {
        if (entry->d_name[0] == '.' || atoi(entry->d_name) == dirfd(folder)) {
            continue;
        }
        char target[256] = "";
        if (targets) {
            ssize_t size = readlinkat(dirfd(folder), entry->d_name, target,
                                      sizeof target - 1);
            target[size < 0 ? 0 : size] = '\0';
        }
        char line[600];
        (void)snprintf(line, sizeof line, "%s %s", entry->d_name, target);
        add_line(text, line);
    }
    (void)closedir(folder);
}

static void look(struct holdings *now) {
    for (int i = 0; i < BLOCKS_OWNERS_COUNT; i++) {
        now->blocks[i] = blocks_live((enum blocks_owner)i);
    }
    list("/proc/self/fd", true, now->fds);
    list("/proc/self/task", false, now->threads);
}

/* The kernel may take a moment to remove a thread that was joined. */
static void look_again_for_threads(struct holdings *now, const char *expected) {
    for (int tries = 0; tries < 1000 && strcmp(now->threads, expected) != 0;
         tries++) {
        late++;
        uv_sleep(1);
        list("/proc/self/task", false, now->threads);
    }
}

/* Each line of @text is in @other. */
static void expect_no_line_more(const char *what, const char *text,
                                const char *other, const char *kind,
                                int cycle) {
    while (*text != '\0') {
        int size = (int)strcspn(text, "\n");
        char line[600];
        (void)snprintf(line, sizeof line, "\n%.*s\n", size, text);
        if (strncmp(other, line + 1, (size_t)size + 1) != 0 &&
            strstr(other, line) == NULL) {
            fail_msg("cycle %d: %s: %s %.*s", cycle, what, kind, size, text);
        }
        text += size + 1;
    }
}

static void expect_the_same(const struct holdings *before,
                            const struct holdings *after, int cycle) {
    static const char *const owners[] = {"dbpool", "libuv", "SQLite"};
    for (int i = 0; i < BLOCKS_OWNERS_COUNT; i++) {
        const struct blocks *was = &before->blocks[i];
        const struct blocks *is = &after->blocks[i];
        if (was->count != is->count || was->bytes != is->bytes) {
            fail_msg("cycle %d: %s held %lld blocks of %lld bytes before, "
                     "%lld of %lld after",
                     cycle, owners[i], (long long)was->count,
                     (long long)was->bytes, (long long)is->count,
                     (long long)is->bytes);
        }
    }
    expect_no_line_more("gone", before->fds, after->fds, "descriptor", cycle);
    expect_no_line_more("left", after->fds, before->fds, "descriptor", cycle);
    expect_no_line_more("gone", before->threads, after->threads, "thread",
                        cycle);
    expect_no_line_more("left", after->threads, before->threads, "thread",
                        cycle);
}

/* ---- A cycle ---- */

/* Without waiting for the disk: what is written here is nobody's. */
static int hurry(struct dbpool_transaction *connection, void *data) {
    (void)data;
    struct dbpool_statement statement = {.sql = "PRAGMA synchronous = OFF"};
    return dbpool_execute(connection, &statement, NULL);
}

static int count_and_rename(struct dbpool_transaction *transaction,
                            void *data) {
    (void)data;
    struct dbpool_statement count = {.sql = "SELECT count(*) FROM users"};
    struct dbpool_statement rename = {
        .sql = "UPDATE users SET forname = 'x' WHERE login = 'yoen'"};
    struct dbpool_result rows;
    dbpool_result_init(&rows);
    int status = dbpool_execute(transaction, &count, &rows);
    dbpool_result_fini(&rows);
    return status == DBPOOL_OK ? dbpool_execute(transaction, &rename, NULL)
                               : status;
}

static void ignore_rows(struct dbpool_request *request,
                        const struct dbpool_result *rows) {
    (void)request;
    (void)rows;
}

static void submit(struct pool_fixture *fixture,
                   struct dbpool_request *requests) {
    struct dbpool *pool = fixture->pool;
    for (int i = 0; i < REQUESTS; i++) {
        dbpool_request_init(&requests[i], fixture);
    }
    int failed = 0;
    failed += dbpool_run_query(pool, &requests[0], "SELECT * FROM users",
                               fixture_count);
    failed += dbpool_run_operation(
        pool, &requests[1], "UPDATE users SET name = 'y'", fixture_count);
    failed += dbpool_run_interaction(pool, &requests[2], count_and_rename,
                                     fixture_count);
    failed += dbpool_run_query(pool, &requests[3], "nonsense", fixture_count);
    failed += dbpool_run_stream(pool, &requests[4], "SELECT * FROM users",
                                ignore_rows, fixture_count);
    failed += dbpool_run_many(pool, &requests[5],
                              "DELETE FROM users WHERE login = 'nobody'", 2,
                              fixture_count);
    assert_int_equal(failed, DBPOOL_OK);
}

/* In turn: after the last answer, and with everything under way in each
 * grade. */
static void open_use_and_close(struct pool_fixture *fixture, int cycle) {
    static const enum dbpool_close_grade grades[] = {
        DBPOOL_CLOSE_DRAIN, DBPOOL_CLOSE_DRAIN, DBPOOL_CLOSE_CANCEL,
        DBPOOL_CLOSE_ABORT};
    struct dbpool_request requests[REQUESTS];
    fixture->answered = 0;
    fixture_open(fixture);
    submit(fixture, requests);
    if (cycle % 4 == 0) {
        fixture_run(fixture);
        assert_int_equal(requests[0].status, DBPOOL_OK);
        assert_int_equal(requests[1].status, DBPOOL_OK);
        assert_int_equal(requests[2].status, DBPOOL_OK);
        assert_int_equal(requests[3].status, DBPOOL_ESQL);
        assert_int_equal(requests[4].status, DBPOOL_OK);
        assert_int_equal(requests[5].status, DBPOOL_OK);
    }
    struct dbpool_close_options options = {.grade = grades[cycle % 4]};
    assert_int_equal(dbpool_close_with(fixture->pool, &options, NULL, NULL),
                     DBPOOL_OK);
    fixture_run(fixture);
    fixture->pool = NULL;
    assert_int_equal(fixture->answered, REQUESTS);
    for (int i = 0; i < REQUESTS; i++) {
        dbpool_request_fini(&requests[i]);
    }
}

static void each_cycle_leaves_exactly_what_the_first_left(void **state) {
    static struct holdings first, now;
    struct pool_fixture *fixture = *state;
    fixture->options.min = fixture->options.max = 2;
    fixture->options.on_connect = hurry;
    const char *count = getenv("DBPOOL_CYCLES");
    int cycles = count == NULL ? CYCLES : atoi(count);
    assert_true(cycles >= 2);
    open_use_and_close(fixture, 0);
    look(&first);
    for (int cycle = 2; cycle <= cycles; cycle++) {
        open_use_and_close(fixture, cycle);
        look(&now);
        look_again_for_threads(&now, first.threads);
        expect_the_same(&first, &now, cycle);
    }
    print_message("%d cycles; threads, descriptors, blocks and bytes of "
                  "dbpool, libuv and SQLite the same after each; %u looks at "
                  "joined threads that were still there\n",
                  cycles, late);
}

int main(int argc, char **argv) {
    blocks_count_libuv();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            each_cycle_leaves_exactly_what_the_first_left, fixture_setup_wal,
            fixture_teardown),
    };
    return SUITE_RUN(tests, argc, argv);
}
