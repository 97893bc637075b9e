/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "base/interrupt.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/suite.h"

#define URGENT 64

/* In a child, as the flag stays for the rest of a process. Its status says
 * which signal it saw, plus URGENT. @signals end with 0. */
static int status_after(const int *signals, bool ignore_hangup) {
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)signal(SIGHUP, ignore_hangup ? SIG_IGN : SIG_DFL);
        interrupt_install();
        for (; *signals != 0; signals++) {
            (void)raise(*signals);
        }
        _exit(interrupt_pending() + (interrupt_is_urgent() ? URGENT : 0));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void expect_seen(const int *signals, bool ignore_hangup, int seen) {
    const int status = status_after(signals, ignore_hangup);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), seen);
}

static void nothing_is_pending_until_somebody_asks(void **state) {
    (void)state;
    expect_seen((const int[]){0}, false, 0);
}

static void all_three_signals_are_remembered(void **state) {
    (void)state;
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < 3; i++) {
        expect_seen((const int[]){signals[i], 0}, false, signals[i]);
    }
}

static void a_hangup_that_was_ignored_still_is(void **state) {
    (void)state;
    expect_seen((const int[]){SIGHUP, 0}, true, 0);
}

static void the_first_one_counts_and_the_second_is_urgent(void **state) {
    (void)state;
    expect_seen((const int[]){SIGINT, SIGTERM, 0}, false, SIGINT + URGENT);
    expect_seen((const int[]){SIGTERM, SIGTERM, 0}, false, SIGTERM + URGENT);
}

static void the_third_one_ends_the_process(void **state) {
    (void)state;
    const int status =
        status_after((const int[]){SIGINT, SIGINT, SIGTERM, 0}, false);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
}

static void a_question_is_answered_once(void **state) {
    (void)state;
    interrupt_install_question();
    assert_false(interrupt_is_asked());
    assert_int_equal(raise(SIGUSR1), 0);
    assert_int_equal(raise(SIGUSR1), 0);
    assert_true(interrupt_is_asked());
    assert_false(interrupt_is_asked());
    assert_int_equal(interrupt_pending(), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_pending_until_somebody_asks),
        cmocka_unit_test(all_three_signals_are_remembered),
        cmocka_unit_test(a_hangup_that_was_ignored_still_is),
        cmocka_unit_test(the_first_one_counts_and_the_second_is_urgent),
        cmocka_unit_test(the_third_one_ends_the_process),
        cmocka_unit_test(a_question_is_answered_once),
    };
    return SUITE_RUN(tests, argc, argv);
}
