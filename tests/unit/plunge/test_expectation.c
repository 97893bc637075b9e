/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "scenario/expectation.h"

#include <string.h>

#include "base/arena.h"
#include "support/suite.h"

struct fixture {
    struct arena *arena;
    struct expectation_problem problem;
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

static struct expectation parse(struct fixture *f, const char *text) {
    struct expectation expectation = {.text = NULL};
    if (expectation_parse(text, f->arena, &expectation, &f->problem) != 0) {
        fail_msg("%s: at %u: %s", text, f->problem.offset, f->problem.message);
    }
    assert_string_equal(expectation.text, text);
    return expectation;
}

static void assert_refused(struct fixture *f, const char *text, unsigned offset,
                           const char *part) {
    struct expectation expectation = {.text = "untouched"};
    if (expectation_parse(text, f->arena, &expectation, &f->problem) == 0) {
        fail_msg("accepted: %s", text);
    }
    assert_string_equal(expectation.text, "untouched");
    if (strstr(f->problem.message, part) == NULL) {
        fail_msg("%s: %s", text, f->problem.message);
    }
    if (f->problem.offset != offset) {
        fail_msg("%s: at %u, not %u", text, f->problem.offset, offset);
    }
}

static void every_line_of_the_manual_is_understood(void **state) {
    struct fixture *f = *state;
    const char *const lines[] = {
        "errors == 0",
        "throughput in steady >= 0.8 * direct",
        "throughput >= direct",
        "p99 in steady < 50ms",
        "p50 <= 1ms",
        "p90 != 1ms",
        "p99.9 < 1s",
        "p99.99 < 1s",
        "max < 1s",
        "min > 1ns",
        "mean < 3 * null",
        "service.p99.9 in steady < 2ms",
        "service.mean < 2ms",
        "wrong == 0",
        "rejected == 0",
        "completed in steady == 1M",
        "left_behind == nothing",
        "left_behind == 3",
        "left_behind.thread == 0",
        "left_behind.fd == nothing",
        "left_behind == {pool: 1, thread: 3, file: any}",
        "threads <= 7",
        "threads per cycle == 3",
        "fds per cycle <= 0.01",
        "rss < 100MiB",
        "rss per cycle < 1KiB",
        "heap per cycle <= 0B",
        "exhausted == threads",
        "exhausted == fds",
        "exhausted == memory",
        "exhausted == nothing",
        "exhausted_at == predicted",
        "exhausted_at > 10",
        "error == \"can't start new thread\"",
        "error != 'can''t'",
        "duration < 20s",
        "instructions < 12.5k",
        "allocations <= 0.01",
        "syscalls < 1",
        "context_switches < 0.5",
        "p99 in steady not worse than baseline by 5%",
        "left_behind not worse than baseline by 0%",
        "throughput>=50k/s",
        "  p99<1ms  ",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        (void)parse(f, lines[i]);
    }
}

static void a_value_is_in_base_units(void **state) {
    struct fixture *f = *state;
    struct expectation e = parse(f, "p99.9 in steady <= 1.5ms");
    assert_int_equal(e.metric, EXPECTATION_LATENCY);
    assert_int_equal(e.statistic, EXPECTATION_P99_9);
    assert_int_equal(e.op, EXPECTATION_LE);
    assert_int_equal(e.operand, EXPECTATION_VALUE);
    assert_true(e.value == 1.5e6);
    assert_string_equal(e.phase, "steady");
    assert_int_equal(e.line, 0);
    assert_true(parse(f, "throughput > 50k/s").value == 50000);
    assert_true(parse(f, "rss > 1KiB").value == 1024);
    assert_true(parse(f, "errors != 2k").value == 2000);
    assert_true(parse(f, "allocations < 2.5").value == 2.5);
}

static void latency_and_service_are_two(void **state) {
    struct fixture *f = *state;
    assert_int_equal(parse(f, "max < 1s").metric, EXPECTATION_LATENCY);
    assert_int_equal(parse(f, "max < 1s").statistic, EXPECTATION_MAX);
    assert_int_equal(parse(f, "service.max < 1s").metric, EXPECTATION_SERVICE);
    assert_int_equal(parse(f, "service.max < 1s").statistic, EXPECTATION_MAX);
}

static void a_subject_has_a_factor(void **state) {
    struct fixture *f = *state;
    struct expectation e = parse(f, "throughput >= 0.8 * direct");
    assert_int_equal(e.operand, EXPECTATION_SUBJECT);
    assert_int_equal(e.subject, SCENARIO_DIRECT);
    assert_true(e.value == 0.8);
    e = parse(f, "p99 <= null");
    assert_int_equal(e.subject, SCENARIO_NULL);
    assert_true(e.value == 1);
    assert_int_equal(parse(f, "p50 <= 0.25 * uvwork").subject, SCENARIO_UVWORK);
}

static void a_slope_is_per_cycle(void **state) {
    struct fixture *f = *state;
    const struct expectation e = parse(f, "threads per cycle == 0.5");
    assert_true(e.per_cycle);
    assert_int_equal(e.metric, EXPECTATION_THREADS);
    assert_true(e.value == 0.5);
    assert_false(parse(f, "threads == 5").per_cycle);
    assert_refused(f, "threads == 0.5", 11, "expected a count");
    assert_refused(f, "errors per cycle == 1", 7,
                   "errors has no \"per cycle\"");
}

static void kinds_are_listed_with_counts(void **state) {
    struct fixture *f = *state;
    const struct expectation e =
        parse(f, "left_behind == {pool: 1, thread: any}");
    assert_int_equal(e.operand, EXPECTATION_MAP);
    assert_int_equal(e.kinds_count, 2);
    assert_int_equal(e.kinds[0].kind, RESULT_POOL);
    assert_int_equal(e.kinds[0].count, 1);
    assert_int_equal(e.kinds[1].kind, RESULT_THREAD);
    assert_true(e.kinds[1].count == EXPECTATION_ANY);
    assert_false(e.kind_given);
    const struct expectation one = parse(f, "left_behind.thread == 3");
    assert_true(one.kind_given);
    assert_int_equal(one.kind, RESULT_THREAD);
}

static void words_and_resources_are_kept(void **state) {
    struct fixture *f = *state;
    struct expectation e = parse(f, "exhausted == threads");
    assert_int_equal(e.operand, EXPECTATION_RESOURCE);
    assert_string_equal(e.word, "threads");
    e = parse(f, "error == \"say \\\"can't\\\"\"");
    assert_int_equal(e.operand, EXPECTATION_WORDS);
    assert_string_equal(e.word, "say \"can't\"");
    e = parse(f, "error == 'can''t'");
    assert_string_equal(e.word, "can't");
    e = parse(f, "exhausted == nothing");
    assert_int_equal(e.operand, EXPECTATION_NOTHING);
    e = parse(f, "exhausted_at == predicted");
    assert_int_equal(e.operand, EXPECTATION_PREDICTED);
}

static void a_baseline_has_a_share(void **state) {
    struct fixture *f = *state;
    const struct expectation e =
        parse(f, "p99 in steady not worse than baseline by 2.5%");
    assert_int_equal(e.operand, EXPECTATION_BASELINE);
    assert_true(e.value == 0.025);
    assert_refused(f, "p99 not worse than baseline by 5", 31, "a share");
    assert_refused(f, "exhausted not worse than baseline by 5%", 10,
                   "not compared with a baseline");
}

static void a_phase_may_be_called_like_anything(void **state) {
    struct fixture *f = *state;
    assert_string_equal(parse(f, "p99 in not < 1s").phase, "not");
    assert_string_equal(parse(f, "p99 in in < 1s").phase, "in");
    assert_string_equal(parse(f, "p99 in ramp-up_2 < 1s").phase, "ramp-up_2");
}

static void what_cannot_be_ordered_is_equal_or_not(void **state) {
    struct fixture *f = *state;
    assert_refused(f, "exhausted < threads", 10, "expected == or !=");
    assert_refused(f, "left_behind >= {pool: 1}", 12, "expected == or !=");
    assert_refused(f, "left_behind > nothing", 12, "expected == or !=");
    assert_refused(f, "error <= \"x\"", 6, "expected == or !=");
    (void)parse(f, "left_behind != nothing");
    (void)parse(f, "exhausted_at <= predicted");
}

static void a_metric_takes_only_what_it_is_measured_in(void **state) {
    struct fixture *f = *state;
    assert_refused(f, "p99 < 50", 6, "a duration such as 50ms");
    assert_refused(f, "p99 < 50k/s", 6, "a duration such as 50ms");
    assert_refused(f, "throughput > 50k", 13, "a rate such as 50k/s");
    assert_refused(f, "rss < 5", 6, "a size such as 64MiB");
    assert_refused(f, "errors == 1.5", 10, "a count such as 10k");
    assert_refused(f, "errors == nothing", 10, "a count such as 10k");
    assert_refused(f, "errors == 18446744073709551616", 10, "a count");
    assert_refused(f, "exhausted == 3", 13, "threads, fds, memory or nothing");
    assert_refused(f, "error == 3", 9, "a quoted text");
    assert_refused(f, "p99 == predicted", 7, "a duration");
    assert_refused(f, "p99 == -5ms", 7, "got \"-5ms\"");
}

static void an_offset_counts_characters(void **state) {
    struct fixture *f = *state;
    assert_refused(f, "error == \"\xc3\xa9\xc3\xa9\" x", 14,
                   "the end of the line, got \"x\"");
    assert_refused(f, "p99 \xe2\x89\xa4 3ms", 4, "an operator");
    assert_string_equal(f->problem.advice, "did you mean \"<=\"?");
}

static void a_line_that_breaks_off_is_refused(void **state) {
    struct fixture *f = *state;
    assert_refused(f, "", 0, "a metric such as p99, got the end");
    assert_refused(f, "p99", 3, "an operator");
    assert_refused(f, "p99 in", 6, "the name of a phase");
    assert_refused(f, "p99 <", 5, "a duration");
    assert_refused(f, "throughput > 0.8 *", 18, "got the end of the line");
    assert_refused(f, "threads per", 11, "\"cycle\"");
    assert_refused(f, "left_behind == {", 16, "a kind");
    assert_refused(f, "left_behind == {pool", 20, "\":\"");
    assert_refused(f, "left_behind == {pool:", 21, "a count such as 3, or any");
    assert_refused(f, "left_behind == {pool: 1", 23, "\"}\"");
    assert_refused(f, "left_behind == {pool: 1,", 24, "a kind");
    assert_refused(f, "left_behind == {}", 16, "a kind");
    assert_refused(f, "error == \"open", 9, "a quoted text");
    assert_refused(f, "p99 not worse", 13, "\"not worse than baseline by\"");
}

static void a_near_miss_is_suggested(void **state) {
    struct fixture *f = *state;
    assert_refused(f, "thrughput > 1/s", 0, "unknown metric");
    assert_string_equal(f->problem.advice, "did you mean \"throughput\"?");
    assert_refused(f, "p999 < 1s", 0, "unknown metric");
    assert_string_equal(f->problem.advice, "did you mean \"p99\"?");
    assert_refused(f, "left_behind.treads == 1", 0, "unknown metric");
    assert_string_equal(f->problem.advice,
                        "did you mean \"left_behind.thread\"?");
    assert_refused(f, "errors = 0", 7, "an operator");
    assert_string_equal(f->problem.advice, "did you mean \"==\"?");
    assert_refused(f, "left_behind == nothin", 15, "nothing");
    assert_string_equal(f->problem.advice, "did you mean \"nothing\"?");
    assert_refused(f, "left_behind == {thraed: 1}", 16, "a kind");
    assert_string_equal(f->problem.advice, "did you mean \"thread\"?");
}

static void operators_have_their_names(void **state) {
    (void)state;
    assert_string_equal(expectation_operator_name(EXPECTATION_EQ), "==");
    assert_string_equal(expectation_operator_name(EXPECTATION_NE), "!=");
    assert_string_equal(expectation_operator_name(EXPECTATION_LT), "<");
    assert_string_equal(expectation_operator_name(EXPECTATION_LE), "<=");
    assert_string_equal(expectation_operator_name(EXPECTATION_GT), ">");
    assert_string_equal(expectation_operator_name(EXPECTATION_GE), ">=");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(every_line_of_the_manual_is_understood),
        TEST(a_value_is_in_base_units),
        TEST(latency_and_service_are_two),
        TEST(a_subject_has_a_factor),
        TEST(a_slope_is_per_cycle),
        TEST(kinds_are_listed_with_counts),
        TEST(words_and_resources_are_kept),
        TEST(a_baseline_has_a_share),
        TEST(a_phase_may_be_called_like_anything),
        TEST(what_cannot_be_ordered_is_equal_or_not),
        TEST(a_metric_takes_only_what_it_is_measured_in),
        TEST(an_offset_counts_characters),
        TEST(a_line_that_breaks_off_is_refused),
        TEST(a_near_miss_is_suggested),
        cmocka_unit_test(operators_have_their_names),
    };
    return SUITE_RUN(tests, argc, argv);
}
