/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "cell/quiet.h"

#include "ledger/vital.h"
#include "support/suite.h"

#define START_NS (7 * CLOCK_NS_PER_S)

struct fixture {
    struct quiet quiet;
    struct vital vital;
};

/* Seen once, at its start. */
static void arrange(struct fixture *f) {
    *f = (struct fixture){.vital = {.threads = 4, .fds = 9, .cpu_ticks = 30}};
    quiet_init(&f->quiet, START_NS);
    assert_false(quiet_decide(&f->quiet, &f->vital, START_NS));
}

static bool at(struct fixture *f, uint64_t since_start_ns) {
    return quiet_decide(&f->quiet, &f->vital, START_NS + since_start_ns);
}

static void a_second_without_anything_is_quiet(void **state) {
    (void)state;
    struct fixture f;
    arrange(&f);
    assert_false(at(&f, QUIET_NS - 1));
    assert_true(at(&f, QUIET_NS));
    assert_int_equal(f.quiet.moved_ns, START_NS);
}

/* After half a second, and then it takes another whole one. */
static void expect_moved(struct fixture *f) {
    assert_false(at(f, QUIET_NS / 2));
    f->vital.busy = false;
    assert_false(at(f, QUIET_NS));
    assert_false(at(f, QUIET_NS + QUIET_NS / 2 - 1));
    assert_true(at(f, QUIET_NS + QUIET_NS / 2));
}

static void cpu_time_is_a_sign_of_life(void **state) {
    (void)state;
    struct fixture f;
    arrange(&f);
    f.vital.cpu_ticks++;
    expect_moved(&f);
}

static void a_new_thread_is_a_sign_of_life(void **state) {
    (void)state;
    struct fixture f;
    arrange(&f);
    f.vital.threads++;
    expect_moved(&f);
}

static void a_new_descriptor_is_a_sign_of_life(void **state) {
    (void)state;
    struct fixture f;
    arrange(&f);
    f.vital.fds++;
    expect_moved(&f);
}

static void who_wants_to_run_is_not_quiet(void **state) {
    (void)state;
    struct fixture f;
    arrange(&f);
    f.vital.busy = true;
    expect_moved(&f);
}

static void a_marker_is_a_sign_of_life(void **state) {
    (void)state;
    struct fixture f;
    arrange(&f);
    quiet_moved(&f.quiet, START_NS + QUIET_NS / 2);
    expect_moved(&f);
}

static void a_thread_that_ends_is_none(void **state) {
    (void)state;
    struct fixture f;
    arrange(&f);
    f.vital.threads--;
    f.vital.fds--;
    assert_false(at(&f, QUIET_NS / 2));
    assert_true(at(&f, QUIET_NS));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_without_anything_is_quiet),
        cmocka_unit_test(cpu_time_is_a_sign_of_life),
        cmocka_unit_test(a_new_thread_is_a_sign_of_life),
        cmocka_unit_test(a_new_descriptor_is_a_sign_of_life),
        cmocka_unit_test(who_wants_to_run_is_not_quiet),
        cmocka_unit_test(a_marker_is_a_sign_of_life),
        cmocka_unit_test(a_thread_that_ends_is_none),
    };
    return SUITE_RUN(tests, argc, argv);
}
