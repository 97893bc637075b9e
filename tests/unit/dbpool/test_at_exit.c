/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug ubsan */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/dbpool/pool_fixture.h"
#include "support/suite.h"

/* Exits need processes of their own: each test forks before it has a pool. */

struct child {
    struct pool_fixture *fixture;
    int pipe[2];
    dbpool_exit_cb cb;
    bool again; /* registers twice */
    bool never; /* or not at all */
    bool close;
};

static void tell(const struct dbpool_exit_report *report, void *data) {
    char line[256];
    int size = snprintf(
        line, sizeof line, "%s %zu threads %zu connections %zu statements %s\n",
        report->pool.text, report->threads_count, report->connections_count,
        report->statements_count, report->pool.site.function);
    (void)!write(*(int *)data, line, (size_t)size);
}

static void run_pool(struct child *child, const char *name, unsigned threads) {
    struct pool_fixture *fixture = child->fixture;
    struct dbpool_request request;
    fixture->options.name = name;
    fixture->options.min = fixture->options.max = threads;
    dbpool_request_init(&request, fixture);
    if (dbpool_open(&fixture->loop, fixture->url, &fixture->options,
                    &fixture->pool) != DBPOOL_OK ||
        dbpool_run_query(fixture->pool, &request, "SELECT 1", NULL) !=
            DBPOOL_OK) {
        _exit(1);
    }
    (void)uv_run(&fixture->loop, UV_RUN_DEFAULT);
    dbpool_request_fini(&request);
    if (child->close) {
        dbpool_close(fixture->pool, NULL, NULL);
        (void)uv_run(&fixture->loop, UV_RUN_DEFAULT);
    }
}

static void live_and_exit(struct child *child) {
    if (!child->never) {
        (void)dbpool_at_exit(child->cb, &child->pipe[1]);
    }
    if (child->again) {
        (void)dbpool_at_exit(child->cb, &child->pipe[1]);
    }
    run_pool(child, "first", 1);
    run_pool(child, "second", 3);
    exit(0);
}

/* What was reported, in @text. */
static void exit_with(struct child *child, char *text, size_t size) {
    assert_int_equal(pipe(child->pipe), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        live_and_exit(child);
    }
    (void)close(child->pipe[1]);
    size_t have = 0;
    ssize_t more;
    while ((more = read(child->pipe[0], text + have, size - 1 - have)) > 0) {
        have += (size_t)more;
    }
    text[have] = '\0';
    (void)close(child->pipe[0]);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

#define FIRST "first 1 threads 1 connections 1 statements run_pool\n"
#define SECOND "second 3 threads 1 connections 1 statements run_pool\n"

static void pools_never_shut_down_are_reported_at_exit(void **state) {
    struct child child = {.fixture = *state, .cb = tell};
    char text[1024];
    exit_with(&child, text, sizeof text);
    assert_string_equal(text, FIRST SECOND);
}

static void registering_again_reports_once(void **state) {
    struct child child = {.fixture = *state, .cb = tell, .again = true};
    char text[1024];
    exit_with(&child, text, sizeof text);
    assert_string_equal(text, FIRST SECOND);
}

static void pools_that_were_closed_are_not_reported(void **state) {
    struct child child = {.fixture = *state, .cb = tell, .close = true};
    char text[1024];
    exit_with(&child, text, sizeof text);
    assert_string_equal(text, "");
}

static void nothing_is_reported_to_nobody(void **state) {
    struct child child = {.fixture = *state, .never = true};
    char text[1024];
    exit_with(&child, text, sizeof text);
    assert_string_equal(text, "");
    child.never = false; /* NULL */
    exit_with(&child, text, sizeof text);
    assert_string_equal(text, "");
}

#define TEST(test)                                                             \
    cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(pools_never_shut_down_are_reported_at_exit),
        TEST(registering_again_reports_once),
        TEST(pools_that_were_closed_are_not_reported),
        TEST(nothing_is_reported_to_nobody),
    };
    return SUITE_RUN(tests, argc, argv);
}
