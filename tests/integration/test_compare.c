/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "support/json_at.h"
#include "support/program.h"
#include "support/suite.h"

/* `plunge compare` and `run --baseline`: real runs, and results in which a
 * figure was changed by hand, so that an answer is known beforehand. */

#define HEAD                                                                   \
    "title: Small\n"                                                           \
    "database: {users: 3}\n"                                                   \
    "pool: {min: 2, max: 2}\n"                                                 \
    "load: {in_flight: 20, lookups: 4k}\n"                                     \
    "blocks: 8\n"

/* Which folder of the program's a run is in. */
static const char *in(const struct program *program, const char *name) {
    return program_path(program, name);
}

static void run_into(struct program *program, const char *folder,
                     const char *text) {
    const struct program_file file = program_file(program, "small.yaml");
    const struct program_file out = program_file(program, folder);
    (void)program_write(program, "small.yaml", text);
    program_run(program, "run", "-q", "-o", out.path, file.path, NULL);
}

static void compare(struct program *program, const char *base,
                    const char *newer, const char *option) {
    const struct program_file one = program_file(program, base);
    const struct program_file other = program_file(program, newer);
    program_run(program, "compare", one.path, other.path, option, NULL);
}

/* ---- Results that were changed ------------------------------------------- */

static void write_result(const struct program *program, const char *name,
                         const json_t *result) {
    char *text = json_dumps(result, JSON_INDENT(2));
    assert_non_null(text);
    (void)program_write(program, name, text);
    free(text);
}

/* A phase with times that no noise has touched: block by block a thousandth
 * apart, and slower by @factor. */
static void set_times(json_t *result, double factor) {
    const size_t count = json_array_size(json_at(result, "cells"));
    for (size_t i = 0; i < count; i++) {
        json_t *cell = json_array_get(json_at(result, "cells"), i);
        json_t *phase = json_array_get(json_object_get(cell, "phases"), 0);
        const double near = 1 + 0.001 * (double)(i * 5 % 7);
        static const char *const kinds[] = {"latency_ns", "service_ns"};
        static const char *const names[] = {"p50", "p90", "p99", "p99.9"};
        for (size_t j = 0; j < 2; j++) {
            json_t *times = json_object_get(phase, kinds[j]);
            for (size_t k = 0; k < 4; k++) {
                const double time = 1e5 * (double)(k + 1) * factor * near;
                json_object_set_new(times, names[k],
                                    json_integer((json_int_t)time));
            }
        }
        json_object_set_new(phase, "throughput_per_s",
                            json_real(5e5 / factor * near));
        json_object_set_new(cell, "noise", json_null());
        json_object_set_new(
            json_object_get(json_object_get(cell, "resources"), "peak"), "fds",
            json_integer(15));
        json_object_set_new(json_object_get(cell, "cost"),
                            "context_switches_per_lookup", json_null());
    }
}

/* The run in "a", and the same slower by @factor as "b". */
static void plant(struct program *program, double factor) {
    run_into(program, "a", HEAD);
    program_expect(program, 0);
    json_t *result = program_json(program, "a/result.json");
    set_times(result, 1);
    write_result(program, "a/result.json", result);
    set_times(result, factor);
    write_result(program, "b.json", result);
    json_decref(result);
}

static void the_same_is_the_same(void **state) {
    struct program *program = *state;
    plant(program, 1);
    compare(program, "a", "b.json", "--no-color");
    program_expect(program, 0);
    program_expect_words(&program->out, "Small\n");
    program_expect_words(&program->out, "same: ");
    program_expect_words(&program->out, " figures, each within its tolerance");
    program_expect_words(&program->out, "left_behind");
}

static void what_is_slower_is_worse_and_the_other_way_better(void **state) {
    struct program *program = *state;
    plant(program, 1.2);
    compare(program, "a", "b.json", "--no-color");
    program_expect(program, 1);
    program_expect_words(&program->out, "-16.7 %");
    program_expect_words(&program->out, "+20.0 %");
    program_expect_words(&program->out, "worse: throughput in main (-16.");
    compare(program, "b.json", "a", "--no-color");
    program_expect(program, 0);
    program_expect_words(&program->out, "better: ");
    compare(program, "a", "b.json", "--tolerance=30%");
    program_expect(program, 0);
    compare(program, "a", "b.json", "--counts");
    program_expect(program, 0);
    compare(program, "a", "b.json", "-q");
    program_expect(program, 1);
    assert_int_equal(program->out.size, 0);
}

static void what_is_near_the_line_takes_more_blocks(void **state) {
    struct program *program = *state;
    plant(program, 1.052);
    compare(program, "a", "b.json", "--no-color");
    program_expect(program, 4);
    program_expect_words(&program->out, "more block");
    program_expect_words(&program->out, "not decided: ");
}

