/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "scenario/include.h"

#include "scenario/expectation.h"

#include "unit/plunge/scenario_fixture.h"

/* Included files whose texts are given, as a cell's process gets them: nothing
 * is read, or it could be another text than the one that was checked. What is
 * read from the disk, and what is told of it, is in tests/golden/scenario/. */

static void read_given(struct fixture *f, const char *text,
                       const struct result_include *includes, size_t count) {
    const struct scenario_source source = {
        .path = "folder/t.yaml",
        .text = text,
        .includes = includes,
        .includes_count = count,
    };
    int error_number = 0;
    struct text told;
    f->scenario = NULL;
    (void)scenario_read(&source, f->arena, &f->scenario, &f->problems,
                        &error_number);
    text_init(&told);
    problems_render(&f->problems, &told);
    f->told = arena_text(f->arena, told.bytes);
    text_fini(&told);
}

static void what_is_given_is_not_read_again(void **state) {
    struct fixture *f = *state;
    const struct result_include given[] = {
        {.path = "tests/golden/scenario/good/included/base.yaml",
         .text = "database: {users: 42}\n" FIXTURE_LOAD}};
    const struct scenario_source source = {
        .path = "tests/golden/scenario/good/include.yaml",
        .text = "title: t\ninclude: included/base.yaml\n",
        .includes = given,
        .includes_count = 1,
    };
    int error_number = 0;
    assert_int_equal(scenario_read(&source, f->arena, &f->scenario,
                                   &f->problems, &error_number),
                     SCENARIO_OK);
    assert_true(f->scenario->cells[0].settings.database.users == 42);
}

static void a_file_that_was_not_given_is_missing(void **state) {
    struct fixture *f = *state;
    read_given(f, FIXTURE_HEAD FIXTURE_LOAD "include: Makefile\n", NULL, 0);
    assert_null(f->scenario);
    assert_told(f, "folder/t.yaml:4:10: include: folder/Makefile: No such file "
                   "or directory\n");
}

static void what_was_read_is_kept_with_its_sum(void **state) {
    struct fixture *f = *state;
    const struct result_include given[] = {
        {.path = "folder/a.yaml", .text = "include: b.yaml\n"},
        {.path = "folder/b.yaml", .text = FIXTURE_HEAD}};
    read_given(f, "include: [a.yaml, b.yaml]\n" FIXTURE_LOAD, given, 2);
    assert_string_equal(f->told, "");
    assert_int_equal(f->scenario->includes_count, 2); /* b.yaml only once */
    assert_string_equal(f->scenario->includes[0].path, "folder/a.yaml");
    assert_string_equal(f->scenario->includes[1].text, FIXTURE_HEAD);
    /* printf 'include: b.yaml\n' | sha256sum */
    assert_string_equal(
        f->scenario->includes[0].sha256,
        "d64eafc0f3cfc2a8b9f06366ee8edf3546400806b2e49daeff766252861d948d");
}

static void an_absolute_path_is_one(void **state) {
    struct fixture *f = *state;
    const struct result_include given[] = {
        {.path = "/a/b.yaml", .text = "include: c.yaml\n"},
        {.path = "/a/c.yaml", .text = FIXTURE_HEAD}};
    read_given(f, "include: /a/b.yaml\n" FIXTURE_LOAD, given, 2);
    assert_string_equal(f->told, "");
}

static void sites_are_lines_of_the_scenario_itself(void **state) {
    struct fixture *f = *state;
    const struct result_include given[] = {
        {.path = "folder/a.yaml",
         .text = "\n\n\n\npool: {max: 4}\n" FIXTURE_HEAD FIXTURE_LOAD
                 "expect: [errors == 0]\n"}};
    read_given(f, "limits: {threads: 9}\ninclude: a.yaml\n", given, 1);
    assert_string_equal(f->told, "");
    assert_int_equal(f->scenario->cells[0].settings.pool.line, 2);
    assert_int_equal(f->scenario->cells[0].settings.phases[0].line, 2);
    assert_int_equal(f->scenario->expectations[0].line, 2);
}

