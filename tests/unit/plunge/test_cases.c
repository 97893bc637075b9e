/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "report/cases.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "report/annotations.h"
#include "report/benchmark.h"
#include "report/junit.h"
#include "report/markdown.h"
#include "report/name.h"
#include "support/sample.h"
#include "support/suite.h"

/* A result as cases, and what is made of them. */

struct fixture {
    struct sample sample;
    struct text text;
};

static int begin(void **state) {
    static struct fixture f;
    sample_init(&f.sample);
    text_init(&f.text);
    *state = &f;
    return 0;
}

static int end(void **state) {
    struct fixture *f = *state;
    text_fini(&f->text);
    sample_fini(&f->sample);
    return 0;
}

static void expect(struct fixture *f, const char *text, unsigned line,
                   enum result_held held) {
    struct result *result = &f->sample.result;
    result->expectations =
        arena_more(f->sample.arena, result->expectations,
                   result->expectations_count, sizeof *result->expectations);
    result->expectations[result->expectations_count++] =
        (struct result_expectation){
            .text = text,
            .line = line,
            .held = held,
            .measured = "7 ms",
            .why = "because",
        };
}

static const struct test_case *find(struct fixture *f, const char *group,
                                    const char *name) {
    size_t count = 0;
    const struct test_case *cases =
        case_list(&f->sample.result, f->sample.arena, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(cases[i].group, group) == 0 &&
            strcmp(cases[i].name, name) == 0) {
            return &cases[i];
        }
    }
    fail_msg("there is no case %s of %s", name, group);
    return NULL;
}

static void an_expectation_is_a_case_with_its_line(void **state) {
    struct fixture *f = *state;
    expect(f, "p99 < 5ms", 14, RESULT_HELD_NO);
    expect(f, "errors == 0", 0, RESULT_HELD_YES);
    expect(f, "p50 < 1ms", 15, RESULT_HELD_UNDECIDED);
    assert_int_equal(find(f, "", "p99 < 5ms")->state, CASE_FAILED);
    assert_int_equal(find(f, "", "p99 < 5ms")->line, 14);
    assert_int_equal(find(f, "", "errors == 0")->state, CASE_GOOD);
    assert_int_equal(find(f, "", "p50 < 1ms")->state, CASE_OPEN);
}

static void no_two_cases_have_one_name(void **state) {
    struct fixture *f = *state;
    expect(f, "p99 < 5ms", 14, RESULT_HELD_NO);
    expect(f, "p99 < 5ms (2)", 15, RESULT_HELD_NO);
    expect(f, "p99 < 5ms", 16, RESULT_HELD_NO);
    expect(f, "p99 < 5ms", 17, RESULT_HELD_NO);
    assert_int_equal(find(f, "", "p99 < 5ms (2)")->line, 15);
    assert_int_equal(find(f, "", "p99 < 5ms (3)")->line, 16);
    assert_int_equal(find(f, "", "p99 < 5ms (4)")->line, 17);
}

static void the_worst_block_decides_of_a_point(void **state) {
    struct fixture *f = *state;
    const char *name = "pool.max=4: runs to its end";
    (void)sample_add_cell(&f->sample, "pool.max=4", 0);
    struct result_cell *cell = sample_add_cell(&f->sample, "pool.max=4", 1);
    assert_int_equal(find(f, "cells", name)->state, CASE_GOOD);
    assert_true(find(f, "cells", name)->time_s == 20);
    cell->cycles.recovery.tried = true;
    assert_int_equal(find(f, "cells", name)->state, CASE_FAILED);
    cell->outcome.state = RESULT_OVER_LIMIT;
    assert_int_equal(find(f, "cells", name)->state, CASE_FAILED);
    cell->outcome = (struct result_outcome){RESULT_CRASHED, 11, "in a thread"};
    assert_int_equal(find(f, "cells", name)->state, CASE_ERROR);
    assert_string_equal(find(f, "cells", name)->why,
                        "block 1: crashed by signal 11: in a thread");
    assert_int_equal(find(f, "cells", "runs to its end")->state, CASE_GOOD);
}

static void a_reference_over_its_limit_fails_nobody(void **state) {
    struct fixture *f = *state;
    sample_add_reference(&f->sample, "direct", "", 0)->outcome.state =
        RESULT_OVER_LIMIT;
    assert_int_equal(find(f, "cells", "direct: runs to its end")->state,
                     CASE_OPEN);
}

static void what_is_not_whole_is_an_error(void **state) {
    struct fixture *f = *state;
    assert_int_equal(find(f, "cells", "the run is whole")->state, CASE_GOOD);
    f->sample.result.verdict = RESULT_PARTIAL;
    assert_int_equal(find(f, "cells", "the run is whole")->state, CASE_ERROR);
    f->sample.result.verdict = RESULT_ERROR;
    assert_int_equal(find(f, "cells", "the run is whole")->state, CASE_ERROR);
    f->sample.result.cells[0].outcome.state = RESULT_HUNG;
    assert_int_equal(find(f, "cells", "the run is whole")->state, CASE_GOOD);
}