static void the_result_carries_its_comparison(void **state) {
    struct program *program = *state;
    plant(program, 1.2);
    compare(program, "a", "b.json", "--json");
    program_expect(program, 1);
    const char *end = strchr(program->out.bytes, '\n');
    assert_ptr_equal(end, program->out.bytes + program->out.size - 1);
    (void)program_write(program, "compared.json", program->out.bytes);
    program_validate(program, "compared.json");
    json_t *result = program_json(program, "compared.json");
    assert_string_equal(json_text_at(result, "comparison/answer"), "worse");
    assert_string_equal(json_text_at(result, "comparison/method"), "two runs");
    assert_string_equal(json_text_at(result, "comparison/base/path"),
                        in(program, "a"));
    assert_string_equal(json_text_at(result, "comparison/figures/0/metric"),
                        "throughput");
    assert_string_equal(json_text_at(result, "comparison/figures/0/phase"),
                        "main");
    assert_int_equal(json_int_at(result, "comparison/figures/0/samples"), 8);
    json_decref(result);
    compare(program, "a", "compared.json", "-q");
    program_expect(program, 1);
}

/* Where nothing has been changed and nobody has touched the times, whatever
 * the noise of the machine is. */
static void what_was_run_twice_is_not_called_worse(void **state) {
    struct program *program = *state;
    run_into(program, "a", HEAD);
    program_expect(program, 0);
    run_into(program, "b", HEAD);
    program_expect(program, 0);
    compare(program, "a", "b", "--counts");
    assert_true(program->status == 0 || program->status == 4);
    program_expect_words(&program->out, "left_behind");
}

static void a_leak_is_worse_on_any_machine(void **state) {
    struct program *program = *state;
    run_into(program, "a", HEAD "expect: [left_behind == nothing]\n");
    program_expect(program, 0);
    json_t *result = program_json(program, "a/result.json");
    json_t *cell = json_array_get(json_at(result, "cells"), 3);
    json_array_append_new(json_object_get(cell, "left_behind"),
                          json_pack("{s:s, s:s, s:n, s:i, s:n, s:n, s:f, s:n}",
                                    "kind", "thread", "identity", "one", "site",
                                    "count", 1, "bytes", "cycle", "late_ms",
                                    0.0, "stack"));
    json_object_set_new(json_object_get(result, "environment"), "boot_id",
                        json_string("another"));
    write_result(program, "b.json", result);
    json_decref(result);
    compare(program, "a", "b.json", "--no-color");
    program_expect(program, 1);
    program_expect_words(&program->out, "use --vs");
    program_expect_words(&program->out, "left_behind.thread");
    program_expect_words(&program->out, "in 1 of 8 blocks");
    compare(program, "b.json", "a", "--counts");
    program_expect(program, 0);
}

/* ---- What is refused ----------------------------------------------------- */

static void change(const struct program *program, const char *name,
                   const char *from, const char *what, json_t *value) {
    json_t *result = program_json(program, from);
    json_t *owner = result;
    const char *slash = strchr(what, '/');
    if (slash != NULL) {
        char key[64];
        (void)snprintf(key, sizeof key, "%.*s", (int)(slash - what), what);
        owner = json_object_get(result, key);
    }
    json_object_set_new(owner, slash == NULL ? what : slash + 1, value);
    write_result(program, name, result);
    json_decref(result);
}

static void unlike_results_are_refused_by_name(void **state) {
    struct program *program = *state;
    plant(program, 1);
    change(program, "seed.json", "b.json", "seed", json_integer(9));
    compare(program, "a", "seed.json", "--no-color");
    program_expect(program, 2);
    program_expect_words(&program->err, "are of unlike scenarios: the seed is "
                                        "1 in the first and 9 in the second; "
                                        "--unlike compares them all the same");
    assert_int_equal(program->out.size, 0);
    compare(program, "a", "seed.json", "--unlike");
    program_expect(program, 0);
    program_expect_words(&program->out, "the seed is 1 in the first");
    change(program, "machine.json", "b.json", "environment/processor",
           json_string("another"));
    compare(program, "a", "machine.json", "--no-color");
    program_expect(program, 2);
    program_expect_words(&program->err, "machines or builds: processor is ");
    compare(program, "a", "machine.json", "--unlike");
    program_expect(program, 4);
    program_expect_words(&program->out, "on another machine");
    change(program, "text.json", "b.json", "scenario/text",
           json_string(HEAD "cycles: 2\n"));
    compare(program, "a", "text.json", "--no-color");
    program_expect(program, 2);
    program_expect_words(&program->err, "line 6 is \"cycles: 2\" in the "
                                        "second");
}

