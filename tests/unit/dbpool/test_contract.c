/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/dbpool/pool_fixture.h"
#include "support/gate.h"
#include "support/suite.h"

/* What is a bug of the caller's ends the process, and says which call it was,
 * and on which thread. Each in a process of its own. */

struct misuse {
    struct pool_fixture *fixture;
    struct dbpool_request request;
    struct dbpool_request other;
    struct dbpool_close_request closer;
    struct dbpool_gather gather;
    struct dbpool_request *list[1];
    struct dbpool_stats stats;
    struct dbpool_transaction *transaction;
    struct gate gate;
};

static int no_function(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    (void)data;
    return DBPOOL_OK;
}

static void no_rows(struct dbpool_request *request,
                    const struct dbpool_result *rows) {
    (void)request;
    (void)rows;
}

static void no_close(struct dbpool_close_request *request) {
    (void)request;
}

/* ---- Calls ---- */

static void call_query(struct misuse *m) {
    (void)dbpool_run_query(m->fixture->pool, &m->other, "SELECT 1", NULL);
}

static void call_operation(struct misuse *m) {
    (void)dbpool_run_operation(m->fixture->pool, &m->other, "SELECT 1", NULL);
}

static void call_interaction(struct misuse *m) {
    (void)dbpool_run_interaction(m->fixture->pool, &m->other, no_function,
                                 NULL);
}

static void call_with_connection(struct misuse *m) {
    (void)dbpool_run_with_connection(m->fixture->pool, &m->other, no_function,
                                     NULL);
}

static void call_stream(struct misuse *m) {
    (void)dbpool_run_stream(m->fixture->pool, &m->other, "SELECT 1", no_rows,
                            NULL);
}

static void call_many(struct misuse *m) {
    (void)dbpool_run_many(m->fixture->pool, &m->other, "SELECT 1", 1, NULL);
}

static void call_cancel(struct misuse *m) {
    (void)dbpool_cancel(&m->request);
}

static void call_stream_stop(struct misuse *m) {
    dbpool_stream_stop(&m->request);
}

static void call_gather(struct misuse *m) {
    m->list[0] = &m->request;
    (void)dbpool_gather(m->fixture->pool, &m->gather, m->list, 1, NULL);
}

static void call_stats(struct misuse *m) {
    dbpool_stats(m->fixture->pool, &m->stats);
}

static void call_close(struct misuse *m) {
    dbpool_close(m->fixture->pool, NULL, NULL);
}

static void call_close_with(struct misuse *m) {
    (void)dbpool_close_with(m->fixture->pool, NULL, NULL, NULL);
}

static void call_close_wait(struct misuse *m) {
    (void)dbpool_close_wait(m->fixture->pool, NULL, NULL, 0);
}

static void call_execute(struct misuse *m) {
    struct dbpool_statement statement = {.sql = "SELECT 1"};
    (void)dbpool_execute(m->transaction, &statement, NULL);
}

static void call_savepoint(struct misuse *m) {
    (void)dbpool_savepoint(m->transaction, no_function, NULL);
}

static void call_fini_unanswered(struct misuse *m) {
    dbpool_request_fini(&m->request);
}

static void call_again_unanswered(struct misuse *m) {
    (void)dbpool_run_query(m->fixture->pool, &m->request, "SELECT 1", NULL);
}

static void call_close_by_half(struct misuse *m) {
    dbpool_close(m->fixture->pool, &m->closer, NULL);
}

static void call_close_by_the_other_half(struct misuse *m) {
    dbpool_close(m->fixture->pool, NULL, no_close);
}

static void call_close_twice(struct misuse *m) {
    struct dbpool_close_request other = {0};
    dbpool_close(m->fixture->pool, &m->closer, no_close);
    dbpool_close(m->fixture->pool, &other, no_close);
    dbpool_close(m->fixture->pool, &m->closer, no_close);
}

/* By way of the only connection's handle; it does not run, so its request is
 * answered well. */
