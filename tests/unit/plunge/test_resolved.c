/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "scenario/resolved.h"

#include <stdio.h>
#include <string.h>

#include "scenario/expectation.h"
#include "scenario/node.h"
#include "scenario/yaml_write.h"
#include "support/files_in.h"
#include "unit/plunge/scenario_fixture.h"

/* A scenario that is written down with its defaults is the same scenario. */

static struct scenario *read_source(struct fixture *f, const char *path,
                                    const char *text) {
    const struct scenario_source source = {.path = path, .text = text};
    struct scenario *scenario = NULL;
    int error_number = 0;
    if (scenario_read(&source, f->arena, &scenario, &f->problems,
                      &error_number) != SCENARIO_OK) {
        struct text told;
        text_init(&told);
        problems_render(&f->problems, &told);
        fail_msg("%s\n%s", told.bytes, text);
    }
    return scenario;
}

static const char *write(struct fixture *f, const struct scenario *scenario) {
    struct text text;
    text_init(&text);
    yaml_write(resolved_tree(scenario, f->arena), &text);
    const char *copy = arena_text(f->arena, text.bytes);
    text_fini(&text);
    return copy;
}

static void assert_same_text(const char **one, const char **other) {
    assert_int_equal(*one == NULL, *other == NULL);
    if (*one != NULL) {
        assert_string_equal(*one, *other);
    }
    *one = *other;
}

/* But for the lines, and what the arena has at other addresses. */
static void assert_same_settings(struct scenario_settings one,
                                 struct scenario_settings other) {
    assert_int_equal(one.phases_count, other.phases_count);
    for (size_t i = 0; i < one.phases_count; i++) {
        struct scenario_phase left = one.phases[i];
        struct scenario_phase right = other.phases[i];
        assert_string_equal(left.name, right.name);
        assert_int_equal(left.keys.logins_count, right.keys.logins_count);
        for (size_t j = 0; j < left.keys.logins_count; j++) {
            assert_string_equal(left.keys.logins[j], right.keys.logins[j]);
        }
        left.name = right.name;
        left.keys.logins = right.keys.logins;
        left.line = right.line;
        assert_memory_equal(&left, &right, sizeof left);
    }
    assert_same_text(&one.database.file, &other.database.file);
    assert_same_text(&one.database.query, &other.database.query);
    assert_same_text(&one.database.keys, &other.database.keys);
    one.phases = other.phases;
    one.database.line = other.database.line;
    one.pool.line = other.pool.line;
    one.limits.line = other.limits.line;
    assert_int_equal(one.pool.command.arguments_count,
                     other.pool.command.arguments_count);
    one.pool.command = other.pool.command;
    assert_memory_equal(&one, &other, sizeof one);
}

static void assert_same(const struct scenario *one,
                        const struct scenario *other) {
    assert_string_equal(one->title, other->title);
    assert_int_equal(one->blocks, other->blocks);
    assert_int_equal(one->cells_count, other->cells_count);
    for (size_t i = 0; i < one->cells_count; i++) {
        assert_string_equal(one->cells[i].label, other->cells[i].label);
        assert_int_equal(one->cells[i].reference, other->cells[i].reference);
        assert_same_settings(one->cells[i].settings, other->cells[i].settings);
    }
    assert_int_equal(one->expectations_count, other->expectations_count);
    for (size_t i = 0; i < one->expectations_count; i++) {
        assert_string_equal(one->expectations[i].text,
                            other->expectations[i].text);
    }
}

static void check_file(void *data, const char *path) {
    struct fixture *f = data;
    const struct scenario *scenario = read_source(f, path, NULL);
    const char *written = write(f, scenario);
    const struct scenario *again = read_source(f, path, written);
    assert_same(scenario, again);
    assert_string_equal(write(f, again), written);
}

static void every_good_scenario_comes_back_the_same(void **state) {
    assert_true(files_in("tests/golden/scenario/good", ".yaml", check_file,
                         *state) > 5);
    assert_true(files_in("scenarios", ".yaml", check_file, *state) > 5);
}

static void what_the_cells_do_not_agree_on_is_left_out(void **state) {
    struct fixture *f = *state;
    const struct scenario *scenario =
        read_source(f, "t.yaml",
                    FIXTURE_HEAD "load: {in_flight: 3, for: 1s}\n"
                                 "sweep: {pool.max: [1, 2], cycles: [1, 2]}\n");
    const char *written = write(f, scenario);
    assert_null(strstr(written, "min:"));
    assert_null(strstr(written, "time:"));
    assert_non_null(strstr(written, "  stall: 10s\n"));
    assert_same(scenario, read_source(f, "t.yaml", written));
}

/* ---- With a command line -------------------------------------------------*/

/* Reads @text with @override, and what is written of that without it. Returns
 * what is written. */
