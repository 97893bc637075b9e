/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "scenario/yaml.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "scenario/node.h"
#include "scenario/problem.h"
#include "scenario/yaml_limits.h"
#include "support/suite.h"

struct fixture {
    struct arena *arena;
    struct problems problems;
};

static int set_up(void **state) {
    struct arena *arena = arena_new();
    struct fixture *f = arena_alloc(arena, sizeof *f);
    f->arena = arena;
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    arena_free(f->arena);
    return 0;
}

static const struct node *parse(struct fixture *f, const char *text) {
    problems_init(&f->problems, f->arena, "s.yaml", text);
    return yaml_read(text, strlen(text), (struct place){0}, &f->problems);
}

static void assert_place(const struct node *node, unsigned line,
                         unsigned column) {
    assert_int_equal(node->place.line, line);
    assert_int_equal(node->place.column, column);
}

/* The first problem: its place and a part of its message. */
static void assert_problem(const struct fixture *f, unsigned line,
                           unsigned column, const char *part) {
    assert_int_not_equal(f->problems.count, 0);
    const struct problem *problem = &f->problems.items[0];
    if (strstr(problem->message, part) == NULL) {
        fail_msg("%s", problem->message);
    }
    assert_int_equal(problem->place.line, line);
    assert_int_equal(problem->place.column, column);
}

static void every_node_has_its_place(void **state) {
    struct fixture *f = *state;
    const struct node *root =
        parse(f, "# \xc3\xa9\na: 1\n\xc3\xa9\xc3\xa9: [x, \"y\"]\n");
    assert_int_equal(f->problems.count, 0);
    assert_int_equal(root->kind, NODE_MAPPING);
    assert_place(root, 2, 1);
    assert_place(node_find(root, "a"), 2, 4);
    const struct node *list = node_find(root, "\xc3\xa9\xc3\xa9");
    assert_int_equal(list->kind, NODE_LIST);
    assert_place(list, 3, 5);
    assert_place(list->items[1], 3, 9);
    assert_string_equal(list->items[1]->text, "y");
    assert_null(node_find(root, "b"));
}

static void an_alias_stands_for_its_anchor(void **state) {
    struct fixture *f = *state;
    const struct node *root = parse(f, "a: &x {b: 1}\nc: *x\n");
    assert_int_equal(f->problems.count, 0);
    assert_string_equal(node_find(node_find(root, "c"), "b")->text, "1");
}

static void aliases_that_multiply_are_stopped(void **state) {
    struct fixture *f = *state;
    struct text text;
    text_init(&text);
    text_append(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++) {
        text_format(&text, "a%d: &a%d [", i, i);
        for (int j = 0; j < 10; j++) {
            text_format(&text, "%s*a%d", j == 0 ? "" : ", ", i - 1);
        }
        text_append(&text, "]\n");
    }
    assert_null(parse(f, text.bytes));
    assert_problem(f, 1, 22, "more than 100000 values");
    text_fini(&text);
}

static void an_alias_in_itself_is_stopped(void **state) {
    struct fixture *f = *state;
    assert_null(parse(f, "a: &x [*x]\n"));
    assert_problem(f, 1, 4, "levels of nesting");
}

static void aliases_that_pile_up_are_stopped(void **state) {
    struct fixture *f = *state;
    struct text text;
    text_init(&text);
    text_append(&text, "- &a0 [x]\n");
    for (int i = 1; i < YAML_DEPTH_MAX - 1; i++) {
        text_format(&text, "- &a%d [*a%d]\n", i, i - 1);
    }
    assert_null(parse(f, text.bytes));
    assert_non_null(strstr(f->problems.items[0].message, "levels of nesting"));
    text_fini(&text);
}

static void assert_stopped(struct fixture *f, const char *unit, size_t times,
                           const char *part) {
    struct text text;
    text_init(&text);
    for (size_t i = 0; i < times; i++) {
        text_append(&text, unit);
    }
    assert_null(parse(f, text.bytes));
    assert_non_null(strstr(f->problems.items[0].message, part));
    text_fini(&text);
}