static int leave_prepared(struct dbpool_transaction *transaction, void *data) {
    sqlite3_stmt *left = NULL;
    (void)transaction;
    (void)data;
    return sqlite3_prepare_v2(fixture_only_connection(),
                              "SELECT login FROM users", -1, &left,
                              NULL) == SQLITE_OK
               ? DBPOOL_OK
               : DBPOOL_EABORT;
}

static int leave_backup(struct dbpool_transaction *transaction, void *data) {
    sqlite3 *copy;
    (void)transaction;
    (void)data;
    return sqlite3_open(":memory:", &copy) == SQLITE_OK &&
                   sqlite3_backup_init(copy, "main", fixture_only_connection(),
                                       "main") != NULL
               ? DBPOOL_OK
               : DBPOOL_EABORT;
}

static void close_behind(struct misuse *m, dbpool_interaction_fn leave) {
    gate_open(&m->gate);
    (void)dbpool_run_with_connection(m->fixture->pool, &m->other, leave, NULL);
    dbpool_close(m->fixture->pool, NULL, NULL);
    (void)uv_run(&m->fixture->loop, UV_RUN_DEFAULT);
}

static void call_close_with_a_statement_left(struct misuse *m) {
    close_behind(m, leave_prepared);
}

static void call_close_with_a_backup_left(struct misuse *m) {
    close_behind(m, leave_backup);
}

/* ---- A process for one of them ---- */

struct misuse_case {
    const char *function; /* as the message names it */
    void (*call)(struct misuse *m);
};

static int stand(struct dbpool_transaction *transaction, void *data) {
    struct misuse *m = data;
    m->transaction = transaction;
    gate_pass(&m->gate);
    return DBPOOL_OK;
}

struct elsewhere {
    void (*call)(struct misuse *m);
    struct misuse *m;
};

static void *call_elsewhere(void *data) {
    struct elsewhere *elsewhere = data;
    (void)pthread_setname_np(pthread_self(), "elsewhere");
    elsewhere->call(elsewhere->m);
    return NULL;
}

/* With one request unanswered, which stands in its function; on another thread,
 * or on this one. */
static void misuse(struct pool_fixture *fixture, void (*call)(struct misuse *m),
                   bool on_another_thread) {
    static struct misuse m;
    m.fixture = fixture;
    gate_init(&m.gate);
    fixture_open(fixture);
    dbpool_request_init(&m.request, &m);
    dbpool_request_init(&m.other, &m);
    dbpool_gather_init(&m.gather, &m);
    (void)dbpool_run_interaction(fixture->pool, &m.request, stand, NULL);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&m.gate);
    if (on_another_thread) {
        struct elsewhere elsewhere = {.call = call, .m = &m};
        pthread_t thread;
        (void)pthread_create(&thread, NULL, call_elsewhere, &elsewhere);
        (void)pthread_join(thread, NULL);
    } else {
        call(&m);
    }
    _exit(0); /* it was let pass */
}

