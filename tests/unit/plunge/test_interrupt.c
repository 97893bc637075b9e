/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "base/interrupt.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/suite.h"

/* In a child, as the flag stays for the rest of a process. Its status says
 * which signal it saw; first or again 0: none is sent. */
static int status_after(int first, int again) {
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        interrupt_install();
        if (first != 0) {
            (void)raise(first);
        }
        if (again != 0) {
            (void)raise(again);
        }
        _exit(interrupt_pending());
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void nothing_is_pending_until_somebody_asks(void **state) {
    (void)state;
    const int status = status_after(0, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void both_signals_are_remembered(void **state) {
    (void)state;
    static const int signals[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < 2; i++) {
        const int status = status_after(signals[i], 0);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), signals[i]);
    }
}

static void the_first_one_counts(void **state) {
    (void)state;
    const int status = status_after(SIGINT, SIGTERM);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), SIGINT);
}

static void the_same_one_again_ends_the_process(void **state) {
    (void)state;
    const int status = status_after(SIGINT, SIGINT);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGINT);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_pending_until_somebody_asks),
        cmocka_unit_test(both_signals_are_remembered),
        cmocka_unit_test(the_first_one_counts),
        cmocka_unit_test(the_same_one_again_ends_the_process),
    };
    return SUITE_RUN(tests, argc, argv);
}
