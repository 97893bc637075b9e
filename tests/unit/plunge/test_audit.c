/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "support/suite.h"

#include <string.h>

#include "base/arena.h"
#include "support/sample.h"
#include "verdict/audit.h"
#include "verdict/judge.h"

static bool audit(struct sample *sample) {
    return audit_result(&sample->scenario, sample->arena, &sample->result);
}

/* NULL: there is no such check. */
static const struct result_audit *find_check(const struct sample *sample,
                                             const char *check) {
    for (size_t i = 0; i < sample->result.audit_count; i++) {
        if (strcmp(sample->result.audit[i].check, check) == 0) {
            return &sample->result.audit[i];
        }
    }
    return NULL;
}

static void assert_check(const struct sample *sample, const char *check,
                         bool ok, const char *detail) {
    const struct result_audit *found = find_check(sample, check);
    assert_non_null(found);
    assert_string_equal(found->detail, detail);
    assert_int_equal(found->ok, ok);
}

static struct expectation
about_percentile(enum expectation_metric metric,
                 enum expectation_statistic statistic) {
    return (struct expectation){
        .text = "a percentile",
        .metric = metric,
        .statistic = statistic,
        .op = EXPECTATION_LT,
        .operand = EXPECTATION_VALUE,
        .value = 1e12,
    };
}

static void expect(struct sample *sample, struct expectation expectation) {
    struct scenario *scenario = &sample->scenario;
    scenario->expectations = arena_more(sample->arena, scenario->expectations,
                                        scenario->expectations_count,
                                        sizeof *scenario->expectations);
    scenario->expectations[scenario->expectations_count++] = expectation;
}

static void a_good_run_is_trusted(void **state) {
    struct sample *sample = *state;
    sample_add_reference(sample, "direct", "", 0);
    assert_true(audit(sample));
    assert_int_equal(sample->result.audit_count, 2);
    assert_check(sample, "requests add up", true, "in 2 of 2 cells");
    assert_check(sample, "ledger observers agree", true, "in 2 of 2 cells");
}

static void requests_must_add_up_in_every_phase(void **state) {
    struct sample *sample = *state;
    static const size_t counters[] = {
        offsetof(struct result_phase, submitted),
        offsetof(struct result_phase, completed),
        offsetof(struct result_phase, failed),
        offsetof(struct result_phase, rejected),
        offsetof(struct result_phase, cancelled),
    };
    sample_add_phase(sample, &sample->result.cells[0], "second");
    struct result_phase *second = &sample->result.cells[0].phases[1];
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++) {
        uint64_t *counter = (uint64_t *)((char *)second + counters[i]);
        *counter += 1;
        assert_false(audit(sample));
        assert_false(find_check(sample, "requests add up")->ok);
        *counter -= 1;
        assert_true(audit(sample));
    }
}

static void what_does_not_add_up_is_named(void **state) {
    struct sample *sample = *state;
    sample_add_cell(sample, "pool.max=8", 2)->phases[0].completed = 7;
    sample_add_cell(sample, "pool.max=9", 2)->phases[0].completed = 8;
    assert_false(audit(sample));
    assert_check(sample, "requests add up", false,
                 "pool.max=8, block 2: 100,000 requests of main were "
                 "submitted, 7 are accounted for; and in 1 more cells");
}

static void more_wrong_answers_than_answers_do_not_add_up(void **state) {
    struct sample *sample = *state;
    sample->result.cells[0].phases[0].wrong = 100000;
    assert_true(audit(sample));
    sample->result.cells[0].phases[0].wrong = 100001;
    assert_false(audit(sample));
}

static void requests_that_were_not_counted_do_not_add_up(void **state) {
    struct sample *sample = *state;
    struct result_phase *phase = &sample->result.cells[0].phases[0];
    phase->submitted = RESULT_UNKNOWN;
    phase->completed = RESULT_UNKNOWN;
    assert_false(audit(sample));
    assert_check(sample, "requests add up", false,
                 "block 0: the requests of main were not counted");
}

static void a_disputed_ledger_is_not_trusted(void **state) {
    struct sample *sample = *state;
    sample->result.cells[0].ledger_disputed = "4 threads, /proc shows 5";
    assert_false(audit(sample));
    assert_check(sample, "ledger observers agree", false,
                 "block 0: 4 threads, /proc shows 5");
}