static void expect_abort(struct pool_fixture *fixture,
                         const struct misuse_case *misuse_case,
                         bool on_another_thread, const char *words) {
    int pipes[2], status;
    char text[1024];
    size_t have = 0;
    ssize_t more;
    assert_int_equal(pipe(pipes), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const struct rlimit no_core = {0, 0};
        (void)setrlimit(RLIMIT_CORE, &no_core);
        (void)signal(SIGABRT, SIG_DFL);
        (void)dup2(pipes[1], STDERR_FILENO);
        misuse(fixture, misuse_case->call, on_another_thread);
    }
    (void)close(pipes[1]);
    while ((more = read(pipes[0], text + have, sizeof text - 1 - have)) > 0) {
        have += (size_t)more;
    }
    text[have] = '\0';
    (void)close(pipes[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    char begin[128];
    (void)snprintf(begin, sizeof begin, "dbpool: %s: ", misuse_case->function);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT ||
        strncmp(text, begin, strlen(begin)) != 0 ||
        strstr(text, words) == NULL || strstr(text, "(thread ") == NULL) {
        fail_msg("%s: wait status %d, expected \"%s...%s\": \"%s\"",
                 misuse_case->function, status, begin, words, text);
    }
}

static void
a_call_from_a_wrong_thread_aborts_naming_call_and_thread(void **state) {
    static const struct misuse_case cases[] = {
        {"dbpool_run_query", call_query},
        {"dbpool_run_operation", call_operation},
        {"dbpool_run_interaction", call_interaction},
        {"dbpool_run_with_connection", call_with_connection},
        {"dbpool_run_stream", call_stream},
        {"dbpool_run_many", call_many},
        {"dbpool_cancel", call_cancel},
        {"dbpool_stream_stop", call_stream_stop},
        {"dbpool_gather", call_gather},
        {"dbpool_stats", call_stats},
        {"dbpool_close", call_close},
        {"dbpool_close_with", call_close_with},
        {"dbpool_close_wait", call_close_wait},
        {"dbpool_execute", call_execute},
        {"dbpool_savepoint", call_savepoint},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect_abort(*state, &cases[i], true, "called on a thread that is not");
        expect_abort(*state, &cases[i], true, "\"elsewhere\"");
    }
}

static void an_interactions_calls_are_for_its_own_thread(void **state) {
    static const struct misuse_case cases[] = {
        {"dbpool_execute", call_execute},
        {"dbpool_savepoint", call_savepoint},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect_abort(*state, &cases[i], false,
                     "called on a thread that is not the interaction's");
    }
}

static void what_is_unanswered_cannot_be_given_back(void **state) {
    const struct misuse_case given_back = {"dbpool_request_fini",
                                           call_fini_unanswered};
    expect_abort(*state, &given_back, false, "was not answered yet");
}

static void what_is_unanswered_cannot_be_submitted_again(void **state) {
    const struct misuse_case again = {"dbpool_run_query",
                                      call_again_unanswered};
    expect_abort(*state, &again, false, "before it was answered");
}

static void a_close_request_and_its_callback_go_together(void **state) {
    const struct misuse_case half = {"dbpool_close", call_close_by_half};
    const struct misuse_case other = {"dbpool_close",
                                      call_close_by_the_other_half};
    expect_abort(*state, &half, false, "go together");
    expect_abort(*state, &other, false, "go together");
}

static void a_close_request_is_for_one_close(void **state) {
    const struct misuse_case twice = {"dbpool_close", call_close_twice};
    expect_abort(*state, &twice, false, "of an earlier close is given to");
}

static void a_statement_left_open_is_named_with_its_sql_and_site(void **state) {
    struct pool_fixture *fixture = *state;
    const struct misuse_case left = {"disconnect",
                                     call_close_with_a_statement_left};
    fixture->options.min = fixture->options.max = 1;
    expect_abort(fixture, &left, false, "left open is SELECT login FROM users");
    expect_abort(fixture, &left, false, "test_contract.c:");
}

static void a_backup_left_open_is_named(void **state) {
    struct pool_fixture *fixture = *state;
    const struct misuse_case left = {"disconnect",
                                     call_close_with_a_backup_left};
    fixture->options.min = fixture->options.max = 1;
    expect_abort(fixture, &left, false, "left open is a backup");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_call_from_a_wrong_thread_aborts_naming_call_and_thread),
        TEST(an_interactions_calls_are_for_its_own_thread),
        TEST(what_is_unanswered_cannot_be_given_back),
        TEST(what_is_unanswered_cannot_be_submitted_again),
        TEST(a_close_request_and_its_callback_go_together),
        TEST(a_close_request_is_for_one_close),
        TEST(a_statement_left_open_is_named_with_its_sql_and_site),
        TEST(a_backup_left_open_is_named),
    };
    return SUITE_RUN(tests, argc, argv);
}
