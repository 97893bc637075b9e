/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "load/roll.h"

#include "support/suite.h"

#define LOGIN 17 /* any, and one that shares its place */
#define SHARES (LOGIN + ROLL_PLACES)

static int set_up(void **state) {
    *state = roll_new(false);
    return 0;
}

static int tear_down(void **state) {
    roll_free(*state);
    return 0;
}

static const struct roll_state renamed = {
    .known = true, .there = true, .called = 5};
static const struct roll_state gone = {.known = true};

static bool is_known(struct roll *roll, uint64_t login, uint64_t asked) {
    return roll_state(roll, login, asked).known;
}

static void what_was_answered_is_certain_for_who_asks_then(void **state) {
    struct roll *roll = *state;
    struct roll_write write;
    uint64_t before = roll_now(roll);
    roll_begin(roll, LOGIN, &write);
    assert_false(is_known(roll, LOGIN, roll_now(roll)));
    assert_true(roll_end(roll, &write, renamed));
    assert_false(is_known(roll, LOGIN, before));
    const struct roll_state after = roll_state(roll, LOGIN, roll_now(roll));
    assert_true(after.known && after.there);
    assert_int_equal(after.called, 5);
    assert_false(is_known(roll, LOGIN + 1, roll_now(roll)));
}

/* Who asked before it, or is answered within it, may have seen either. */
static void a_write_that_overlaps_the_request_leaves_both_open(void **state) {
    struct roll *roll = *state;
    struct roll_write write;
    roll_begin(roll, LOGIN, &write);
    (void)roll_end(roll, &write, renamed);
    uint64_t asked = roll_now(roll);
    roll_begin(roll, LOGIN, &write);
    assert_true(write.before.known);
    assert_int_equal(write.before.called, 5);
    assert_false(is_known(roll, LOGIN, asked));
    (void)roll_end(roll, &write, gone);
    assert_false(is_known(roll, LOGIN, asked));
    assert_true(is_known(roll, LOGIN, roll_now(roll)));
    assert_false(roll_state(roll, LOGIN, roll_now(roll)).there);
}

/* Which of them was the last nobody knows, whichever was answered last. */
static void of_two_writes_at_once_nothing_is_certain(void **state) {
    struct roll *roll = *state;
    struct roll_write first;
    struct roll_write second;
    roll_begin(roll, LOGIN, &first);
    roll_begin(roll, LOGIN, &second);
    assert_false(roll_end(roll, &second, renamed));
    assert_false(is_known(roll, LOGIN, roll_now(roll)));
    assert_false(roll_end(roll, &first, renamed));
    assert_false(is_known(roll, LOGIN, roll_now(roll)));
    roll_begin(roll, LOGIN, &first);
    assert_true(roll_end(roll, &first, renamed));
    assert_true(is_known(roll, LOGIN, roll_now(roll)));
}

static void a_write_that_failed_leaves_both_open(void **state) {
    struct roll *roll = *state;
    struct roll_write write;
    roll_begin(roll, LOGIN, &write);
    (void)roll_end(roll, &write, (struct roll_state){0});
    assert_false(is_known(roll, LOGIN, roll_now(roll)));
}

static void who_shares_a_place_pushes_the_other_out(void **state) {
    struct roll *roll = *state;
    struct roll_write first;
    struct roll_write second;
    roll_begin(roll, LOGIN, &first);
    (void)roll_end(roll, &first, renamed);
    roll_begin(roll, SHARES, &second);
    assert_false(is_known(roll, LOGIN, roll_now(roll)));
    assert_true(roll_end(roll, &second, gone));
    assert_false(is_known(roll, LOGIN, roll_now(roll)));
    assert_true(is_known(roll, SHARES, roll_now(roll)));
}

static void where_all_is_forgotten_nothing_is_certain(void **state) {
    (void)state;
    struct roll *roll = roll_new(true);
    struct roll_write write;
    roll_begin(roll, LOGIN, &write);
    (void)roll_end(roll, &write, renamed);
    assert_false(is_known(roll, LOGIN, roll_now(roll)));
    roll_free(roll);
}

static void who_came_first_goes_first_and_once(void **state) {
    struct roll *roll = *state;
    struct newcomer newcomer;
    assert_false(roll_take(roll, &newcomer));
    for (uint64_t i = 0; i < ROLL_CANDIDATES_MAX + 10; i++) {
        roll_offer(roll, (struct newcomer){1, i});
    }
    for (uint64_t i = 0; i < ROLL_CANDIDATES_MAX; i++) {
        assert_true(roll_take(roll, &newcomer));
        assert_int_equal(newcomer.number, i);
    }
    assert_false(roll_take(roll, &newcomer));
    roll_offer(roll, (struct newcomer){2, 3});
    assert_true(roll_take(roll, &newcomer));
    assert_int_equal(newcomer.part, 2);
}

static void logins_are_told_apart(void **state) {
    (void)state;
    assert_int_not_equal(roll_login("yoen", 4), roll_login("yoem", 4));
    assert_int_not_equal(roll_login("a\0", 2), roll_login("a", 1));
    assert_int_equal(roll_login("kovilato0482", 12),
                     roll_login("kovilato0482", 12));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(what_was_answered_is_certain_for_who_asks_then),
        TEST(a_write_that_overlaps_the_request_leaves_both_open),
        TEST(of_two_writes_at_once_nothing_is_certain),
        TEST(a_write_that_failed_leaves_both_open),
        TEST(who_shares_a_place_pushes_the_other_out),
        TEST(where_all_is_forgotten_nothing_is_certain),
        TEST(who_came_first_goes_first_and_once),
        TEST(logins_are_told_apart),
    };
    return SUITE_RUN(tests, argc, argv);
}
