/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "base/result_json.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "support/suite.h"

struct fixture {
    struct arena *arena;
    struct text text;
};

static int set_up(void **state) {
    static struct fixture fixture;
    fixture.arena = arena_new();
    text_init(&fixture.text);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    arena_free(fixture->arena);
    text_fini(&fixture->text);
    return 0;
}

static struct result *read_back(struct fixture *fixture) {
    struct result *result = NULL;
    const char *problem = NULL;
    if (result_json_read(fixture->text.bytes, fixture->text.size,
                         fixture->arena, &result, &problem) != 0) {
        fail_msg("%s", problem);
    }
    assert_null(problem);
    return result;
}

static struct result_cell read_cell(struct fixture *fixture, const char *json) {
    struct result_cell cell;
    const char *problem = NULL;
    if (result_json_read_cell(json, strlen(json), fixture->arena, &cell,
                              &problem) != 0) {
        fail_msg("%s", problem);
    }
    return cell;
}

static void assert_refused(struct fixture *fixture, const char *json,
                           const char *expected) {
    struct result *result = NULL;
    const char *problem = NULL;
    assert_int_equal(
        result_json_read(json, strlen(json), fixture->arena, &result, &problem),
        -1);
    assert_null(result);
    assert_string_equal(problem, expected);
}

static void assert_cell_refused(struct fixture *fixture, const char *json,
                                const char *expected) {
    struct result_cell cell = {.subject = "untouched"};
    const char *problem = NULL;
    assert_int_equal(result_json_read_cell(json, strlen(json), fixture->arena,
                                           &cell, &problem),
                     -1);
    assert_string_equal(problem, expected);
    assert_string_equal(cell.subject, "untouched");
}

static void what_is_unknown_to_us_is_ignored(void **state) {
    struct fixture *fixture = *state;
    text_append(&fixture->text,
                "{\"later\": [1, {}], \"schema\": \"plunge/1\", \"verdict\": "
                "\"pass\", \"cells\": [{\"outcome\": {\"state\": \"hung\", "
                "\"mood\": 1}, \"phases\": [{\"name\": \"a\", \"series\": "
                "[{\"t_s\": 1}], \"stages_ns\": {}}]}]}");
    const struct result *result = read_back(fixture);
    assert_int_equal(result->verdict, RESULT_PASS);
    assert_int_equal(result->cells_count, 1);
    assert_int_equal(result->cells[0].outcome.state, RESULT_HUNG);
    assert_string_equal(result->cells[0].phases[0].name, "a");
}

static void what_is_missing_is_unknown(void **state) {
    struct fixture *fixture = *state;
    const struct result_cell cell = read_cell(
        fixture, "{\"outcome\": {\"state\": \"completed\"}, \"phases\": [{}], "
                 "\"slope\": [{}], \"left_behind\": [{\"kind\": \"fd\"}]}");
    assert_string_equal(cell.subject, "");
    assert_string_equal(cell.label, "");
    assert_int_equal(cell.database.users, RESULT_UNKNOWN);
    assert_true(isnan(cell.database.generate_s));
    assert_int_equal(cell.resources.peak.threads, RESULT_UNKNOWN);
    assert_true(isnan(cell.cost.instructions));
    assert_int_equal(cell.cycles.completed, RESULT_UNKNOWN);
    assert_int_equal(cell.cycles.predicted_cycle, 0);
    assert_false(cell.cycles.exhausted.happened);
    assert_string_equal(cell.phases[0].name, "");
    assert_int_equal(cell.phases[0].completed, RESULT_UNKNOWN);
    assert_int_equal(cell.phases[0].latency.count, 0);
    assert_null(cell.phases[0].histogram);
    assert_true(isnan(cell.slopes[0].per_cycle));
    assert_null(cell.leftovers[0].site);
    assert_null(cell.error);
    assert_int_equal(cell.parameters_count, 0);
}

static void figures_without_a_count_are_not_no_samples(void **state) {
    struct fixture *fixture = *state;
    const struct result_cell cell =
        read_cell(fixture, "{\"outcome\": {\"state\": \"completed\"}, "
                           "\"phases\": [{\"latency_ns\": {\"p99\": 12}}]}");
    assert_int_equal(cell.phases[0].latency.p99, 12);
    assert_int_equal(cell.phases[0].latency.count, RESULT_UNKNOWN);
    assert_int_equal(cell.phases[0].latency.p50, RESULT_UNKNOWN);
}

