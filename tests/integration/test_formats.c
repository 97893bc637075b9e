/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "support/json_at.h"
#include "support/program.h"
#include "support/suite.h"

/* Every format of real results, read by programs that are not ours: ci/formats
 * has one for each. */

static char *const others[] = {"ci/formats", NULL};

static void expect_formats(struct program *program, int failed) {
    struct program_file result = program_file(program, "result.json");
    program->under = others;
    program_run(program, result.path, NULL);
    program->under = NULL;
    program_expect(program, failed == 0 ? 0 : 1);
    program_expect_words(&program->out, failed == 0 ? ", 0 failed" : "failed");
}

static void run_text(struct program *program, const char *text, int status) {
    struct program_file file = program_file(program, "a \"name\", #1 of <odd> "
                                                     "signs: 100%|.yaml");
    (void)program_write(program, strrchr(file.path, '/') + 1, text);
    program_run(program, "run", "-q", "-o", program->folder, file.path, NULL);
    program_expect(program, status);
}

static void the_tour_is_read(void **state) {
    struct program *program = *state;
    static char *const scenarios[] = {
        "scenarios/tutorial-as-written.yaml",
        "scenarios/missing-shutdown.yaml",
        "scenarios/clean-shutdown.yaml",
    };
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        program_run(program, "run", "-q", "-o", program->folder, "-s",
                    "cycles=100", scenarios[i], NULL);
        expect_formats(program, 0);
    }
}

static void a_sweep_with_references_and_phases_is_read(void **state) {
    struct program *program = *state;
    run_text(program,
             "title: 'Two <b>sizes</b> @all, #1 & | `more` ]]> :smile: *_*'\n"
             "database: {users: 100}\n"
             "pool: {min: 1}\n"
             "load:\n"
             "  - {phase: warm, in_flight: 3, lookups: 30, measure: no}\n"
             "  - {phase: one, in_flight: 10, lookups: 2k}\n"
             "  - {phase: steady, in_flight: 10, lookups: 12k}\n"
             "sweep: {pool.max: [3, 4], load.steady.misses: [0%, 10%]}\n"
             "blocks: 3\n"
             "expect:\n"
             "  - throughput > 0.001 * direct\n"
             "  - error == \"<|`'&>]]> % ::\"\n"
             "  - error == \"<|`'&>]]> % ::\"\n"
             "  - completed == 1\n"
             "  - 'p99.99 < 1h'\n",
             1);
    expect_formats(program, 0);
}

static void a_search_is_read(void **state) {
    struct program *program = *state;
    run_text(program,
             "title: A search\n"
             "database: {users: 3}\n"
             "load: {in_flight: 20, lookups: 40}\n"
             "find: {pool.max: {from: 1, to: 9, holds: threads <= 5}}\n",
             0);
    expect_formats(program, 0);
    run_text(program,
             "title: A search that finds nothing\n"
             "database: {users: 3}\n"
             "load: {in_flight: 20, lookups: 40}\n"
             "find: {pool.max: {from: 8, to: 9, holds: threads <= 5}}\n",
             1);
    expect_formats(program, 0);
}

static void what_could_not_be_measured_is_read(void **state) {
    struct program *program = *state;
    run_text(program,
             "title: It crashes\n"
             "database: {users: 3}\n"
             "pool: {subject: {command: [sh, -c, 'kill -SEGV $$']}}\n",
             3);
    expect_formats(program, 0);
    run_text(program,
             "title: It takes too long\n"
             "database: {users: 3}\n"
             "load: {in_flight: 3, for: 10s}\n"
             "limits: {time: 300ms}\n",
             1);
    expect_formats(program, 0);
}

/* A hundred that fail: ten annotations. */
static void many_failures_are_read(void **state) {
    struct program *program = *state;
    struct text text;
    text_init(&text);
    text_append(&text, "title: Nothing holds\n"
                       "database: {users: 3}\n"
                       "load: {in_flight: 3, lookups: 30}\n"
                       "expect:\n");
    for (int i = 0; i < 100; i++) {
        text_format(&text, "  - completed == %d\n", i + 100);
    }
    run_text(program, text.bytes, 1);
    text_fini(&text);
    expect_formats(program, 0);
    program_run(program, "report", "-f", "github", program->folder, NULL);
    program_expect_words(&program->out, "title=plunge%3A 91 more::");
}

static json_t *read_result(const struct program *program) {
    return program_json(program, "result.json");
}

static void write_result(const struct program *program, json_t *result) {
    assert_int_equal(
        json_dump_file(result, program_path(program, "result.json"), 0), 0);
    json_decref(result);
}

/* What a comment cannot hold is counted in it. */
static void what_is_too_much_for_a_comment_is_cut(void **state) {
    struct program *program = *state;
    run_text(program,
             "title: Small\n"
             "database: {users: 3}\n"
             "load: {in_flight: 3, lookups: 30}\n",
             0);
    json_t *result = read_result(program);
    json_t *list = json_object_get(result, "expectations");
    for (int i = 0; i < 3000; i++) {
        json_t *one =
            json_pack("{s:s, s:i, s:b, s:s, s:s}", "text",
                      "an \xc3\xa9xpectation |`", "line", i + 1, "held", i % 2,
                      "measured", "1 <", "why", "\xe2\x82\xac because");
        assert_int_equal(json_array_append_new(list, one), 0);
    }
    (void)json_object_set_new(result, "verdict", json_string("fail"));
    write_result(program, result);
    expect_formats(program, 0);
    program_run(program, "report", "-f", "markdown", program->folder, NULL);
    program_expect_words(&program->out, "more, which do not fit in here");
    program_expect_words(&program->out, "\nAgain: ");
}

