/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "cell/ending.h"

#include <signal.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/result.h"
#include "support/suite.h"

/* As waitpid() gives them. */
#define EXITED(status) ((status) << 8)
#define SIGNALED(signal) (signal)

struct fixture {
    struct arena *arena;
    struct result_outcome outcome;
    struct ending ending;
};

static int arrange(void **state) {
    static struct fixture f;
    f = (struct fixture){
        .arena = arena_new(),
        .outcome = {.state = RESULT_COMPLETED},
        .ending = {.handed_over = true,
                   .time_ns = 60 * CLOCK_NS_PER_S,
                   .stall_ns = 10 * CLOCK_NS_PER_S,
                   .unanswered = 7},
    };
    *state = &f;
    return 0;
}

static int put_away(void **state) {
    struct fixture *f = *state;
    arena_free(f->arena);
    return 0;
}

static void judge(struct fixture *f) {
    ending_judge(&f->ending, f->arena, &f->outcome);
}

static void says(const struct fixture *f, const char *part) {
    assert_non_null(f->outcome.detail);
    if (strstr(f->outcome.detail, part) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", part, f->outcome.detail);
    }
}

static void the_word_of_a_child_that_ended_well_stands(void **state) {
    struct fixture *f = *state;
    f->outcome = (struct result_outcome){RESULT_HUNG, 0, "no answer"};
    judge(f);
    assert_int_equal(f->outcome.state, RESULT_HUNG);
    assert_string_equal(f->outcome.detail, "no answer");
}

/* It was through before the signal to stop came. */
static void a_result_that_was_whole_outruns_an_interruption(void **state) {
    struct fixture *f = *state;
    f->ending.reason = GUARD_INTERRUPTED;
    judge(f);
    assert_int_equal(f->outcome.state, RESULT_COMPLETED);
}

static void a_signal_is_a_crash_with_its_number(void **state) {
    struct fixture *f = *state;
    f->ending.handed_over = false;
    f->ending.wait_status = SIGNALED(SIGSEGV);
    judge(f);
    assert_int_equal(f->outcome.state, RESULT_CRASHED);
    assert_int_equal(f->outcome.signal, SIGSEGV);
    says(f, "before it handed over a result");
}

static void a_status_after_the_result_is_not_lost(void **state) {
    struct fixture *f = *state;
    f->ending.wait_status = EXITED(23);
    judge(f);
    assert_int_equal(f->outcome.state, RESULT_CRASHED);
    says(f, "status 23 after it had handed over");
}

static void what_the_child_said_before_it_crashed_is_not_lost(void **state) {
    struct fixture *f = *state;
    f->outcome = (struct result_outcome){RESULT_HUNG, 0, "no answer"};
    f->ending.wait_status = SIGNALED(SIGABRT);
    judge(f);
    assert_int_equal(f->outcome.state, RESULT_CRASHED);
    says(f, "before that: no answer");
}

static void silence_with_status_0_is_a_crash(void **state) {
    struct fixture *f = *state;
    f->ending.handed_over = false;
    judge(f);
    assert_int_equal(f->outcome.state, RESULT_CRASHED);
    assert_int_equal(f->outcome.signal, 0);
    says(f, "status 0 before it handed over");
}

static void killed_for_its_time_is_over_limit(void **state) {
    struct fixture *f = *state;
    f->ending.handed_over = false;
    f->ending.reason = GUARD_OVER_TIME;
    f->ending.wait_status = SIGNALED(SIGKILL);
    judge(f);
    assert_int_equal(f->outcome.state, RESULT_OVER_LIMIT);
    says(f, "limits.time (60");
}

static void killed_for_its_memory_is_over_limit(void **state) {
    struct fixture *f = *state;
    f->ending.handed_over = false;
    f->ending.reason = GUARD_OVER_MEMORY;
    f->ending.memory_limit_bytes = 1024;
    f->ending.memory_bytes = 4096;
    f->ending.wait_status = SIGNALED(SIGKILL);
    judge(f);
    assert_int_equal(f->outcome.state, RESULT_OVER_LIMIT);
    says(f, "had 4.00 KiB of memory, more than limits.memory (1.00 KiB); "
            "killed before");
}

/* It was gone before anybody looked again. */
static void
too_much_memory_is_over_limit_even_where_it_ended_well(void **state) {
    struct fixture *f = *state;
    f->ending.memory_limit_bytes = 1024;
    f->ending.memory_bytes = 1024;
    judge(f);
    assert_int_equal(f->outcome.state, RESULT_COMPLETED);
    f->ending.memory_bytes = 1025;
    judge(f);
    assert_int_equal(f->outcome.state, RESULT_OVER_LIMIT);
    /* What the child says of itself stands. */
    f->outcome = (struct result_outcome){RESULT_HUNG, 0, "no answer"};
    judge(f);
    assert_int_equal(f->outcome.state, RESULT_HUNG);
}

static void killed_for_standing_still_is_hung(void **state) {
    struct fixture *f = *state;
    f->ending.handed_over = false;
    f->ending.reason = GUARD_STALLED;
    f->ending.wait_status = SIGNALED(SIGKILL);
    judge(f);
    assert_int_equal(f->outcome.state, RESULT_HUNG);
    says(f, "limits.stall (10");
    says(f, "7 lookups unanswered");
}

/* The end of a process may hang, too: in a destructor, in a leak checker. */
static void a_hang_after_the_result_is_hung(void **state) {
    struct fixture *f = *state;
    f->ending.reason = GUARD_STALLED;
    f->ending.wait_status = SIGNALED(SIGKILL);
    judge(f);
    assert_int_equal(f->outcome.state, RESULT_HUNG);
    says(f, "after it had handed over");
}

static void interrupted_and_killed_is_interrupted(void **state) {
    const int signals[] = {SIGINT, SIGKILL};
    struct fixture *f = *state;
    f->ending.handed_over = false;
    f->ending.reason = GUARD_INTERRUPTED;
    for (size_t i = 0; i < 2; i++) {
        f->ending.wait_status = SIGNALED(signals[i]);
        judge(f);
        assert_int_equal(f->outcome.state, RESULT_INTERRUPTED);
    }
}

static void a_crash_while_interrupted_is_a_crash(void **state) {
    struct fixture *f = *state;
    f->ending.handed_over = false;
    f->ending.reason = GUARD_INTERRUPTED;
    f->ending.wait_status = SIGNALED(SIGSEGV);
    judge(f);
    assert_int_equal(f->outcome.state, RESULT_CRASHED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, arrange, put_away)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(the_word_of_a_child_that_ended_well_stands),
        TEST(a_result_that_was_whole_outruns_an_interruption),
        TEST(a_signal_is_a_crash_with_its_number),
        TEST(a_status_after_the_result_is_not_lost),
        TEST(what_the_child_said_before_it_crashed_is_not_lost),
        TEST(silence_with_status_0_is_a_crash),
        TEST(killed_for_its_time_is_over_limit),
        TEST(killed_for_its_memory_is_over_limit),
        TEST(too_much_memory_is_over_limit_even_where_it_ended_well),
        TEST(killed_for_standing_still_is_hung),
        TEST(a_hang_after_the_result_is_hung),
        TEST(interrupted_and_killed_is_interrupted),
        TEST(a_crash_while_interrupted_is_a_crash),
    };
    return SUITE_RUN(tests, argc, argv);
}
