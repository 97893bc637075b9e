/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "verdict/instrumented.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "support/judged.h"
#include "support/suite.h"
#include "verdict/judge.h"

static struct result_cell *put_under(struct sample *sample, const char *tool,
                                     bool finds, const char *scaling) {
    struct result_cell *cell = &sample->result.cells[0];
    cell->under = (struct result_under){
        .given = true,
        .tool = tool,
        .finds = finds,
        .divisor = 20,
        .scaling = scaling,
    };
    return cell;
}

static void find(struct sample *sample, struct result_cell *cell) {
    cell->findings = arena_alloc(sample->arena, sizeof *cell->findings);
    cell->findings_count = 1;
    cell->findings[0] = (struct result_finding){
        .tool = "memcheck", .kind = "InvalidRead", .text = "Invalid read"};
}

static struct expectation about(enum expectation_metric metric,
                                enum expectation_operator op, double value) {
    return (struct expectation){.metric = metric,
                                .op = op,
                                .operand = EXPECTATION_VALUE,
                                .value = value};
}

static enum result_verdict verdict(struct sample *sample) {
    (void)judge(sample, no_errors);
    return sample->result.verdict;
}

/* The last line, which nobody has written. */
static const struct result_expectation *no_findings(struct sample *sample) {
    const struct result *result = &sample->result;
    const struct result_expectation *last =
        &result->expectations[result->expectations_count - 1];
    assert_string_equal(last->text, "no findings");
    assert_int_equal(last->line, 0);
    return last;
}

static void times_memory_and_descriptors_are_left_open(void **state) {
    struct sample *sample = *state;
    static const enum expectation_metric metrics[] = {
        EXPECTATION_THROUGHPUT, EXPECTATION_LATENCY, EXPECTATION_SERVICE,
        EXPECTATION_DURATION,   EXPECTATION_RSS,     EXPECTATION_HEAP,
        EXPECTATION_FDS,
    };
    struct result_cell *cell = put_under(sample, "memcheck", true, NULL);
    cell->resources.peak = (struct result_usage){1, 1, 1, 1};
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        const struct expectation expectation =
            about(metrics[i], EXPECTATION_GE, 0);
        cell->under.given = false;
        assert_int_equal(held(sample, expectation), RESULT_HELD_YES);
        cell->under.given = true;
        const struct result_expectation *open = judge(sample, expectation);
        assert_int_equal(open->held, RESULT_HELD_UNDECIDED);
        assert_contains(open->why, "memcheck");
        assert_int_equal(sample->result.verdict, RESULT_UNDECIDED);
    }
}

/* callgrind counts the program's own, massif does not touch the heap's count.
 */
static void counts_of_the_load_as_it_is_written_stand(void **state) {
    struct sample *sample = *state;
    struct result_cell *cell = put_under(sample, "callgrind", false, NULL);
    cell->cost = (struct result_cost){9200, 5, 0.01, 0.1};
    const struct expectation instructions =
        about(EXPECTATION_INSTRUCTIONS, EXPECTATION_LT, 10000);
    const struct expectation allocations =
        about(EXPECTATION_ALLOCATIONS, EXPECTATION_EQ, 5);
    assert_int_equal(held(sample, instructions), RESULT_HELD_YES);
    assert_int_equal(held(sample, allocations), RESULT_HELD_YES);
    assert_int_equal(
        held(sample, about(EXPECTATION_SYSCALLS, EXPECTATION_LT, 1)),
        RESULT_HELD_UNDECIDED);
    assert_int_equal(
        held(sample, about(EXPECTATION_CONTEXT_SWITCHES, EXPECTATION_LT, 1)),
        RESULT_HELD_UNDECIDED);
    cell->under.scaling = "load.main.in_flight 10,000 -> 200";
    assert_int_equal(held(sample, instructions), RESULT_HELD_UNDECIDED);
    assert_int_equal(held(sample, allocations), RESULT_HELD_UNDECIDED);
}

static void a_phase_without_samples_is_open_too(void **state) {
    struct sample *sample = *state;
    struct result_cell *cell = put_under(sample, "memcheck", true, NULL);
    cell->phases[0].latency.count = 0;
    assert_int_equal(held(sample, p99_below_5_ms), RESULT_HELD_UNDECIDED);
}

static void answers_leftovers_and_threads_stand(void **state) {
    struct sample *sample = *state;
    struct result_cell *cell =
        put_under(sample, "helgrind", true, "cycles 100 -> 20");
    cell->resources.peak.threads = 6;
    assert_int_equal(held(sample, no_errors), RESULT_HELD_YES);
    assert_int_equal(held(sample, nothing_left), RESULT_HELD_YES);
    assert_int_equal(
        held(sample, about(EXPECTATION_THREADS, EXPECTATION_EQ, 6)),
        RESULT_HELD_YES);
    assert_int_equal(sample->result.verdict, RESULT_PASS);
    sample_add_leftover(sample, cell, RESULT_THREAD, 1);
    assert_int_equal(held(sample, nothing_left), RESULT_HELD_NO);
    cell->phases[0].completed -= 1;
    cell->phases[0].failed += 1;
    assert_int_equal(held(sample, no_errors), RESULT_HELD_NO);
}