static void a_mebibyte_of_anything_is_judged_in_time(void **state) {
    struct fixture *f = *state;
    const size_t size = (size_t)1024 * 1024;
    assert_stopped(f, "[", size, "levels of nesting");
    assert_stopped(f, "{a: ", size / 4, "levels of nesting");
    assert_stopped(f, "- ", size / 2, "levels of nesting");
    assert_stopped(f, "- a\n", size / 4, "values");
    assert_stopped(f, "? ", size / 2, "levels of nesting");
}

static void anchors_are_counted(void **state) {
    struct fixture *f = *state;
    struct text text;
    text_init(&text);
    for (int i = 0; i <= YAML_ANCHORS_MAX; i++) {
        text_format(&text, "- &a%d x\n", i);
    }
    assert_null(parse(f, text.bytes));
    assert_problem(f, YAML_ANCHORS_MAX + 1, 3, "anchors");
    text_fini(&text);
}

static void keys_of_a_mapping_are_counted(void **state) {
    struct fixture *f = *state;
    struct text text;
    text_init(&text);
    for (int i = 0; i <= YAML_KEYS_MAX; i++) {
        text_format(&text, "a%d: x\n", i);
    }
    assert_null(parse(f, text.bytes));
    assert_problem(f, 1, 1, "keys in a mapping");
    text_fini(&text);
}

static void a_bad_byte_is_told_by_its_place(void **state) {
    struct fixture *f = *state;
    assert_null(parse(f, "a: 1\n# \xc3\xa9\xe2\x82z\n"));
    assert_problem(f, 2, 4, "byte 0xe2");
    assert_null(parse(f, "a: \xf4\x90\x80\x80"));
    assert_problem(f, 1, 4, "byte 0xf4");
    assert_null(parse(f, "a: \x80"));
    assert_problem(f, 1, 4, "byte 0x80");
    assert_null(parse(f, "a: \xc3"));
    assert_problem(f, 1, 4, "byte 0xc3");
    assert_null(parse(f, "a: \x01"));
    assert_problem(f, 1, 4, "U+0001");
    assert_null(parse(f, "a: \xef\xbf\xbf"));
    assert_problem(f, 1, 4, "U+FFFF");
}

static void every_kind_of_line_break_counts_once(void **state) {
    struct fixture *f = *state;
    assert_null(
        parse(f, "a: 1\r\nb: 2\rc: 3\nd: 4\xc2\x85 # \xe2\x80\xa8 \xff"));
    assert_problem(f, 6, 2, "byte 0xff");
    const struct node *root = parse(f, "a: 1\r\nb: 2\rc: 3\n");
    assert_place(node_find(root, "c"), 3, 4);
}

static void a_syntax_error_has_libyamls_place(void **state) {
    struct fixture *f = *state;
    assert_null(parse(f, "a: 1\nb: [1, 2\nc: 3\n"));
    assert_problem(f, 3, 2, "not YAML: did not find expected ',' or ']'");
    assert_null(parse(f, "a:\n\tb: 1\n"));
    assert_problem(f, 2, 1, "not YAML");
    assert_non_null(strstr(f->problems.items[0].advice, "not tabs"));
}

static void an_empty_file_is_told_at_its_start(void **state) {
    struct fixture *f = *state;
    assert_null(parse(f, ""));
    assert_problem(f, 1, 1, "empty");
    assert_null(parse(f, "\n\n# comment\n"));
    assert_problem(f, 1, 1, "empty");
}

static void a_second_document_is_told(void **state) {
    struct fixture *f = *state;
    (void)parse(f, "a: 1\n---\nb: 2\n");
    assert_problem(f, 2, 1, "second document");
    (void)parse(f, "a: 1\n---\n");
    assert_problem(f, 2, 1, "second document");
    (void)parse(f, "a: 1\n---\nb: [\n");
    assert_problem(f, 4, 1, "not YAML");
    assert_non_null(parse(f, "---\na: 1\n...\n# end\n"));
    assert_int_equal(f->problems.count, 0);
}

