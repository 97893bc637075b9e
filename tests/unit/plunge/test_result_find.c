/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "base/result_json.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/text.h"
#include "report/summary.h"
#include "support/suite.h"

/* What was looked for and what was included, on their way through JSON, and as
 * people read it. */

static struct result_question questions[] = {
    {.value = 1000, .held = RESULT_HELD_YES},
    {.value = 2000, .held = RESULT_HELD_UNDECIDED},
    {.value = 1000, .held = RESULT_HELD_NO, .confirming = true},
};

static struct result_include includes[] = {
    {.path = "scenarios/common.yaml",
     .sha256 = "e3b0c44298fc1c149afbf4c8996fb924"
               "27ae41e4649b934ca495991b7852b855",
     .text = "pool: {max: 3}\n"},
};

static struct result_setting settings[] = {
    {.key = "pool.max", .value = "8"},
    {.key = "title", .value = ""},
};

static const struct result sample = {
    .version = "0",
    .scenario = {.path = "scenarios/rush.yaml",
                 .title = "Rush",
                 .text = "title: Rush\n",
                 .includes = includes,
                 .includes_count = 1,
                 .set = settings,
                 .set_count = 2},
    .started_at = "2026-01-01T00:00:00Z",
    .verdict = RESULT_UNDECIDED,
    .find = {.is_sought = true,
             .path = "load.in_flight",
             .holds = "p99 < 50ms",
             .state = "undecided",
             .from = 1000,
             .to = 1000000,
             .value = 1000,
             .above = NAN,
             .questions = questions,
             .questions_count = 3,
             .text = "it has held with 1k, not to be said with 2k"},
};

struct fixture {
    struct arena *arena;
    struct text text;
};

static int set_up(void **state) {
    struct arena *arena = arena_new();
    struct fixture *f = arena_alloc(arena, sizeof *f);
    f->arena = arena;
    text_init(&f->text);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    text_fini(&f->text);
    arena_free(f->arena);
    return 0;
}

static const struct result *through_json(struct fixture *f,
                                         const struct result *result) {
    struct result *read = NULL;
    const char *problem = NULL;
    result_json_write(result, RESULT_JSON_LINE, &f->text);
    if (result_json_read(f->text.bytes, f->text.size, f->arena, &read,
                         &problem) != 0) {
        fail_msg("%s", problem);
    }
    return read;
}

static void what_was_looked_for_comes_back(void **state) {
    const struct result *read = through_json(*state, &sample);
    const struct result_find *find = &read->find;
    assert_true(find->is_sought);
    assert_string_equal(find->path, "load.in_flight");
    assert_string_equal(find->holds, "p99 < 50ms");
    assert_string_equal(find->state, "undecided");
    assert_true(find->from == 1000 && find->to == 1000000);
    assert_true(find->value == 1000 && isnan(find->above));
    assert_int_equal(find->questions_count, 3);
    assert_int_equal(find->questions[1].held, RESULT_HELD_UNDECIDED);
    assert_false(find->questions[1].confirming);
    assert_true(find->questions[2].confirming);
    assert_string_equal(find->text, sample.find.text);
}

/* Of a file that somebody has written or cut: no text is missing to a reader,
 * and the summary is none the worse. */
static void a_search_without_its_words_is_read(void **state) {
    static const char bytes[] =
        "{\"schema\": \"plunge/1\", \"verdict\": \"error\", \"cells\": [],"
        " \"find\": {\"state\": null, \"questions\": [{\"value\": 1}]}}";
    struct fixture *f = *state;
    struct result *read = NULL;
    const char *problem = NULL;
    assert_int_equal(
        result_json_read(bytes, sizeof bytes - 1, f->arena, &read, &problem),
        0);
    assert_string_equal(read->find.path, "");
    assert_string_equal(read->find.holds, "");
    assert_string_equal(read->find.state, "");
    assert_string_equal(read->find.text, "");
    summary_write(read, false, &f->text);
    assert_null(strstr(f->text.bytes, "(null)"));
}

static void what_was_included_comes_back(void **state) {
    const struct result *read = through_json(*state, &sample);
    assert_int_equal(read->scenario.includes_count, 1);
    assert_string_equal(read->scenario.includes[0].path, includes[0].path);
    assert_string_equal(read->scenario.includes[0].sha256, includes[0].sha256);
    assert_string_equal(read->scenario.includes[0].text, includes[0].text);
}

static void what_the_command_line_has_set_comes_back(void **state) {
    const struct result *read = through_json(*state, &sample);
    assert_int_equal(read->scenario.set_count, 2);
    assert_string_equal(read->scenario.set[0].key, "pool.max");
    assert_string_equal(read->scenario.set[0].value, "8");
    assert_string_equal(read->scenario.set[1].value, "");
}

static void nothing_looked_for_is_null(void **state) {
    struct fixture *f = *state;
    struct result without = sample;
    without.find = (struct result_find){.is_sought = false};
    assert_false(through_json(f, &without)->find.is_sought);
    assert_non_null(strstr(f->text.bytes, "\"find\":null"));
}

static void the_summary_says_what_and_how(void **state) {
    struct fixture *f = *state;
    summary_write(&sample, false, &f->text);
    assert_non_null(
        strstr(f->text.bytes,
               "\n"
               "  largest      load.in_flight with which p99 < 50ms\n"
               "  undecided    it has held with 1k, not to be said with 2k\n"
               "               asked 3 times, 1 of them to confirm, for "
               "longer\n"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(what_was_looked_for_comes_back),
        TEST(a_search_without_its_words_is_read),
        TEST(what_was_included_comes_back),
        TEST(what_the_command_line_has_set_comes_back),
        TEST(nothing_looked_for_is_null),
        TEST(the_summary_says_what_and_how),
    };
    return SUITE_RUN(tests, argc, argv);
}
