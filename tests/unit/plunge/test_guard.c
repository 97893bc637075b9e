/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "cell/guard.h"

#include "support/suite.h"

#define START_NS UINT64_C(1000)
#define TIME_NS (60 * CLOCK_NS_PER_S)
#define STALL_NS (10 * CLOCK_NS_PER_S)

struct fixture {
    struct guard guard;
    struct guard_sight sight;
};

static void arrange(struct fixture *f) {
    const struct guard_limits limits = {.time_ns = TIME_NS,
                                        .stall_ns = STALL_NS};
    *f = (struct fixture){.sight = {.now_ns = START_NS}};
    guard_init(&f->guard, &limits, START_NS);
}

static enum guard_action at(struct fixture *f, uint64_t since_start_ns) {
    f->sight.now_ns = START_NS + since_start_ns;
    return guard_decide(&f->guard, &f->sight);
}

static void a_child_that_moves_is_left_alone(void **state) {
    (void)state;
    struct fixture f;
    arrange(&f);
    for (uint64_t second = 1; second <= 60; second++) {
        f.sight.answered++;
        assert_int_equal(at(&f, second * CLOCK_NS_PER_S), GUARD_GO_ON);
    }
    assert_int_equal(f.guard.reason, GUARD_NOTHING);
}

static void a_child_over_its_time_is_killed_once(void **state) {
    (void)state;
    struct fixture f;
    arrange(&f);
    f.guard.stall_ns = UINT64_MAX;
    assert_int_equal(at(&f, TIME_NS), GUARD_GO_ON);
    assert_int_equal(at(&f, TIME_NS + 1), GUARD_KILL);
    assert_int_equal(at(&f, TIME_NS + 2), GUARD_GO_ON);
    assert_int_equal(f.guard.reason, GUARD_OVER_TIME);
}

static void a_child_over_its_memory_is_killed_once(void **state) {
    (void)state;
    struct fixture f;
    arrange(&f);
    f.sight.memory_bytes = UINT64_MAX;
    assert_int_equal(at(&f, 1), GUARD_GO_ON); /* no limit */
    f.guard.memory_bytes = 1000;
    f.sight.memory_bytes = 1000;
    assert_int_equal(at(&f, 2), GUARD_GO_ON);
    f.sight.memory_bytes = 1001;
    assert_int_equal(at(&f, 3), GUARD_KILL);
    assert_int_equal(at(&f, 4), GUARD_GO_ON);
    assert_int_equal(f.guard.reason, GUARD_OVER_MEMORY);
}

static void
a_child_that_waited_for_its_supervisor_did_not_stand_still(void **state) {
    (void)state;
    struct fixture f;
    arrange(&f);
    assert_int_equal(at(&f, STALL_NS), GUARD_GO_ON);
    guard_moved(&f.guard, START_NS + STALL_NS + GUARD_GRACE_NS);
    assert_int_equal(at(&f, STALL_NS + GUARD_GRACE_NS + 1), GUARD_GO_ON);
    assert_int_equal(at(&f, 2 * (STALL_NS + GUARD_GRACE_NS) + 1), GUARD_KILL);
}

static void a_child_that_stands_still_is_killed_after_the_grace(void **state) {
    (void)state;
    struct fixture f;
    arrange(&f);
    assert_int_equal(at(&f, STALL_NS + GUARD_GRACE_NS), GUARD_GO_ON);
    assert_int_equal(at(&f, STALL_NS + GUARD_GRACE_NS + 1), GUARD_KILL);
    assert_int_equal(f.guard.reason, GUARD_STALLED);
}

/* Each way in which the board can change is a sign of life. */
static void any_change_of_the_board_is_a_sign_of_life(void **state) {
    (void)state;
    const struct guard_sight signs[] = {
        {.answered = 1}, {.submitted = 1}, {.cycles = 1}, {.phase = 1}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        struct fixture f;
        arrange(&f);
        f.sight = signs[i];
        assert_int_equal(at(&f, STALL_NS), GUARD_GO_ON);
        assert_int_equal(at(&f, 2 * STALL_NS), GUARD_GO_ON);
        assert_int_equal(at(&f, 2 * STALL_NS + GUARD_GRACE_NS + 1), GUARD_KILL);
    }
}

static void an_endless_stall_limit_does_not_wrap(void **state) {
    (void)state;
    struct fixture f;
    arrange(&f);
    f.guard.stall_ns = UINT64_MAX;
    assert_int_equal(at(&f, TIME_NS), GUARD_GO_ON);
}

static void an_interruption_asks_once_and_kills_only_later(void **state) {
    (void)state;
    struct fixture f;
    arrange(&f);
    f.sight.interrupted = true;
    assert_int_equal(at(&f, 1), GUARD_ASK);
    assert_int_equal(at(&f, 1 + GUARD_ASKED_NS), GUARD_GO_ON);
    assert_int_equal(at(&f, 2 + GUARD_ASKED_NS), GUARD_KILL);
    assert_int_equal(at(&f, 3 + GUARD_ASKED_NS), GUARD_GO_ON);
    assert_int_equal(f.guard.reason, GUARD_INTERRUPTED);
}

static void an_urgent_interruption_kills_a_child_that_was_asked(void **state) {
    (void)state;
    struct fixture f;
    arrange(&f);
    f.sight.interrupted = true;
    assert_int_equal(at(&f, 1), GUARD_ASK);
    f.sight.urgent = true;
    assert_int_equal(at(&f, 2), GUARD_KILL);
    assert_int_equal(at(&f, 3), GUARD_GO_ON);
    assert_int_equal(f.guard.reason, GUARD_INTERRUPTED);
}

/* The child hands over what it has: no other limit comes in between. */
static void a_child_that_was_asked_is_not_over_its_time(void **state) {
    (void)state;
    struct fixture f;
    arrange(&f);
    f.sight.interrupted = true;
    assert_int_equal(at(&f, TIME_NS), GUARD_ASK);
    assert_int_equal(at(&f, TIME_NS + 1), GUARD_GO_ON);
    assert_int_equal(f.guard.reason, GUARD_INTERRUPTED);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_that_moves_is_left_alone),
        cmocka_unit_test(a_child_over_its_time_is_killed_once),
        cmocka_unit_test(a_child_over_its_memory_is_killed_once),
        cmocka_unit_test(
            a_child_that_waited_for_its_supervisor_did_not_stand_still),
        cmocka_unit_test(a_child_that_stands_still_is_killed_after_the_grace),
        cmocka_unit_test(any_change_of_the_board_is_a_sign_of_life),
        cmocka_unit_test(an_endless_stall_limit_does_not_wrap),
        cmocka_unit_test(an_interruption_asks_once_and_kills_only_later),
        cmocka_unit_test(an_urgent_interruption_kills_a_child_that_was_asked),
        cmocka_unit_test(a_child_that_was_asked_is_not_over_its_time),
    };
    return SUITE_RUN(tests, argc, argv);
}