static void cells_that_did_not_complete_are_not_audited(void **state) {
    struct sample *sample = *state;
    struct result_cell *cell = sample_add_cell(sample, "", 1);
    cell->outcome.state = RESULT_INTERRUPTED;
    cell->phases[0].completed = 7;
    cell->ledger_disputed = "it was in the middle of it";
    assert_true(audit(sample));
    assert_check(sample, "requests add up", true, "in 1 of 2 cells");
    sample->result.cells[0].outcome.state = RESULT_CRASHED;
    assert_true(audit(sample));
    assert_int_equal(sample->result.audit_count, 0);
}

static void a_percentile_needs_ten_samples_beyond_it(void **state) {
    struct sample *sample = *state;
    static const struct {
        enum expectation_statistic statistic;
        uint64_t needed;
        const char *check;
        const char *detail;
    } rows[] = {
        {EXPECTATION_P50, 20, "enough samples for p50",
         "20 needed, 20 at least (block 0)"},
        {EXPECTATION_P90, 100, "enough samples for p90",
         "100 needed, 100 at least (block 0)"},
        {EXPECTATION_P99, 1000, "enough samples for p99",
         "1,000 needed, 1,000 at least (block 0)"},
        {EXPECTATION_P99_9, 10000, "enough samples for p99.9",
         "10,000 needed, 10,000 at least (block 0)"},
        {EXPECTATION_P99_99, 100000, "enough samples for p99.99",
         "100,000 needed, 100,000 at least (block 0)"},
    };
    struct result_latency *latency = &sample->result.cells[0].phases[0].latency;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sample->scenario.expectations_count = 0;
        expect(sample,
               about_percentile(EXPECTATION_LATENCY, rows[i].statistic));
        latency->count = rows[i].needed;
        judge_result(&sample->scenario, sample->arena, &sample->result);
        assert_check(sample, rows[i].check, true, rows[i].detail);
        assert_int_equal(sample->result.expectations[0].held, RESULT_HELD_YES);
        assert_int_equal(sample->result.verdict, RESULT_PASS);

        latency->count = rows[i].needed - 1;
        judge_result(&sample->scenario, sample->arena, &sample->result);
        assert_false(find_check(sample, rows[i].check)->ok);
        assert_int_equal(sample->result.expectations[0].held,
                         RESULT_HELD_UNDECIDED);
        assert_int_equal(sample->result.verdict, RESULT_UNDECIDED);
    }
}

static void extremes_and_means_need_no_number_of_samples(void **state) {
    struct sample *sample = *state;
    sample->result.cells[0].phases[0].latency.count = 1;
    expect(sample, about_percentile(EXPECTATION_LATENCY, EXPECTATION_MIN));
    expect(sample, about_percentile(EXPECTATION_LATENCY, EXPECTATION_MAX));
    expect(sample, about_percentile(EXPECTATION_LATENCY, EXPECTATION_MEAN));
    judge_result(&sample->scenario, sample->arena, &sample->result);
    assert_int_equal(sample->result.audit_count, 2);
    assert_int_equal(sample->result.verdict, RESULT_PASS);
}

static void each_latency_and_phase_has_its_own_samples(void **state) {
    struct sample *sample = *state;
    struct result_cell *cell = &sample->result.cells[0];
    sample_add_phase(sample, cell, "second")->latency.count = 999;
    cell->phases[0].service.count = 998;
    struct expectation expectation =
        about_percentile(EXPECTATION_LATENCY, EXPECTATION_P99);
    expectation.phase = "main";
    expect(sample, expectation);
    expect(sample, expectation);
    expectation.phase = "second";
    expect(sample, expectation);
    expectation.metric = EXPECTATION_SERVICE;
    expectation.phase = "main";
    expect(sample, expectation);
    /* Too few samples leave an expectation open, and nothing else. */
    assert_true(audit(sample));
    assert_int_equal(sample->result.audit_count, 5);
    assert_check(sample, "enough samples for p99 in main", true,
                 "1,000 needed, 100,000 at least (block 0)");
    assert_check(sample, "enough samples for p99 in second", false,
                 "1,000 needed, 999 at least (block 0)");
    assert_check(sample, "enough samples for service.p99 in main", false,
                 "1,000 needed, 998 at least (block 0)");
}