static void places_in_included_files_are_told_as_such(void **state) {
    struct fixture *f = *state;
    const struct result_include given[] = {
        {.path = "folder/a.yaml",
         .text = "load:\n"
                 "  - {phase: rush, in_flight: 3, lookups: 3}\n"
                 "  - {phase: rush, in_flight: 3, lookups: 3}\n"}};
    read_given(f, "\n\n\ninclude: a.yaml\n" FIXTURE_HEAD, given, 1);
    assert_told(f, "folder/a.yaml:3:13: load.phase: \"rush\" is the name of "
                   "two phases, the first in line 2\n");
}

/* Each names the next, so that the last is @depth deep. */
static void read_chain(struct fixture *f, size_t depth) {
    struct result_include *given = arena_alloc(f->arena, depth * sizeof *given);
    for (size_t i = 0; i < depth; i++) {
        given[i].path = arena_format(f->arena, "folder/%zu.yaml", i);
        given[i].text =
            i + 1 == depth
                ? FIXTURE_HEAD
                : arena_format(f->arena, "include: %zu.yaml\n", i + 1);
    }
    read_given(f, FIXTURE_LOAD "include: 0.yaml\n", given, depth);
}

static void depth_has_a_limit(void **state) {
    struct fixture *f = *state;
    read_chain(f, INCLUDE_DEPTH_MAX);
    assert_string_equal(f->told, "");
    read_chain(f, INCLUDE_DEPTH_MAX + 1);
    assert_told(f, "folder/7.yaml:1:10: include: files are included more than "
                   "8 deep\n");
}

/* Each names the next a hundred times: read as often as they are named, they
 * would never be done with. */
static void a_file_that_is_named_often_is_merged_once(void **state) {
    struct fixture *f = *state;
    struct result_include given[INCLUDE_DEPTH_MAX];
    struct text text;
    text_init(&text);
    for (size_t i = 0; i < INCLUDE_DEPTH_MAX; i++) {
        text_clear(&text);
        text_append(&text, "include:\n");
        for (int j = 0; j < 100; j++) {
            text_format(&text, "  - %zu.yaml\n", i + 1);
        }
        given[i] = (struct result_include){
            .path = arena_format(f->arena, "folder/%zu.yaml", i),
            .text = i + 1 == INCLUDE_DEPTH_MAX
                        ? FIXTURE_HEAD
                        : arena_text(f->arena, text.bytes),
        };
    }
    text_fini(&text);
    read_given(f, FIXTURE_LOAD "include: 0.yaml\n", given, INCLUDE_DEPTH_MAX);
    assert_string_equal(f->told, "");
    assert_int_equal(f->scenario->includes_count, INCLUDE_DEPTH_MAX);
}

static void files_have_a_limit(void **state) {
    struct fixture *f = *state;
    struct result_include given[INCLUDE_FILES_MAX + 1] = {{NULL}};
    struct text text;
    text_init(&text);
    text_append(&text, FIXTURE_HEAD FIXTURE_LOAD "include:\n");
    for (size_t i = 0; i <= INCLUDE_FILES_MAX; i++) {
        given[i].path = arena_format(f->arena, "folder/%zu.yaml", i);
        given[i].text = "pool: {max: 4}\n";
        if (i < INCLUDE_FILES_MAX) {
            text_format(&text, "  - %zu.yaml\n", i);
        }
    }
    read_given(f, text.bytes, given, INCLUDE_FILES_MAX + 1);
    assert_string_equal(f->told, "");
    text_format(&text, "  - %d.yaml\n", INCLUDE_FILES_MAX);
    read_given(f, text.bytes, given, INCLUDE_FILES_MAX + 1);
    text_fini(&text);
    assert_told(f, "there are more than 32 files");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_given_is_not_read_again),
        TEST(a_file_that_was_not_given_is_missing),
        TEST(what_was_read_is_kept_with_its_sum),
        TEST(an_absolute_path_is_one),
        TEST(sites_are_lines_of_the_scenario_itself),
        TEST(places_in_included_files_are_told_as_such),
        TEST(depth_has_a_limit),
        TEST(a_file_that_is_named_often_is_merged_once),
        TEST(files_have_a_limit),
    };
    return SUITE_RUN(tests, argc, argv);
}