static void slopes_of_descriptors_stand(void **state) {
    struct sample *sample = *state;
    struct result_cell *cell = put_under(sample, "drd", true, NULL);
    struct expectation expectation = about(EXPECTATION_FDS, EXPECTATION_EQ, 0);
    expectation.per_cycle = true;
    sample_add_slope(sample, cell, "fds", 0);
    assert_int_equal(held(sample, expectation), RESULT_HELD_YES);
}

/* `completed == 100k` means what it says: of a smaller load nobody knows. */
static void counts_of_a_smaller_load_are_left_open_but_for_none(void **state) {
    struct sample *sample = *state;
    struct result_cell *cell = put_under(sample, "memcheck", true, NULL);
    const struct expectation all =
        about(EXPECTATION_COMPLETED, EXPECTATION_EQ, 100000);
    assert_int_equal(held(sample, all), RESULT_HELD_YES);
    cell->under.scaling = "load.main.lookups 1,000,000 -> 100,000";
    const struct result_expectation *open = judge(sample, all);
    assert_int_equal(open->held, RESULT_HELD_UNDECIDED);
    assert_contains(open->why, "1,000,000 -> 100,000");
    assert_int_equal(held(sample, about(EXPECTATION_ERRORS, EXPECTATION_LE, 9)),
                     RESULT_HELD_UNDECIDED);
    assert_int_equal(held(sample, about(EXPECTATION_WRONG, EXPECTATION_EQ, 0)),
                     RESULT_HELD_YES);
    assert_int_equal(
        held(sample, about(EXPECTATION_COMPLETED, EXPECTATION_GT, 0)),
        RESULT_HELD_YES);
}

static void a_finding_fails_a_run_of_which_all_else_holds(void **state) {
    struct sample *sample = *state;
    struct result_cell *cell = put_under(sample, "memcheck", true, NULL);
    assert_int_equal(verdict(sample), RESULT_PASS);
    assert_int_equal(no_findings(sample)->held, RESULT_HELD_YES);
    find(sample, cell);
    assert_int_equal(verdict(sample), RESULT_FAIL);
    assert_int_equal(no_findings(sample)->held, RESULT_HELD_NO);
    assert_string_equal(no_findings(sample)->measured, "1 finding");
    assert_contains(no_findings(sample)->why, "memcheck: Invalid read");
}

/* A sanitizer's, where no tool was asked for; and a reference's. */
static void it_fails_whatever_found_it(void **state) {
    struct sample *sample = *state;
    find(sample, &sample->result.cells[0]);
    assert_int_equal(verdict(sample), RESULT_FAIL);
    sample->result.cells[0].findings_count = 0;
    assert_int_equal(verdict(sample), RESULT_PASS);
    assert_int_equal(sample->result.expectations_count, 1);
    find(sample, sample_add_reference(sample, "direct", "", 0));
    assert_int_equal(verdict(sample), RESULT_FAIL);
}

/* A crash comes first, and its finding is told all the same. */
static void a_crash_with_a_finding_is_an_error(void **state) {
    struct sample *sample = *state;
    struct result_cell *cell = put_under(sample, "memcheck", true, NULL);
    cell->outcome.state = RESULT_CRASHED;
    assert_int_equal(verdict(sample), RESULT_ERROR);
    assert_int_equal(no_findings(sample)->held, RESULT_HELD_UNDECIDED);
    find(sample, cell);
    assert_int_equal(verdict(sample), RESULT_ERROR);
    assert_int_equal(no_findings(sample)->held, RESULT_HELD_NO);
}

static void what_finds_nothing_proves_nothing(void **state) {
    struct sample *sample = *state;
    (void)put_under(sample, "callgrind", false, NULL);
    assert_int_equal(verdict(sample), RESULT_PASS);
    assert_int_equal(sample->result.expectations_count, 1);
}

static void the_audit_says_whose_the_times_are(void **state) {
    struct sample *sample = *state;
    (void)put_under(sample, "massif", false, NULL);
    assert_int_equal(verdict(sample), RESULT_PASS);
    const struct result *result = &sample->result;
    const struct result_audit *last = &result->audit[result->audit_count - 1];
    assert_string_equal(last->check, "times are the program's own");
    assert_string_equal(last->detail, "measured under massif");
    assert_false(last->ok);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        JUDGED_TEST(times_memory_and_descriptors_are_left_open),
        JUDGED_TEST(counts_of_the_load_as_it_is_written_stand),
        JUDGED_TEST(a_phase_without_samples_is_open_too),
        JUDGED_TEST(answers_leftovers_and_threads_stand),
        JUDGED_TEST(slopes_of_descriptors_stand),
        JUDGED_TEST(counts_of_a_smaller_load_are_left_open_but_for_none),
        JUDGED_TEST(a_finding_fails_a_run_of_which_all_else_holds),
        JUDGED_TEST(it_fails_whatever_found_it),
        JUDGED_TEST(a_crash_with_a_finding_is_an_error),
        JUDGED_TEST(what_finds_nothing_proves_nothing),
        JUDGED_TEST(the_audit_says_whose_the_times_are),
    };
    return SUITE_RUN(tests, argc, argv);
}