static void of_samples_what_is_missing_is_unknown(void **state) {
    struct fixture *fixture = *state;
    const struct result_cell cell = read_cell(
        fixture,
        "{\"outcome\": {\"state\": \"completed\"}, \"phases\": "
        "[{\"lateness_ns\": {\"p50\": null, \"count\": 3, \"max\": 7}, "
        "\"latency_ns\": {\"count\": null, \"p99\": null}}]}");
    const struct result_latency *lateness = &cell.phases[0].lateness;
    assert_int_equal(lateness->count, 3);
    assert_int_equal(lateness->max, 7);
    assert_int_equal(lateness->p50, RESULT_UNKNOWN);
    assert_int_equal(lateness->p99, RESULT_UNKNOWN);
    assert_true(isnan(lateness->mean));
    assert_int_equal(cell.phases[0].latency.count, 0);
    assert_int_equal(cell.phases[0].latency.p99, 0);
}

static void broken_text_is_named_by_line_and_column(void **state) {
    struct fixture *fixture = *state;
    assert_refused(fixture, "{\"schema\":\n  plunge}",
                   "line 2, column 8: invalid token near 'plunge'");
    assert_refused(fixture, "",
                   "line 1, column 0: '[' or '{' expected near end of file");
    assert_refused(fixture, "{\"a\": 1, \"a\": 2}",
                   "line 1, column 12: duplicate object key near '\"a\"'");
    assert_cell_refused(fixture, "{\"subject\": \"db",
                        "line 1, column 15: premature end of input near "
                        "'\"db'");
}

static void text_that_was_cut_anywhere_is_refused(void **state) {
    struct fixture *fixture = *state;
    struct result_cell cell;
    result_cell_init(&cell);
    result_json_write_cell(&cell, &fixture->text);
    for (size_t size = 0; size < fixture->text.size; size++) {
        const char *problem = NULL;
        assert_int_equal(result_json_read_cell(fixture->text.bytes, size,
                                               fixture->arena, &cell, &problem),
                         -1);
        assert_non_null(problem);
    }
}

static void another_schema_is_refused(void **state) {
    struct fixture *fixture = *state;
    assert_refused(fixture, "{\"schema\": \"plunge/2\"}",
                   "schema: expected \"plunge/1\", got \"plunge/2\"");
    assert_refused(fixture, "{}", "schema: expected \"plunge/1\", got nothing");
    assert_refused(fixture, "[]", "expected an object, got a list");
}

static void a_wrong_type_is_named_by_its_place(void **state) {
    struct fixture *fixture = *state;
    assert_refused(fixture,
                   "{\"schema\": \"plunge/1\", \"verdict\": \"pass\", "
                   "\"cells\": [{\"outcome\": {\"state\": \"completed\"}, "
                   "\"phases\": [{}, {\"completed\": \"many\"}]}]}",
                   "cells[0].phases[1].completed: expected a count, got "
                   "\"many\"");
    assert_refused(fixture,
                   "{\"schema\": \"plunge/1\", \"verdict\": \"pass\", "
                   "\"cells\": [7]}",
                   "cells[0]: expected an object, got 7");
    assert_cell_refused(fixture, "{\"phases\": {}, \"block\": 0}",
                        "outcome: expected an object, got nothing");
    static const char *const wrong[][2] = {
        {"\"block\": -1", "block: expected a count, got -1"},
        {"\"block\": 4294967296", "block: expected a count, got 4294967296"},
        {"\"subject\": 1", "subject: expected a text, got 1"},
        {"\"reference\": \"no\"",
         "reference: expected true or false, got \"no\""},
        {"\"phases\": {}", "phases: expected a list, got an object"},
        {"\"parameters\": []", "parameters: expected an object, got a list"},
        {"\"parameters\": {\"a\": true}",
         "parameters.a: expected a number or a text, got true"},
        {"\"parameters_text\": {\"a\": 1}",
         "parameters_text.a: expected a text, got 1"},
        {"\"database\": {\"users\": 1.5}",
         "database.users: expected a count, got 1.5"},
        {"\"database\": {\"users\": \"99999999999999999999\"}",
         "database.users: expected a count, got \"99999999999999999999\""},
        {"\"database\": {\"generate_s\": []}",
         "database.generate_s: expected a number, got a list"},
        {"\"left_behind\": [{\"kind\": \"ghost\"}]",
         "left_behind[0].kind: expected a kind of leftover such as "
         "\"thread\", got \"ghost\""},
        {"\"error\": {}", "error: expected a text, got an object"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *json = arena_format(
            fixture->arena, "{\"outcome\": {\"state\": \"completed\"}, %s}",
            wrong[i][0]);
        assert_cell_refused(fixture, json, wrong[i][1]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_unknown_to_us_is_ignored),
        TEST(what_is_missing_is_unknown),
        TEST(figures_without_a_count_are_not_no_samples),
        TEST(of_samples_what_is_missing_is_unknown),
        TEST(broken_text_is_named_by_line_and_column),
        TEST(text_that_was_cut_anywhere_is_refused),
        TEST(another_schema_is_refused),
        TEST(a_wrong_type_is_named_by_its_place),
    };
    return SUITE_RUN(tests, argc, argv);
}