static void all_keys_given_twice_are_told(void **state) {
    struct fixture *f = *state;
    const struct node *root = parse(f, "a: 1\nb: {c: 1, c: 2}\n\"a\": 2\n");
    assert_int_equal(f->problems.count, 2);
    assert_problem(f, 2, 11, "\"c\" is given twice, first in line 2");
    assert_int_equal(f->problems.items[1].place.line, 3);
    assert_string_equal(node_find(root, "a")->text, "1");
}

static void tags_and_odd_keys_are_told_together(void **state) {
    struct fixture *f = *state;
    assert_non_null(parse(f, "a: !!int 1\nb: !x y\n[c]: 1\n\"\": 2\n"));
    assert_int_equal(f->problems.count, 4);
}

static void the_command_line_is_named_as_the_place(void **state) {
    struct fixture *f = *state;
    problems_init(&f->problems, f->arena, "s.yaml", "");
    const struct node *root = yaml_read(
        "[a, b]xxx", 6, (struct place){.origin = "-s k="}, &f->problems);
    assert_int_equal(root->count, 2);
    assert_string_equal(root->items[1]->place.origin, "-s k=");
    assert_int_equal(root->items[1]->place.line, 0);
    assert_null(
        yaml_read("[a", 2, (struct place){.origin = "-s k="}, &f->problems));
    assert_string_equal(f->problems.items[0].place.origin, "-s k=");
}

static void a_value_is_set_without_touching_the_tree(void **state) {
    struct fixture *f = *state;
    const struct node *root = parse(f, "a: 1\nb: 2\n");
    const struct node *value = node_scalar(f->arena, "9", root->place);
    const struct node *other = node_with(f->arena, root, "a", value);
    const struct node *third = node_with(f->arena, other, "c", value);
    assert_string_equal(node_find(root, "a")->text, "1");
    assert_string_equal(node_find(other, "a")->text, "9");
    assert_int_equal(other->count, 2);
    assert_null(node_find(other, "c"));
    assert_string_equal(node_find(third, "c")->text, "9");
    assert_string_equal(node_text(f->arena, third), "{a: 9, b: 2, c: 9}");
}

static void a_place_inside_a_text_sees_its_quotes(void **state) {
    struct fixture *f = *state;
    const char *source = "- ab cd\n- 'a''b cd'\n- \"a\\\"\\u00e9 cd\"\n"
                         "- >\n  ab cd\n- \"\xc3\xa9 cd\"\n";
    const struct node *root = parse(f, source);
    const struct {
        unsigned offset;
        unsigned line;
        unsigned column;
    } expected[] = {{3, 1, 6}, {4, 2, 9}, {4, 3, 14}, {3, 4, 3}, {2, 6, 6}};
    for (size_t i = 0; i < root->count; i++) {
        const struct place place =
            node_place_inside(root->items[i], source, expected[i].offset);
        assert_int_equal(place.line, expected[i].line);
        assert_int_equal(place.column, expected[i].column);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(every_node_has_its_place),
        TEST(an_alias_stands_for_its_anchor),
        TEST(aliases_that_multiply_are_stopped),
        TEST(an_alias_in_itself_is_stopped),
        TEST(aliases_that_pile_up_are_stopped),
        TEST(a_mebibyte_of_anything_is_judged_in_time),
        TEST(anchors_are_counted),
        TEST(keys_of_a_mapping_are_counted),
        TEST(a_bad_byte_is_told_by_its_place),
        TEST(every_kind_of_line_break_counts_once),
        TEST(a_syntax_error_has_libyamls_place),
        TEST(an_empty_file_is_told_at_its_start),
        TEST(a_second_document_is_told),
        TEST(all_keys_given_twice_are_told),
        TEST(tags_and_odd_keys_are_told_together),
        TEST(the_command_line_is_named_as_the_place),
        TEST(a_value_is_set_without_touching_the_tree),
        TEST(a_place_inside_a_text_sees_its_quotes),
    };
    return SUITE_RUN(tests, argc, argv);
}