static void what_is_no_result_is_refused(void **state) {
    struct program *program = *state;
    plant(program, 1);
    (void)program_write(program, "no.json", "{\"schema\": \"plunge/1\",\n");
    compare(program, "a", "no.json", NULL);
    program_expect(program, 2);
    program_expect_words(&program->err, "no.json: is no result: line 2");
    change(program, "bad.json", "b.json", "seed", json_string("x"));
    compare(program, "bad.json", "a", NULL);
    program_expect(program, 2);
    program_expect_words(&program->err,
                         "bad.json: is no result: seed: expected a count");
    compare(program, "a", "nowhere", NULL);
    program_expect(program, 3);
    program_expect_words(&program->err, "nowhere: No such file");
}

static void the_command_line_is_checked(void **state) {
    struct program *program = *state;
    program_run(program, "compare", "one", NULL);
    program_expect(program, 2);
    program_expect_words(&program->err, "name two results, BASE and NEW, got "
                                        "1\n");
    program_run(program, "compare", "a", "b", "c", NULL);
    program_expect(program, 2);
    static const char *const wrong[] = {"0%", "100%", "5", "x%", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        program_run(program, "compare", "-t", wrong[i], "a", "b", NULL);
        program_expect(program, 2);
        program_expect_words(&program->err, "expected a share such as 5%");
    }
    program_run(program, "compare", "--wrong", "a", "b", NULL);
    program_expect(program, 2);
    program_run(program, "compare", "--help", NULL);
    program_expect(program, 0);
    program_expect_words(&program->out, "usage: plunge compare");
}

/* ---- Folders of runs ----------------------------------------------------- */

static void folders_are_compared_run_by_run(void **state) {
    struct program *program = *state;
    plant(program, 1);
    json_t *same = program_json(program, "b.json");
    json_t *again = json_deep_copy(same);
    assert_int_equal(file_make_folder(in(program, "base/one")), 0);
    assert_int_equal(file_make_folder(in(program, "base/gone")), 0);
    assert_int_equal(file_make_folder(in(program, "new/one")), 0);
    assert_int_equal(file_make_folder(in(program, "new/come")), 0);
    assert_int_equal(file_make_folder(in(program, "empty")), 0);
    write_result(program, "base/one/result.json", same);
    write_result(program, "base/gone/result.json", same);
    write_result(program, "new/one/result.json", same);
    write_result(program, "new/come/result.json", same);
    compare(program, "base", "new", NULL);
    program_expect(program, 4);
    program_expect_words(&program->out, "base/one, plunge");
    program_expect_words(&program->out, "come is in ");
    program_expect_words(&program->out, "gone is in ");
    compare(program, "base", "new", "--json");
    program_expect(program, 4);
    program_expect_words(&program->err, "gone is in ");
    compare(program, "base", "new", "-q");
    program_expect(program, 4);
    assert_int_equal(program->out.size + program->err.size, 0);
    set_times(same, 1.5);
    write_result(program, "new/gone.json", same);
    assert_int_equal(file_make_folder(in(program, "new/gone")), 0);
    write_result(program, "new/gone/result.json", same);
    compare(program, "base", "new", NULL);
    program_expect(program, 1);
    compare(program, "base", "a", NULL);
    program_expect(program, 2);
    program_expect_words(&program->err, "is a folder of runs");
    write_result(program, "new/gone/result.json", again);
    compare(program, "base", "new", NULL);
    program_expect(program, 0);
    program_expect_words(&program->out, "come is in ");
    json_decref(again);
    compare(program, "base", "empty", NULL);
    program_expect(program, 2);
    program_expect_words(&program->err, "holds neither a result.json");
    json_decref(same);
}

/* ---- A baseline ---------------------------------------------------------- */

static void run_beside(struct program *program, const char *text,
                       const char *baseline) {
    const struct program_file file = program_file(program, "small.yaml");
    const struct program_file out = program_file(program, "out");
    const struct program_file base = program_file(program, baseline);
    (void)program_write(program, "small.yaml", text);
    program_run(program, "run", "--no-color", "-o", out.path, "--baseline",
                base.path, file.path, NULL);
}

#define LEAKING                                                                \
    "title: Small\n"                                                           \
    "database: {users: 3}\n"                                                   \
    "pool: {min: 2, max: 2, shutdown: missing}\n"                              \
    "load: {in_flight: 2, lookups: 2}\n"                                       \
    "expect:\n"                                                                \
    "- exhausted == nothing\n"                                                 \
    "- left_behind.thread not worse than baseline by 0%\n"