static void what_is_said_twice_is_told_once(void **state) {
    struct fixture *f = *state;
    const struct test_case both = {.measured = "1 thread",
                                   .why = "1 thread is left"};
    const struct test_case apart = {.measured = "7 ms", .why = "too many"};
    const struct test_case one = {.measured = "7 ms"};
    assert_string_equal(case_message(&both, f->sample.arena),
                        "1 thread is left");
    assert_string_equal(case_message(&apart, f->sample.arena),
                        "7 ms: too many");
    assert_string_equal(case_message(&one, f->sample.arena), "7 ms");
}

/* ---- Annotations ---------------------------------------------------------*/

static void annotate(struct fixture *f) {
    const struct result *result = &f->sample.result;
    text_clear(&f->text);
    annotations_write(&result, 1, f->sample.arena, &f->text);
}

static size_t lines_of(const struct text *text) {
    size_t count = 0;
    for (size_t i = 0; i < text->size; i++) {
        count += text->bytes[i] == '\n' ? 1 : 0;
    }
    return count;
}

static void an_annotation_stands_at_its_line(void **state) {
    struct fixture *f = *state;
    f->sample.result.scenario.path = "a,b:c/100%.yaml";
    f->sample.result.verdict = RESULT_FAIL;
    expect(f, "errors == 0", 3, RESULT_HELD_YES);
    expect(f, "p50 < 1ms", 0, RESULT_HELD_UNDECIDED);
    expect(f, "p99 < 5ms", 14, RESULT_HELD_NO);
    annotate(f);
    assert_string_equal(
        f->text.bytes,
        "::error file=a%2Cb%3Ac/100%25.yaml,line=14,title=100%25%3A p99 < 5ms"
        "::7 ms: because\n"
        "::warning file=a%2Cb%3Ac/100%25.yaml,title=100%25%3A p50 < 1ms"
        "::7 ms: because\n");
}

static void what_passes_has_no_annotation(void **state) {
    struct fixture *f = *state;
    static struct result_audit audit[] = {
        {"it was quiet", false, "it was not"}};
    expect(f, "errors == 0", 3, RESULT_HELD_YES);
    f->sample.result.audit = audit;
    f->sample.result.audit_count = 1;
    annotate(f);
    assert_int_equal(f->text.size, 0);
    f->sample.result.verdict = RESULT_UNDECIDED;
    annotate(f);
    assert_non_null(strstr(f->text.bytes, "title=sample%3A it was quiet"));
}

static void ten_are_shown_and_more_are_folded(void **state) {
    struct fixture *f = *state;
    f->sample.result.verdict = RESULT_FAIL;
    for (unsigned i = 1; i <= ANNOTATIONS_MAX; i++) {
        expect(f, arena_format(f->sample.arena, "p99 < %ums", i), i,
               RESULT_HELD_NO);
    }
    annotate(f);
    assert_int_equal(lines_of(&f->text), ANNOTATIONS_MAX);
    assert_null(strstr(f->text.bytes, " more::"));
    expect(f, "p50 < 1%", 11, RESULT_HELD_NO);
    annotate(f);
    assert_int_equal(lines_of(&f->text), ANNOTATIONS_MAX);
    assert_non_null(strstr(f->text.bytes,
                           "\n::error title=plunge%3A 2 more::sample: p99 < "
                           "10ms; sample: p50 < 1%25\n"));
}

/* ---- JUnit ---------------------------------------------------------------*/

static void each_result_is_a_suite(void **state) {
    struct fixture *f = *state;
    struct result other = f->sample.result;
    const struct result *results[] = {&f->sample.result, &other};
    other.scenario.path = "other.yaml";
    expect(f, "p99 < 5ms", 14, RESULT_HELD_NO);
    junit_write(results, 2, f->sample.arena, &f->text);
    assert_non_null(strstr(f->text.bytes,
                           "<testsuites name=\"plunge\" tests=\"5\" "
                           "failures=\"1\" errors=\"0\" skipped=\"0\" "
                           "time=\"20.000\">\n"
                           " <testsuite name=\"sample\" tests=\"3\" "
                           "failures=\"1\" "));
    assert_non_null(strstr(f->text.bytes, " <testsuite name=\"other\" "
                                          "tests=\"2\" failures=\"0\" "));
    assert_non_null(strstr(
        f->text.bytes,
        "  <testcase classname=\"sample\" name=\"p99 &lt; 5ms\" "
        "file=\"scenarios/sample.yaml\" line=\"14\" time=\"0.000\">\n"
        "   <failure message=\"7 ms: because\" type=\"promise\">p99 &lt; 5ms\n"
        "7 ms: because\n\n"
        "plunge run --seed 7 scenarios/sample.yaml\n</failure>\n"));
}

/* ---- Names ---------------------------------------------------------------*/

static void the_command_is_that_of_the_result(void **state) {
    struct fixture *f = *state;
    static struct result_setting set[] = {
        {"pool.max", "8"},
        {"title", "it's \"$x\""},
    };
    struct result *result = &f->sample.result;
    result->scenario.set = set;
    result->scenario.set_count = 2;
    result->cells[0].under =
        (struct result_under){.given = true, .tool = "memcheck"};
    assert_string_equal(name_of_command(result, f->sample.arena),
                        "plunge run --seed 7 -s pool.max=8 "
                        "-s 'title=it'\\''s \"$x\"' --under memcheck "
                        "scenarios/sample.yaml");
}

