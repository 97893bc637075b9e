/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck */
#include "ledger/own.h"

#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <valgrind/valgrind.h>

#include "base/arena.h"
#include "support/ledger_fixture.h"
#include "support/suite.h"

static const struct result_leftover *
expect_left(struct ledger_fixture *f, enum result_kind kind, const char *text) {
    ledger_fixture_settle(f);
    ledger_fixture_expect_undisputed(f);
    for (size_t i = 1; i < f->cell.leftovers_count; i++) {
        print_message("too many: %s\n", f->cell.leftovers[i].identity);
    }
    assert_int_equal(f->cell.leftovers_count, 1);
    const struct result_leftover *left = &f->cell.leftovers[0];
    assert_int_equal(left->kind, kind);
    assert_string_equal(left->identity, text);
    assert_int_equal(left->count, 1);
    return left;
}

/* ---- Timers ------------------------------------------------------------- */

static void an_alarm_is_left_until_it_is_taken_back(void **state) {
    struct ledger_fixture *f = *state;
    assert_int_equal(alarm(1000), 0);
    expect_left(f, RESULT_TIMER, "timer ITIMER_REAL, once");
    assert_true(alarm(0) > 0);
    ledger_fixture_expect_nothing_left(f);
}

static void an_interval_is_named_with_its_length(void **state) {
    struct ledger_fixture *f = *state;
    const struct itimerval every = {.it_interval.tv_sec = 1000,
                                    .it_value.tv_sec = 1000};
    const struct itimerval none = {0};
    assert_int_equal(setitimer(ITIMER_PROF, &every, NULL), 0);
    expect_left(f, RESULT_TIMER, "timer ITIMER_PROF, every 16.7 min");
    assert_int_equal(setitimer(ITIMER_PROF, &none, NULL), 0);
    assert_int_equal(setitimer(ITIMER_VIRTUAL, &every, NULL), 0);
    expect_left(f, RESULT_TIMER, "timer ITIMER_VIRTUAL, every 16.7 min");
    assert_int_equal(setitimer(ITIMER_VIRTUAL, &none, NULL), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void a_timer_of_the_kernel_is_left_until_it_is_deleted(void **state) {
    struct ledger_fixture *f = *state;
    struct sigevent event = {.sigev_notify = SIGEV_NONE};
    timer_t timer;
    if (RUNNING_ON_VALGRIND != 0) {
        return; /* /proc/self/timers is there, and empty */
    }
    assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    ledger_fixture_settle(f);
    assert_int_equal(f->cell.leftovers_count, 1);
    assert_int_equal(f->cell.leftovers[0].kind, RESULT_TIMER);
    assert_non_null(strstr(f->cell.leftovers[0].identity, " of clock 1, none"));
    assert_int_equal(timer_delete(timer), 0);
    ledger_fixture_expect_nothing_left(f);
}

/* ---- Who made it -------------------------------------------------------- */

static void expect_site(const struct result_leftover *left, const char *site) {
    if (left->site == NULL || strncmp(left->site, site, strlen(site)) != 0) {
        fail_msg("%s: %s", left->identity,
                 left->site == NULL ? "no site" : left->site);
    }
}

static void hear(int signal) {
    (void)signal;
}

static void who_set_it_is_its_site(void **state) {
    struct ledger_fixture *f = *state;
    const struct sigaction action = {.sa_handler = hear};
    struct sigaction before;
    mode_t mask = umask(0027);
    expect_site(expect_left(f, RESULT_SETTING, "setting umask: 0027"),
                "set by umask");
    (void)umask(mask);
    assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
    expect_site(expect_left(f, RESULT_SIGNAL, "signal SIGUSR1 is handled"),
                "set by sigaction");
    assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
    ledger_fixture_expect_nothing_left(f);
}

/* signal() is not seen, but that somebody else was the last one is. */
static void who_set_it_to_something_else_is_not(void **state) {
    struct ledger_fixture *f = *state;
    const struct sigaction action = {.sa_handler = hear};
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    (void)signal(SIGUSR1, SIG_IGN);
    assert_null(
        expect_left(f, RESULT_SIGNAL, "signal SIGUSR1 is ignored")->site);
    (void)signal(SIGUSR1, SIG_DFL);
}

static void who_made_a_timer_or_a_child_is_its_site(void **state) {
    struct ledger_fixture *f = *state;
    struct sigevent event = {.sigev_notify = SIGEV_NONE};
    timer_t timer;
    if (RUNNING_ON_VALGRIND != 0) {
        return; /* /proc/self/timers is there, and empty */
    }
    assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    ledger_fixture_settle(f);
    assert_int_equal(f->cell.leftovers_count, 1);
    expect_site(&f->cell.leftovers[0], "made by timer_create");
    assert_int_equal(timer_delete(timer), 0);
    pid_t pid = fork();
    if (pid == 0) {
        (void)pause();
        _exit(0);
    }
    assert_true(pid > 0);
    ledger_fixture_settle(f);
    assert_int_equal(f->cell.leftovers_count, 1);
    assert_int_equal(f->cell.leftovers[0].kind, RESULT_PROCESS);
    expect_site(&f->cell.leftovers[0], "started by fork");
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    ledger_fixture_expect_nothing_left(f);
}

/* ---- Signals ------------------------------------------------------------ */

static void handle(int signal) {
    (void)signal;
}

static void handle_otherwise(int signal) {
    (void)signal;
}

static void what_a_signal_does_is_left_until_it_is_set_back(void **state) {
    struct ledger_fixture *f = *state;
    (void)signal(SIGUSR1, handle);
    expect_left(f, RESULT_SIGNAL, "signal SIGUSR1 is handled");
    (void)signal(SIGUSR1, SIG_IGN);
    expect_left(f, RESULT_SIGNAL, "signal SIGUSR1 is ignored");
    (void)signal(SIGUSR1, SIG_DFL);
    ledger_fixture_expect_nothing_left(f);
}

static void another_handler_is_a_leftover(void **state) {
    struct ledger_fixture *f = *state;
    (void)signal(SIGUSR1, handle);
    ledger_fixture_begin(f);
    ledger_fixture_expect_nothing_left(f);
    (void)signal(SIGUSR1, handle_otherwise);
    expect_left(f, RESULT_SIGNAL, "signal SIGUSR1 is handled");
    (void)signal(SIGUSR1, SIG_DFL);
    expect_left(f, RESULT_SIGNAL, "signal SIGUSR1 is not handled any more");
    (void)signal(SIGUSR1, handle);
    ledger_fixture_expect_nothing_left(f);
    (void)signal(SIGUSR1, SIG_DFL);
}

static void a_blocked_signal_is_left_until_it_is_let_in(void **state) {
    struct ledger_fixture *f = *state;
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGUSR2);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
    expect_left(f, RESULT_SIGNAL,
                "signal SIGUSR2 is blocked by the loop's thread");
    ledger_fixture_begin(f);
    assert_int_equal(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
    expect_left(f, RESULT_SIGNAL,
                "signal SIGUSR2 is not blocked by the loop's thread any more");
}

static void another_stack_for_signals_is_a_leftover(void **state) {
    struct ledger_fixture *f = *state;
    static char memory[65536];
    stack_t old;
    const stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
    assert_int_equal(sigaltstack(&stack, &old), 0);
    expect_left(f, RESULT_SIGNAL,
                "signal stack of 64.0 KiB, of the loop's thread");
    assert_int_equal(sigaltstack(&old, NULL), 0);
    ledger_fixture_expect_nothing_left(f);
}

/* ---- Settings ----------------------------------------------------------- */

static void another_working_directory_is_a_leftover(void **state) {
    struct ledger_fixture *f = *state;
    char before[4096];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir("/"), 0);
    expect_left(f, RESULT_SETTING, "setting working directory: /");
    assert_int_equal(chdir(before), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void another_umask_is_a_leftover(void **state) {
    struct ledger_fixture *f = *state;
    mode_t before = umask(0123);
    expect_left(f, RESULT_SETTING, "setting umask: 0123");
    (void)umask(before);
    ledger_fixture_expect_nothing_left(f);
}

static void a_variable_is_left_until_it_is_as_before(void **state) {
    struct ledger_fixture *f = *state;
    assert_int_equal(setenv("PLUNGE_LEFT", "one", 1), 0);
    expect_left(f, RESULT_SETTING, "setting environment: PLUNGE_LEFT=one");
    ledger_fixture_begin(f);
    assert_int_equal(setenv("PLUNGE_LEFT", "two", 1), 0);
    expect_left(f, RESULT_SETTING, "setting environment: PLUNGE_LEFT=two");
    assert_int_equal(unsetenv("PLUNGE_LEFT"), 0);
    expect_left(f, RESULT_SETTING,
                "setting environment: PLUNGE_LEFT is not set any more");
    assert_int_equal(setenv("PLUNGE_LEFT", "one", 1), 0);
    ledger_fixture_expect_nothing_left(f);
    assert_int_equal(unsetenv("PLUNGE_LEFT"), 0);
}

static void another_limit_is_a_leftover(void **state) {
    struct ledger_fixture *f = *state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_CORE, &before), 0);
    struct rlimit less = {.rlim_cur = before.rlim_cur == 0 ? 4096 : 0,
                          .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_CORE, &less), 0);
    ledger_fixture_settle(f);
    assert_int_equal(f->cell.leftovers_count, 1);
    assert_memory_equal(f->cell.leftovers[0].identity,
                        "setting RLIMIT_CORE: ", 21);
    assert_int_equal(setrlimit(RLIMIT_CORE, &before), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void another_locale_is_a_leftover(void **state) {
    struct ledger_fixture *f = *state;
    assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
    ledger_fixture_settle(f);
    ledger_fixture_expect_undisputed(f);
    /* It is the last kind, after the files that the C library has mapped. */
    assert_true(f->cell.leftovers_count > 0);
    assert_string_equal(f->cell.leftovers[f->cell.leftovers_count - 1].identity,
                        "setting locale: C.UTF-8");
    assert_non_null(setlocale(LC_ALL, "C"));
    ledger_fixture_settle(f);
    for (size_t i = 0; i < f->cell.leftovers_count; i++) {
        assert_int_equal(f->cell.leftovers[i].kind, RESULT_MAP);
    }
}

static void a_locale_of_the_thread_alone_is_a_leftover(void **state) {
    struct ledger_fixture *f = *state;
    locale_t other = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before = uselocale(other);
    expect_left(f, RESULT_SETTING,
                "setting locale of the loop's thread: another");
    (void)uselocale(before);
    freelocale(other);
    ledger_fixture_expect_nothing_left(f);
}

static void another_rounding_is_a_leftover(void **state) {
    struct ledger_fixture *f = *state;
    assert_int_equal(fesetround(FE_UPWARD), 0);
    expect_left(f, RESULT_SETTING,
                "setting floating point of the loop's thread: rounds upward, "
                "traps 0");
    assert_int_equal(fesetround(FE_TONEAREST), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void another_name_is_a_leftover(void **state) {
    struct ledger_fixture *f = *state;
    char before[17] = "";
    assert_int_equal(prctl(PR_GET_NAME, before), 0);
    assert_int_equal(prctl(PR_SET_NAME, "somebody"), 0);
    ledger_fixture_settle(f);
    /* The kernel's view of the main thread has its name, too. */
    assert_int_equal(f->cell.leftovers_count, 1);
    assert_string_equal(f->cell.leftovers[0].identity,
                        "setting name of the loop's thread: somebody");
    assert_int_equal(prctl(PR_SET_NAME, before), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void other_processors_are_a_leftover(void **state) {
    struct ledger_fixture *f = *state;
    cpu_set_t before;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    size_t last = CPU_SETSIZE - 1;
    while (!CPU_ISSET(last, &before)) {
        last--;
    }
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(last, &one);
    if (CPU_EQUAL(&one, &before)) {
        print_message("one processor alone: there is no other choice\n");
        skip();
    }
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    char identity[64];
    (void)snprintf(identity, sizeof identity,
                   "setting processors of the loop's thread: %zu", last);
    expect_left(f, RESULT_SETTING, identity);
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void another_priority_is_a_leftover(void **state) {
    struct ledger_fixture *f = *state;
    if (geteuid() != 0) {
        print_message("not root, who alone gets a priority back\n");
        skip();
    }
    int before = getpriority(PRIO_PROCESS, 0);
    int other = before == 3 ? 4 : 3;
    assert_int_equal(setpriority(PRIO_PROCESS, 0, other), 0);
    expect_left(f, RESULT_SETTING,
                other == 3
                    ? "setting priority of the loop's thread: nice 3, policy 0"
                    : "setting priority of the loop's thread: nice 4, policy "
                      "0");
    assert_int_equal(setpriority(PRIO_PROCESS, 0, before), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void a_key_is_left_until_it_is_deleted(void **state) {
    struct ledger_fixture *f = *state;
    pthread_key_t key;
    assert_int_equal(pthread_key_create(&key, NULL), 0);
    const struct result_leftover *left =
        expect_left(f, RESULT_SETTING, "setting key of thread-local values");
    assert_string_equal(left->site, "made by pthread_key_create");
    assert_int_equal(pthread_key_delete(key), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void do_nothing(void) {
}

static void what_is_called_at_the_end_is_left_for_good(void **state) {
    struct ledger_fixture *f = *state;
    assert_int_equal(atexit(do_nothing), 0);
    const struct result_leftover *left =
        expect_left(f, RESULT_SETTING, "setting function to be called at exit");
    assert_string_equal(left->site, "made by atexit");
    ledger_fixture_begin(f);
    assert_int_equal(pthread_atfork(do_nothing, NULL, NULL), 0);
    left = expect_left(f, RESULT_SETTING,
                       "setting functions to be called at a fork");
    assert_string_equal(left->site, "made by pthread_atfork");
}

int main(int argc, char **argv) {
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, ledger_fixture_set_up,               \
                                    ledger_fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(who_set_it_is_its_site),
        TEST(who_set_it_to_something_else_is_not),
        TEST(who_made_a_timer_or_a_child_is_its_site),
        TEST(an_alarm_is_left_until_it_is_taken_back),
        TEST(an_interval_is_named_with_its_length),
        TEST(a_timer_of_the_kernel_is_left_until_it_is_deleted),
        TEST(what_a_signal_does_is_left_until_it_is_set_back),
        TEST(another_handler_is_a_leftover),
        TEST(a_blocked_signal_is_left_until_it_is_let_in),
        TEST(another_stack_for_signals_is_a_leftover),
        TEST(another_working_directory_is_a_leftover),
        TEST(another_umask_is_a_leftover),
        TEST(a_variable_is_left_until_it_is_as_before),
        TEST(another_limit_is_a_leftover),
        TEST(another_locale_is_a_leftover),
        TEST(a_locale_of_the_thread_alone_is_a_leftover),
        TEST(another_rounding_is_a_leftover),
        TEST(another_name_is_a_leftover),
        TEST(another_priority_is_a_leftover),
        TEST(other_processors_are_a_leftover),
        TEST(a_key_is_left_until_it_is_deleted),
        TEST(what_is_called_at_the_end_is_left_for_good),
    };
    return SUITE_RUN(tests, argc, argv);
}
