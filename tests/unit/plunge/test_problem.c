/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "scenario/problem.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "support/suite.h"

struct fixture {
    struct arena *arena;
    struct problems problems;
    struct text told;
};

static int set_up(void **state) {
    struct arena *arena = arena_new();
    struct fixture *f = arena_alloc(arena, sizeof *f);
    f->arena = arena;
    text_init(&f->told);
    problems_init(&f->problems, arena, "s.yaml",
                  "title: t\n\tload: fast\n# caf\xc3\xa9: x\n");
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    text_fini(&f->told);
    arena_free(f->arena);
    return 0;
}

static struct place at(unsigned line, unsigned column) {
    return (struct place){.line = line, .column = column};
}

static void assert_renders(struct fixture *f, const char *expected) {
    problems_render(&f->problems, &f->told);
    assert_string_equal(f->told.bytes, expected);
}

static void a_problem_shows_its_line_and_a_caret(void **state) {
    struct fixture *f = *state;
    problems_add(&f->problems, at(1, 8), "title", "did you mean \"u\"?",
                 "expected %s", "u");
    assert_renders(f, "s.yaml:1:8: title: expected u\n"
                      "    1 | title: t\n"
                      "      |        ^\n"
                      "      did you mean \"u\"?\n");
}

static void a_caret_stands_under_tabs_and_characters(void **state) {
    struct fixture *f = *state;
    problems_add(&f->problems, at(2, 8), NULL, NULL, "x");
    problems_add(&f->problems, at(3, 9), NULL, NULL, "y");
    assert_renders(f, "s.yaml:2:8: x\n"
                      "    2 | \tload: fast\n"
                      "      | \t      ^\n"
                      "s.yaml:3:9: y\n"
                      "    3 | # caf\xc3\xa9: x\n"
                      "      |         ^\n");
}

static void problems_are_sorted_by_place(void **state) {
    struct fixture *f = *state;
    problems_add(&f->problems, at(9, 1), NULL, NULL, "fourth");
    problems_add(&f->problems, at(8, 7), NULL, NULL, "second");
    problems_add(&f->problems, at(8, 7), NULL, NULL, "third");
    problems_add(&f->problems, (struct place){.origin = "-s a=b"}, "a", NULL,
                 "first");
    assert_renders(f, "-s a=b: a: first\n"
                      "s.yaml:8:7: second\n"
                      "s.yaml:8:7: third\n"
                      "s.yaml:9:1: fourth\n");
}

static void the_same_is_told_once(void **state) {
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++) {
        problems_add(&f->problems, at(9, 1), "k", NULL, "same");
    }
    problems_add(&f->problems, at(9, 1), "l", NULL, "same");
    problems_add(&f->problems, at(9, 1), NULL, NULL, "same");
    problems_add(&f->problems, at(9, 2), "k", NULL, "same");
    assert_int_equal(f->problems.count, 4);
}

static void past_the_limit_is_said_not_shown(void **state) {
    struct fixture *f = *state;
    for (unsigned i = 0; i < PROBLEMS_MAX; i++) {
        problems_add(&f->problems, at(9 + i, 1), NULL, NULL, "x");
    }
    assert_false(f->problems.more);
    problems_add(&f->problems, at(9, 1), NULL, NULL, "x"); /* known */
    assert_false(f->problems.more);
    problems_add(&f->problems, at(9, 2), NULL, NULL, "x");
    assert_true(f->problems.more);
    assert_int_equal(f->problems.count, PROBLEMS_MAX);
    problems_render(&f->problems, &f->told);
    assert_non_null(strstr(f->told.bytes, "There are more"));
}

static void a_long_line_is_shown_in_part(void **state) {
    struct fixture *f = *state;
    char line[1001];
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    line[499] = '!';
    f->problems.source = line;
    problems_add(&f->problems, at(1, 500), NULL, NULL, "m");
    problems_render(&f->problems, &f->told);
    assert_in_range(f->told.size, 100, 300);
    const char *bang = strchr(f->told.bytes, '!');
    const char *caret = strchr(f->told.bytes, '^');
    assert_non_null(bang);
    assert_non_null(caret);
    const char *first_line = strchr(f->told.bytes, '\n') + 1;
    const char *second_line = strchr(first_line, '\n') + 1;
    assert_int_equal(bang - first_line, caret - second_line);
}

static void a_quote_cannot_speak_to_the_terminal(void **state) {
    struct fixture *f = *state;
    assert_string_equal(problem_quoted(f->arena, "a\033[31m\x7f\xff\n"),
                        "\"a?[31m???\"");
    assert_string_equal(
        problem_quoted(f->arena, "\xe2\x80\xae\xc2\x9b\xc3\xa9"),
        "\"??\xc3\xa9\"");
    char endless[1000];
    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    const char *quoted = problem_quoted(f->arena, endless);
    assert_in_range(strlen(quoted), 40, 80);
    assert_non_null(strstr(quoted, "...\""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_problem_shows_its_line_and_a_caret),
        TEST(a_caret_stands_under_tabs_and_characters),
        TEST(problems_are_sorted_by_place),
        TEST(the_same_is_told_once),
        TEST(past_the_limit_is_said_not_shown),
        TEST(a_long_line_is_shown_in_part),
        TEST(a_quote_cannot_speak_to_the_terminal),
    };
    return SUITE_RUN(tests, argc, argv);
}