static void a_baseline_decides_what_is_expected_of_it(void **state) {
    struct program *program = *state;
    run_into(program, "a", LEAKING);
    program_expect(program, 4); /* without a baseline */
    run_beside(program, LEAKING, "a");
    program_expect(program, 0);
    program_expect_words(&program->out, "left_behind.thread not worse than "
                                        "baseline by 0%  not worse");
    program_validate(program, "out/result.json");
    json_t *result = program_json(program, "a/result.json");
    json_t *cell = json_array_get(json_at(result, "cells"), 0);
    json_object_set_new(cell, "left_behind", json_array());
    write_result(program, "clean.json", result);
    json_decref(result);
    run_beside(program, LEAKING, "clean.json");
    program_expect(program, 1);
    program_expect_words(&program->out, "in 1 of 1 block");
    json_t *worse = program_json(program, "out/result.json");
    assert_string_equal(json_text_at(worse, "comparison/answer"), "worse");
    assert_string_equal(json_text_at(worse, "verdict"), "fail");
    json_decref(worse);
    struct text junit;
    text_init(&junit);
    assert_int_equal(file_read(in(program, "out/junit.xml"), 1 << 20, &junit),
                     0);
    program_expect_words(&junit, "left_behind.thread not worse than baseline");
    /* The line is the test, and the whole comparison is none. */
    assert_null(strstr(junit.bytes, "what it is compared with"));
    text_fini(&junit);
}

static void
a_baseline_of_another_scenario_is_refused_before_the_run(void **state) {
    struct program *program = *state;
    run_into(program, "a", LEAKING);
    run_beside(program, HEAD, "a");
    program_expect(program, 2);
    program_expect_words(&program->err, "is none of ");
    program_expect_words(&program->err, "line 3 of the scenario is");
    assert_int_equal(access(in(program, "out"), F_OK), -1);
    run_beside(program, HEAD, "nowhere");
    program_expect(program, 3);
    run_beside(program,
               "title: Search\n"
               "database: {users: 3}\n"
               "load: {in_flight: 2, lookups: 2}\n"
               "find: {pool.max: {from: 3, to: 5, holds: errors == 0}}\n",
               "a");
    program_expect(program, 2);
    program_expect_words(&program->err, "a search, which has no baseline");
}

/* What is let pass is said on the command line, and nothing else beside --vs.
 */
static void a_baseline_has_a_tolerance(void **state) {
    struct program *program = *state;
    run_into(program, "a", LEAKING);
    const struct program_file file = program_file(program, "small.yaml");
    const struct program_file out = program_file(program, "out");
    const struct program_file base = program_file(program, "a");
    program_run(program, "run", "-o", out.path, "--tolerance", "9%",
                "--baseline", base.path, file.path, NULL);
    program_expect_words(&program->out, "times within 9 % are the same");
    program_run(program, "run", "-o", out.path, "--tolerance", "9%", file.path,
                NULL);
    program_expect(program, 2);
    program_expect_words(&program->err,
                         "--tolerance: is about --vs PROGRAM or --baseline "
                         "RESULT, which are not there");
    program_run(program, "run", "-o", out.path, "--tolerance", "9%", "--for",
                "1s", "--baseline", base.path, file.path, NULL);
    program_expect(program, 2);
    program_expect_words(&program->err, "--for: is about --vs PROGRAM");
}

/* A baseline that nobody's line names is expected whole; and of several
 * scenarios each has its own. */
static void without_a_line_nothing_may_be_worse(void **state) {
    struct program *program = *state;
    plant(program, 1);
    json_t *result = program_json(program, "a/result.json");
    set_times(result, 0.001);
    assert_int_equal(file_make_folder(in(program, "all/small")), 0);
    write_result(program, "all/small/result.json", result);
    json_decref(result);
    run_beside(program, HEAD, "all");
    program_expect(program, 1);
    program_expect_words(&program->out, "not worse than baseline  worse");
    struct text junit;
    text_init(&junit);
    assert_int_equal(file_read(in(program, "out/junit.xml"), 1 << 20, &junit),
                     0);
    program_expect_words(&junit, "not worse than what it is compared with");
    text_fini(&junit);
    assert_int_equal(file_make_folder(in(program, "none")), 0);
    run_beside(program, HEAD, "none");
    program_expect(program, 3);
    program_expect_words(&program->err, "none/small: No such file");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(the_same_is_the_same),
        TEST(what_is_slower_is_worse_and_the_other_way_better),
        TEST(what_is_near_the_line_takes_more_blocks),
        TEST(the_result_carries_its_comparison),
        TEST(what_was_run_twice_is_not_called_worse),
        TEST(a_leak_is_worse_on_any_machine),
        TEST(unlike_results_are_refused_by_name),
        TEST(what_is_no_result_is_refused),
        TEST(the_command_line_is_checked),
        TEST(folders_are_compared_run_by_run),
        TEST(a_baseline_decides_what_is_expected_of_it),
        TEST(a_baseline_of_another_scenario_is_refused_before_the_run),
        TEST(a_baseline_has_a_tolerance),
        TEST(without_a_line_nothing_may_be_worse),
    };
    return SUITE_RUN(tests, argc, argv);
}