static void references_need_samples_where_they_are_compared_with(void **state) {
    struct sample *sample = *state;
    sample_add_reference(sample, "direct", "", 0)->phases[0].latency.count = 5;
    struct expectation expectation =
        about_percentile(EXPECTATION_LATENCY, EXPECTATION_P99);
    expect(sample, expectation);
    judge_result(&sample->scenario, sample->arena, &sample->result);
    assert_check(sample, "enough samples for p99", true,
                 "1,000 needed, 100,000 at least (block 0)");
    assert_int_equal(sample->result.verdict, RESULT_PASS);

    sample->scenario.expectations[0].operand = EXPECTATION_SUBJECT;
    sample->scenario.expectations[0].subject = SCENARIO_DIRECT;
    judge_result(&sample->scenario, sample->arena, &sample->result);
    assert_check(sample, "enough samples for p99", false,
                 "1,000 needed, 5 at least (direct, block 0)");
    assert_int_equal(sample->result.verdict, RESULT_UNDECIDED);
}

static void the_machine_is_told_of_and_does_not_cost_trust(void **state) {
    struct sample *sample = *state;
    struct result_cell *cell = &sample->result.cells[0];
    cell->noise = (struct result_noise){.given = true,
                                        .duration_s = 10,
                                        .steal = 0.2,
                                        .others = 0.5,
                                        .pressure = 0.5,
                                        .clock_step_s = 3};
    cell->phases[0].in_flight_mean = 1e9;
    cell->phases[0].service.mean = 1e6;
    cell->cycles.completed = 1;
    assert_true(audit(sample));
    assert_int_equal(sample->result.audit_count, 6);
    assert_false(find_check(sample, "Little's law holds")->ok);
    assert_false(find_check(sample, "no other machine took time")->ok);
    assert_false(find_check(sample, "no other process took time")->ok);
    assert_check(sample, "the clock was not set", false,
                 "block 0: the wall clock was set ahead by 3.000 s");
    cell->noise = (struct result_noise){.given = true, .duration_s = 10};
    cell->phases[0].in_flight_mean = 10;
    assert_true(audit(sample));
    assert_check(sample, "Little's law holds", true, "in 1 of 1 cells");
    assert_check(sample, "the clock was not set", true, "in 1 of 1 cells");
}

static void a_phase_that_never_is_steady_leaves_times_open(void **state) {
    struct sample *sample = *state;
    struct result_phase *phase = &sample->result.cells[0].phases[0];
    phase->steady =
        (struct result_steady){.wanted = true, .why = "never steady: it rises"};
    expect(sample, about_percentile(EXPECTATION_LATENCY, EXPECTATION_P99));
    expect(sample, (struct expectation){.text = "errors == 0",
                                        .metric = EXPECTATION_ERRORS,
                                        .op = EXPECTATION_EQ,
                                        .operand = EXPECTATION_VALUE});
    judge_result(&sample->scenario, sample->arena, &sample->result);
    assert_check(sample, "steady where it is to be", false,
                 "block 0: main: never steady: it rises");
    const struct result_expectation *expectations = sample->result.expectations;
    assert_int_equal(expectations[0].held, RESULT_HELD_UNDECIDED);
    assert_string_equal(expectations[0].why,
                        "not decided: never steady: it rises");
    assert_int_equal(expectations[1].held, RESULT_HELD_YES);
    assert_int_equal(sample->result.verdict, RESULT_UNDECIDED);
    sample->scenario.expectations[0].phase = "main"; /* the same by name */
    judge_result(&sample->scenario, sample->arena, &sample->result);
    assert_int_equal(sample->result.expectations[0].held,
                     RESULT_HELD_UNDECIDED);
    phase->steady.found = true;
    judge_result(&sample->scenario, sample->arena, &sample->result);
    assert_int_equal(sample->result.verdict, RESULT_PASS);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, sample_setup, sample_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_good_run_is_trusted),
        TEST(requests_must_add_up_in_every_phase),
        TEST(what_does_not_add_up_is_named),
        TEST(more_wrong_answers_than_answers_do_not_add_up),
        TEST(requests_that_were_not_counted_do_not_add_up),
        TEST(a_disputed_ledger_is_not_trusted),
        TEST(cells_that_did_not_complete_are_not_audited),
        TEST(a_percentile_needs_ten_samples_beyond_it),
        TEST(extremes_and_means_need_no_number_of_samples),
        TEST(each_latency_and_phase_has_its_own_samples),
        TEST(the_machine_is_told_of_and_does_not_cost_trust),
        TEST(a_phase_that_never_is_steady_leaves_times_open),
        TEST(references_need_samples_where_they_are_compared_with),
    };
    return SUITE_RUN(tests, argc, argv);
}
