/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "scenario/let.h"

#include <inttypes.h>
#include <stdlib.h>

#include "unit/plunge/scenario_fixture.h"

/* Variables. What is told of wrong ones is in tests/golden/scenario/. */

static const struct scenario_settings *settings(const struct fixture *f) {
    return &f->scenario->cells[0].settings;
}

static void the_command_line_has_the_last_word(void **state) {
    struct fixture *f = *state;
    const char *const overrides[] = {"let.n=5", NULL};
    read_with(f,
              "title: t\nlet: {n: 10k, m: $(n)}\ndatabase: {users: $(m)}\n"
              "load: {in_flight: $(n), lookups: 3}\n",
              overrides);
    assert_string_equal(f->told, "");
    assert_true(settings(f)->database.users == 5);
    assert_true(settings(f)->phases[0].in_flight == 5);
}

static void what_the_command_line_sets_may_use_variables(void **state) {
    struct fixture *f = *state;
    const char *const overrides[] = {"pool.max=$(n)", "let.n=7", NULL};
    read_with(f, FIXTURE_HEAD FIXTURE_LOAD "let: {n: 10k}\n", overrides);
    assert_string_equal(f->told, "");
    assert_int_equal(settings(f)->pool.max, 7);
}

static void a_list_may_be_given_for_a_variable(void **state) {
    struct fixture *f = *state;
    const char *const overrides[] = {"let.sizes=[1, 2, 4]", NULL};
    read_with(f,
              FIXTURE_HEAD FIXTURE_LOAD
              "let: {sizes: [8]}\nsweep: {pool.max: $(sizes)}\n",
              overrides);
    assert_string_equal(f->told, "");
    assert_int_equal(f->scenario->cells_count, 3);
}

static void a_variable_that_nobody_has_cannot_be_set(void **state) {
    struct fixture *f = *state;
    const char *const overrides[] = {"let.userz=5", NULL};
    read_with(
        f,
        "title: t\nlet: {users: 3}\ndatabase: {users: $(users)}\n" FIXTURE_LOAD,
        overrides);
    assert_told(f, "-s let.userz=5: let: unknown variable \"userz\"\n"
                   "      did you mean \"users\"?\n");
}

static void neither_let_nor_include_is_set_as_a_whole(void **state) {
    struct fixture *f = *state;
    const char *const overrides[] = {"let={n: 1}", "include=other.yaml", NULL};
    read_with(f, FIXTURE_HEAD FIXTURE_LOAD, overrides);
    assert_told(f, "-s let={n: 1}: let cannot be set as a whole\n"
                   "      name one of the variables: -s let.NAME=VALUE\n");
    assert_told(f, "-s include=other.yaml: include cannot be set\n");
}

static void a_variable_cannot_be_swept(void **state) {
    struct fixture *f = *state;
    read_text(f, "title: t\nlet: {n: 3}\ndatabase: {users: $(n)}\n" FIXTURE_LOAD
                 "sweep: {let.n: [1, 2]}\n");
    assert_told(f, "t.yaml:5:9: sweep: let.n cannot be swept\n");
    assert_told(f, "      sweep the keys that use it\n");
}

static void two_dollars_are_one_that_is_meant(void **state) {
    struct fixture *f = *state;
    read_good(f, "title: a $$(b) costs $5, $ (c) and $$\n"
                 "database: {users: 3}\n" FIXTURE_LOAD);
    assert_string_equal(f->scenario->title, "a $(b) costs $5, $ (c) and $$");
}

static void a_text_does_not_grow_without_end(void **state) {
    struct fixture *f = *state;
    read_text(f, "title: $(e)\n"
                 "let:\n"
                 "  a: 0123456789012345678901234567890123456789\n"
                 "  b: $(a)$(a)$(a)$(a)$(a)$(a)$(a)$(a)$(a)$(a)\n"
                 "  c: $(b)$(b)$(b)$(b)$(b)$(b)$(b)$(b)$(b)$(b)\n"
                 "  d: $(c)$(c)$(c)$(c)$(c)$(c)$(c)$(c)$(c)$(c)\n"
                 "  e: $(d)$(d)$(d)$(d)$(d)$(d)$(d)$(d)$(d)$(d)\n"
                 "database: {users: 3}\n" FIXTURE_LOAD);
    assert_int_equal(f->problems.count, 1);
    assert_told(f, "t.yaml:6:6: let: more than 4096 bytes with its variables");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(the_command_line_has_the_last_word),
        TEST(what_the_command_line_sets_may_use_variables),
        TEST(a_list_may_be_given_for_a_variable),
        TEST(a_variable_that_nobody_has_cannot_be_set),
        TEST(neither_let_nor_include_is_set_as_a_whole),
        TEST(a_variable_cannot_be_swept),
        TEST(two_dollars_are_one_that_is_meant),
        TEST(a_text_does_not_grow_without_end),
    };
    return SUITE_RUN(tests, argc, argv);
}