static const char *write_overridden(struct fixture *f, const char *text,
                                    const char *override,
                                    const struct scenario **one_out,
                                    const struct scenario **again_out) {
    const char *const overrides[] = {override, NULL};
    read_with(f, text, overrides);
    assert_string_equal(f->told, "");
    *one_out = f->scenario;
    const char *written = write(f, *one_out);
    *again_out = read_source(f, "folder/t.yaml", written);
    return written;
}

static void assert_same_overridden(struct fixture *f, const char *text,
                                   const char *override, bool swept) {
    const struct scenario *one = NULL;
    const struct scenario *again = NULL;
    const char *written = write_overridden(f, text, override, &one, &again);
    assert_same(one, again);
    assert_int_equal(strstr(written, "\nsweep:") != NULL, swept);
}

static void what_is_set_is_not_swept_any_more(void **state) {
    struct fixture *f = *state;
    assert_same_overridden(
        f, FIXTURE_HEAD FIXTURE_LOAD "sweep: {pool.max: [2, 4]}\n",
        "pool.max=8", false);
    assert_same_overridden(f,
                           FIXTURE_HEAD FIXTURE_LOAD
                           "sweep: {pool.max: [4, 5], cycles: [1, 2]}\n",
                           "pool.max=8", true);
    assert_same_overridden(f,
                           FIXTURE_HEAD FIXTURE_LOAD
                           "sweep: [{pool.max: [4, 5]}, {cycles: [1, 2]}]\n",
                           "pool.max=8", true);
}

#define TWO_PHASES                                                             \
    "load: [{phase: a, in_flight: 1, lookups: 9},"                             \
    " {phase: b, in_flight: 1, lookups: 9}]\n"
#define THREE_PHASES                                                           \
    "load: [{phase: a, in_flight: 1, lookups: 9},"                             \
    " {phase: b, in_flight: 1, lookups: 9},"                                   \
    " {in_flight: 1, lookups: 9}]\n"

static void assert_same_cells(struct fixture *f, const char *text,
                              const char *override, size_t cells_count) {
    const struct scenario *one = NULL;
    const struct scenario *again = NULL;
    (void)write_overridden(f, text, override, &one, &again);
    assert_int_equal(one->cells_count, cells_count);
    assert_int_equal(again->cells_count, cells_count);
    for (size_t i = 0; i < cells_count; i++) {
        assert_same_settings(one->cells[i].settings, again->cells[i].settings);
    }
}

/* The names of cells are others then. */
static void what_is_set_in_one_phase_is_swept_in_the_others(void **state) {
    struct fixture *f = *state;
    assert_same_cells(
        f, FIXTURE_HEAD TWO_PHASES "sweep: {load.in_flight: [2, 3, 4]}\n",
        "load.a.in_flight=7", 3);
    assert_same_cells(f,
                      FIXTURE_HEAD THREE_PHASES
                      "sweep: {load.in_flight: [2, 3], cycles: [1, 2]}\n",
                      "load.a.in_flight=7", 4);
    assert_same_cells(
        f, FIXTURE_HEAD TWO_PHASES "sweep: {load.in_flight: [2, 3]}\n",
        "load.in_flight=7", 1);
}

static void what_looks_like_something_else_is_quoted(void **state) {
    static const char *const titles[] = {"a: b",
                                         "- a",
                                         "[a]",
                                         "a #b",
                                         "'a'",
                                         "a \"b\" \\c",
                                         "%a",
                                         "*a",
                                         "=",
                                         "null",
                                         "0x10",
                                         "$$(a)",
                                         "\xc3\xa9t\xc3\xa9",
                                         "a\xe2\x80\xa8z",
                                         "@",
                                         "`a",
                                         "a ",
                                         " a"};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        const struct node title = {.kind = NODE_SCALAR, .text = titles[i]};
        const struct node *keys[] = {
            node_scalar(f->arena, "title", (struct place){0})};
        const struct node *items[] = {&title};
        const struct node mapping = {
            .kind = NODE_MAPPING, .keys = keys, .items = items, .count = 1};
        struct text text;
        text_init(&text);
        yaml_write(&mapping, &text);
        text_append(&text, "database: {users: 3}\n" FIXTURE_LOAD);
        assert_string_equal(read_source(f, "t.yaml", text.bytes)->title,
                            titles[i]);
        text_fini(&text);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(every_good_scenario_comes_back_the_same),
        TEST(what_the_cells_do_not_agree_on_is_left_out),
        TEST(what_is_set_is_not_swept_any_more),
        TEST(what_is_set_in_one_phase_is_swept_in_the_others),
        TEST(what_looks_like_something_else_is_quoted),
    };
    return SUITE_RUN(tests, argc, argv);
}