/* A comparison stands in what people and programs read of a run. */
static void a_comparison_is_read(void **state) {
    struct program *program = *state;
    run_text(program,
             "title: Small\n"
             "database: {users: 3}\n"
             "load: {in_flight: 3, lookups: 30}\n",
             0);
    struct program_file result = program_file(program, "result.json");
    struct program_file base = program_file(program, "base.json");
    json_t *other = read_result(program);
    json_t *cell = json_array_get(json_object_get(other, "cells"), 0);
    json_t *peak = json_object_get(json_object_get(cell, "resources"), "peak");
    (void)json_object_set_new(peak, "threads", json_integer(2));
    assert_int_equal(json_dump_file(other, base.path, 0), 0);
    json_decref(other);
    program_run(program, "compare", "--json", base.path, result.path, NULL);
    program_expect(program, 1);
    struct program_file compared = program_file(program, "result.json");
    assert_int_equal(
        file_write(compared.path, program->out.bytes, program->out.size), 0);
    expect_formats(program, 0);
    program_run(program, "report", "-f", "github", compared.path, NULL);
    program_expect_words(&program->out,
                         "threads::4 after 2, +100.0 %25: worse");
    program_run(program, "report", "-f", "markdown", compared.path, NULL);
    program_expect_words(&program->out,
                         "| threads | 2 | 4 | +100.0 % |  | worse | any |");
}

/* Ours, and those that are given to others (examples/ci). */
static void the_workflows_do_what_they_say(void **state) {
    struct program *program = *state;
    static char *const workflows[] = {"ci/check-workflows", NULL};
    program->under = workflows;
    program_run(program, NULL);
    program->under = NULL;
    program_expect(program, 0);
    program_expect_words(&program->out, ", 0 failed");
}

/* The others are red where a format is: here the result itself is doctored. */
static void figures_that_are_not_those_of_the_result_are_seen(void **state) {
    struct program *program = *state;
    run_text(program,
             "title: Small\n"
             "database: {users: 3}\n"
             "load: {in_flight: 3, lookups: 30}\n",
             0);
    json_t *result = read_result(program);
    json_t *phase = json_array_get(
        json_object_get(json_array_get(json_object_get(result, "cells"), 0),
                        "phases"),
        0);
    json_t *latency = json_object_get(phase, "latency_ns");
    (void)json_object_set_new(latency, "count", json_integer(31));
    write_result(program, result);
    expect_formats(program, 2);
    program_expect_words(&program->out, "--format openmetrics: Wrong: ");
    program_expect_words(&program->out, "--format hlog: Wrong: main: count");
}

static void expect_broken(struct program *program, const char *format,
                          const char *by) {
    static char *const broken[] = {
        "sh", "-c", "PLUNGE=$0 exec ci/formats tests/formats/broken \"$1\"",
        NULL};
    struct program_file result = program_file(program, "result.json");
    char words[64];
    assert_int_equal(setenv("BROKEN_FORMAT", format, 1), 0);
    assert_int_equal(setenv("BROKEN_BY", by, 1), 0);
    program->under = broken;
    program_run(program, result.path, NULL);
    program->under = NULL;
    program_expect(program, 1);
    (void)snprintf(words, sizeof words, "result.json: --format %s: ", format);
    program_expect_words(&program->out, words);
    program_expect_words(&program->out, " 1 failed, 0 skipped");
}

/* A check that was never red is none: each format is broken in turn. */
static void what_is_broken_is_seen(void **state) {
    struct program *program = *state;
    static const struct {
        const char *format;
        const char *by;
    } cases[] = {
        {"json", "s/\"version\": /\"version\": 1, \"x\": /"},
        {"summary", "s/fail:/pass:/"},
        {"markdown", "s/: fail$/: pass/"},
        {"html", "s|</table>||"},
        {"junit", "s/failures=\"1\"/failures=\"2\"/"},
        {"github", "s/^::error file=/::error files=/"},
        {"gitlab", "s/left_behind{/left_behind {/"},
        {"openmetrics", "s/_count{/_counts{/"},
        {"benchmark-smaller", "s/\"count\"/\"things\"/"},
        {"benchmark-bigger", "s/lookups.s/us/"},
        {"bencher", "s/left-behind/left_behind/"},
        {"hgrm", "s/ 0.500000000000/ 0.510000000000/"},
        {"hlog", "s/version 1.3/version 1.2/"},
        {"csv", "s/,completed,/,done,/"},
    };
    run_text(program,
             "title: Small\n"
             "database: {users: 3}\n"
             "load: {in_flight: 3, lookups: 3k}\n"
             "expect: [completed == 31]\n",
             1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect_broken(program, cases[i].format, cases[i].by);
    }
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(the_tour_is_read),
        TEST(a_sweep_with_references_and_phases_is_read),
        TEST(a_search_is_read),
        TEST(what_could_not_be_measured_is_read),
        TEST(many_failures_are_read),
        TEST(a_comparison_is_read),
        TEST(what_is_too_much_for_a_comment_is_cut),
        TEST(the_workflows_do_what_they_say),
        TEST(what_is_broken_is_seen),
        TEST(figures_that_are_not_those_of_the_result_are_seen),
    };
    return SUITE_RUN(tests, argc, argv);
}