static void a_point_has_a_name_of_its_own(void **state) {
    struct fixture *f = *state;
    struct arena *arena = f->sample.arena;
    const char *four =
        name_of_point(sample_add_cell(&f->sample, "pool.max=4", 0), arena);
    const char *direct = name_of_point(
        sample_add_reference(&f->sample, "direct", "pool.max=4", 0), arena);
    assert_string_equal(four, "pool.max=4");
    assert_string_equal(direct, "direct pool.max=4");
    assert_string_equal(name_joined("rush", "", "main", arena), "rush/main");
    assert_string_equal(name_joined("rush", four, "", arena),
                        "rush/pool.max=4");
}

/* A marker ends where the comment does, whatever the scenario is called. */
static void a_marker_cannot_be_ended_by_a_name(void **state) {
    struct fixture *f = *state;
    f->sample.result.scenario.path = "a/b-c--d-->e<f-.yaml";
    markdown_write(&f->sample.result, f->sample.arena, &f->text);
    assert_ptr_equal(strstr(f->text.bytes, "<!-- plunge:b-c_-d_-_e_f_ -->\n"),
                     f->text.bytes);
    text_clear(&f->text);
    f->sample.result.scenario.path = "a/b\xe2\x80\xae"
                                     "c\x1b.yaml";
    markdown_write(&f->sample.result, f->sample.arena, &f->text);
    assert_ptr_equal(strstr(f->text.bytes, "<!-- plunge:b\xef\xbf\xbd"
                                           "c\\x1b -->\n"),
                     f->text.bytes);
}

/* ---- Benchmarks ----------------------------------------------------------*/

static const struct benchmark *benchmark(struct fixture *f,
                                         const char *measure) {
    size_t count = 0;
    const struct benchmark *items =
        benchmark_list(&f->sample.result, f->sample.arena, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(items[i].measure, measure) == 0) {
            return &items[i];
        }
    }
    return NULL;
}

/* Of an even number the worse one of the two in the middle. */
static void a_time_is_the_median_of_the_blocks(void **state) {
    struct fixture *f = *state;
    static const uint64_t p99s[] = {9, 1, 5};
    for (unsigned i = 0; i < 3; i++) {
        struct result_phase *phase =
            &sample_add_cell(&f->sample, "", i + 1)->phases[0];
        phase->latency.p99 = p99s[i];
        phase->throughput_per_s = (double)p99s[i];
    }
    const struct benchmark *p99 = benchmark(f, "p99");
    assert_int_equal(p99->blocks_count, 4);
    assert_true(p99->value == 9 && p99->low == 1 && p99->high == 4000000);
    assert_int_equal(p99->samples, 400000);
    assert_false(p99->bigger_is_better);
    const struct benchmark *throughput = benchmark(f, "throughput");
    assert_true(throughput->bigger_is_better && throughput->value == 5);
}

static void a_count_is_the_most_of_any_block(void **state) {
    struct fixture *f = *state;
    struct result_cell *cell = sample_add_cell(&f->sample, "", 1);
    (void)sample_add_cell(&f->sample, "", 2);
    sample_add_leftover(&f->sample, cell, RESULT_THREAD, 3);
    assert_true(benchmark(f, "left_behind")->value == 3);
    assert_null(benchmark(f, "threads")); /* not measured */
}

static void what_too_few_samples_stand_behind_is_left_out(void **state) {
    struct fixture *f = *state;
    struct result_phase *phase = &f->sample.result.cells[0].phases[0];
    assert_non_null(benchmark(f, "p99.9"));
    phase->latency.count = 9999;
    assert_null(benchmark(f, "p99.9"));
    assert_non_null(benchmark(f, "p99"));
    phase->latency.count = 999;
    assert_null(benchmark(f, "p99"));
    phase->completed_in_window = 999;
    assert_null(benchmark(f, "throughput"));
    phase->measured = false;
    assert_null(benchmark(f, "p50"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(an_expectation_is_a_case_with_its_line),
        TEST(no_two_cases_have_one_name),
        TEST(the_worst_block_decides_of_a_point),
        TEST(a_reference_over_its_limit_fails_nobody),
        TEST(what_is_not_whole_is_an_error),
        TEST(what_is_said_twice_is_told_once),
        TEST(an_annotation_stands_at_its_line),
        TEST(what_passes_has_no_annotation),
        TEST(ten_are_shown_and_more_are_folded),
        TEST(each_result_is_a_suite),
        TEST(the_command_is_that_of_the_result),
        TEST(a_point_has_a_name_of_its_own),
        TEST(a_marker_cannot_be_ended_by_a_name),
        TEST(a_time_is_the_median_of_the_blocks),
        TEST(a_count_is_the_most_of_any_block),
        TEST(what_too_few_samples_stand_behind_is_left_out),
    };
    return SUITE_RUN(tests, argc, argv);
}
