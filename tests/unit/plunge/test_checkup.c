/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "measure/checkup.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "measure/checkup_parts.h"
#include "measure/kernel_text.h"
#include "support/suite.h"

static int set_up(void **state) {
    static struct checkup checkup;
    checkup = (struct checkup){.arena = arena_new()};
    *state = &checkup;
    return 0;
}

static int tear_down(void **state) {
    struct checkup *checkup = *state;
    arena_free(checkup->arena);
    return 0;
}

static const struct checkup_item *find(const struct checkup *checkup,
                                       const char *check) {
    for (size_t i = 0; i < checkup->count; i++) {
        if (strcmp(checkup->items[i].check, check) == 0) {
            return &checkup->items[i];
        }
    }
    fail_msg("there is no check called %s", check);
    return NULL;
}

static void the_grade_is_by_the_smallest_difference(void **state) {
    struct checkup *checkup = *state;
    (void)checkup_add(checkup, "one", CHECKUP_NOTE, "is worth a note");
    checkup->smallest_difference = CHECKUP_QUIET_MAX;
    assert_int_equal(checkup_grade(checkup), CHECKUP_QUIET);
    checkup->smallest_difference = 0.021;
    assert_int_equal(checkup_grade(checkup), CHECKUP_USABLE);
    checkup->smallest_difference = 0.11;
    assert_int_equal(checkup_grade(checkup), CHECKUP_LOUD);
}

static void one_noisy_check_makes_the_machine_noisy(void **state) {
    struct checkup *checkup = *state;
    checkup->smallest_difference = 0.001;
    (void)checkup_add(checkup, "steal", CHECKUP_NOISY, "30 %");
    assert_int_equal(checkup_grade(checkup), CHECKUP_LOUD);
    assert_false(checkup_is_missing(checkup));
    (void)checkup_add(checkup, "disk room", CHECKUP_MISSING, "none");
    assert_true(checkup_is_missing(checkup));
}

static void a_folder_that_cannot_be_written_is_missing(void **state) {
    struct checkup *checkup = *state;
    checkup_folder(checkup, NULL, "there is none");
    assert_int_equal(find(checkup, "disk room")->level, CHECKUP_MISSING);
    assert_string_equal(find(checkup, "disk room")->value, "there is none");
    checkup->count = 0;
    checkup_folder(checkup, "/proc", NULL);
    assert_int_equal(find(checkup, "disk sync")->level, CHECKUP_MISSING);
    assert_non_null(find(checkup, "disk sync")->advice);
}

static void what_the_machine_is_needs_no_measurement(void **state) {
    struct checkup *checkup = *state;
    static const char *const checks[] = {
        "processors",   "governor",   "turbo",         "virtualisation",
        "clock source", "memory",     "swap",          "open files",
        "processes",    "cgroup cpu", "cgroup memory", "cgroup pids",
        "kernel",       "SQLite",     "libuv",         "build",
        "valgrind",     "libdw",      "addr2line",     "setarch"};
    checkup_machine(checkup);
    checkup_limits(checkup);
    checkup_tools(checkup);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        const struct checkup_item *item = find(checkup, checks[i]);
        assert_non_null(item->value);
        assert_string_not_equal(item->value, "");
    }
    assert_true(find(checkup, "processors")->number >= 1);
    assert_int_equal(checkup->count, sizeof checks / sizeof checks[0]);
}

static void what_the_kernel_says_is_found_by_its_key(void **state) {
    const struct checkup *checkup = *state;
    const char *lines = "model\t: 1\nmodel name\t: A processor\nflags: a bc";
    assert_string_equal(kernel_value(checkup->arena, lines, "model name"),
                        "A processor");
    assert_string_equal(kernel_value(checkup->arena, lines, "flags"), "a bc");
    assert_null(kernel_value(checkup->arena, lines, "cores"));
    assert_null(kernel_value(checkup->arena, NULL, "cores"));
    assert_true(kernel_has_word("a bc d", "bc"));
    assert_false(kernel_has_word("a bcd", "bc"));
    assert_null(kernel_text(checkup->arena, "/proc/none/such"));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(the_grade_is_by_the_smallest_difference),
        TEST(one_noisy_check_makes_the_machine_noisy),
        TEST(a_folder_that_cannot_be_written_is_missing),
        TEST(what_the_machine_is_needs_no_measurement),
        TEST(what_the_kernel_says_is_found_by_its_key),
    };
    return SUITE_RUN(tests, argc, argv);
}
