/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "verdict/baseline.h"

#include <string.h>

#include "base/arena.h"
#include "scenario/expectation.h"
#include "support/judged.h"
#include "support/sample.h"
#include "support/suite.h"
#include "verdict/judge.h"

enum { BLOCKS = 12 };

struct fixture {
    struct sample base;
    struct sample run;
    struct result_fact facts[1];
};

/* Blocks that differ by a thousandth from one to the next. */
static void fill(struct fixture *f, struct sample *sample) {
    sample_init(sample);
    sample->result.environment = f->facts;
    sample->result.environment_count = 1;
    for (unsigned block = 0; block < BLOCKS; block++) {
        struct result_cell *cell = block == 0
                                       ? &sample->result.cells[0]
                                       : sample_add_cell(sample, "", block);
        cell->phases[0].latency.p99 = 4000000 + (block * 5) % 7 * 4000;
    }
}

static int set_up(void **state) {
    static struct fixture f;
    f.facts[0] = (struct result_fact){.name = "boot_id", .text = "b"};
    fill(&f, &f.base);
    fill(&f, &f.run);
    *state = &f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    sample_fini(&f->base);
    sample_fini(&f->run);
    return 0;
}

static const struct expectation p99_by_5_percent = {
    .text = "p99 not worse than baseline by 5%",
    .metric = EXPECTATION_LATENCY,
    .statistic = EXPECTATION_P99,
    .operand = EXPECTATION_BASELINE,
    .value = 0.05,
};

static const struct result_expectation *judge_by(struct fixture *f,
                                                 struct expectation expected) {
    const struct baseline baseline = {
        .result = &f->base.result, .path = "saved", .tolerance = 0.05};
    f->run.scenario.expectations = &expected;
    f->run.scenario.expectations_count = expected.text == NULL ? 0 : 1;
    judge_result_beside(&f->run.scenario, &baseline, f->run.arena,
                        &f->run.result);
    assert_int_equal(f->run.result.expectations_count, 1);
    return &f->run.result.expectations[0];
}

static void slower(struct fixture *f, double factor) {
    for (size_t i = 0; i < BLOCKS; i++) {
        struct result_latency *latency =
            &f->run.result.cells[i].phases[0].latency;
        latency->p99 = (uint64_t)((double)latency->p99 * factor);
    }
}

static void what_is_no_worse_holds(void **state) {
    struct fixture *f = *state;
    const struct result_expectation *expected = judge_by(f, p99_by_5_percent);
    assert_int_equal(expected->held, RESULT_HELD_YES);
    assert_string_equal(expected->measured, "not worse");
    assert_contains(expected->why, "ms beside 4.0");
    assert_int_equal(f->run.result.verdict, RESULT_PASS);
    assert_true(f->run.result.comparison.given);
    assert_string_equal(f->run.result.comparison.base.path, "saved");
    assert_null(f->run.result.comparison.newer.started_at);
}

static void what_is_worse_fails_the_run(void **state) {
    struct fixture *f = *state;
    slower(f, 1.1);
    const struct result_expectation *expected = judge_by(f, p99_by_5_percent);
    assert_int_equal(expected->held, RESULT_HELD_NO);
    assert_string_equal(expected->measured, "worse");
    assert_contains(expected->why, "+10.0 % (+");
    assert_int_equal(f->run.result.verdict, RESULT_FAIL);
}

/* The share is that of the line, not that of the comparison. */
static void each_line_has_its_own_share(void **state) {
    struct fixture *f = *state;
    struct expectation wide = p99_by_5_percent;
    wide.value = 0.2;
    slower(f, 1.1);
    assert_int_equal(judge_by(f, wide)->held, RESULT_HELD_YES);
}

/* Nobody minds that it may be even better. */
static void the_better_end_is_of_no_account(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < BLOCKS; i += 2) {
        f->run.result.cells[i].phases[0].latency.p99 = 3000000;
    }
    const struct result_expectation *expected = judge_by(f, p99_by_5_percent);
    assert_int_equal(expected->held, RESULT_HELD_YES);
}

static void what_is_not_decided_leaves_the_run_open(void **state) {
    struct fixture *f = *state;
    slower(f, 1.049);
    const struct result_expectation *near = judge_by(f, p99_by_5_percent);
    assert_int_equal(near->held, RESULT_HELD_UNDECIDED);
    assert_contains(near->why, "more blocks");
    assert_int_equal(f->run.result.verdict, RESULT_UNDECIDED);
    f->facts[0].name = "nobody knows";
    const struct result_expectation *elsewhere = judge_by(f, p99_by_5_percent);
    assert_int_equal(elsewhere->held, RESULT_HELD_UNDECIDED);
    assert_contains(elsewhere->why, "use --vs");
}

static void counts_hold_on_any_machine(void **state) {
    struct fixture *f = *state;
    const struct expectation errors = {
        .text = "errors not worse than baseline by 0%",
        .metric = EXPECTATION_ERRORS,
        .operand = EXPECTATION_BASELINE,
    };
    f->facts[0].name = "nobody knows";
    assert_int_equal(judge_by(f, errors)->held, RESULT_HELD_YES);
    f->run.result.cells[5].phases[0].failed = 1;
    f->run.result.cells[5].phases[0].completed -= 1;
    const struct result_expectation *worse = judge_by(f, errors);
    assert_int_equal(worse->held, RESULT_HELD_NO);
    assert_contains(worse->why, "1 beside 0; in 1 of 12 blocks");
}

/* Whoever gives a share wants it kept, be it by luck or not. */
static void a_line_is_kept_to_the_last_one(void **state) {
    struct fixture *f = *state;
    struct expectation fds = {
        .text = "fds not worse than baseline by 0%",
        .metric = EXPECTATION_FDS,
        .operand = EXPECTATION_BASELINE,
    };
    for (size_t i = 0; i < BLOCKS; i++) {
        f->base.result.cells[i].resources.peak.fds = 9;
        f->run.result.cells[i].resources.peak.fds = 9 - i % 2;
    }
    assert_int_equal(judge_by(f, fds)->held, RESULT_HELD_YES);
    f->run.result.cells[3].resources.peak.fds = 10;
    assert_int_equal(judge_by(f, fds)->held, RESULT_HELD_NO);
    fds.value = 0.2;
    assert_int_equal(judge_by(f, fds)->held, RESULT_HELD_YES);
}

/* ---- Without a line that names it ---------------------------------------- */

static void without_a_line_all_of_it_is_expected(void **state) {
    struct fixture *f = *state;
    const struct result_expectation *same =
        judge_by(f, (struct expectation){.text = NULL});
    assert_string_equal(same->text, "not worse than baseline");
    assert_true(same->implied);
    assert_int_equal(same->held, RESULT_HELD_YES);
    slower(f, 1.2);
    const struct result_expectation *worse =
        judge_by(f, (struct expectation){.text = NULL});
    assert_int_equal(worse->held, RESULT_HELD_NO);
    assert_contains(worse->why, "p99 in main (+20");
    assert_int_equal(f->run.result.verdict, RESULT_FAIL);
}

static void a_point_that_the_baseline_lacks_is_not_decided(void **state) {
    struct fixture *f = *state;
    f->base.result.cells_count = 0;
    const struct result_expectation *expected = judge_by(f, p99_by_5_percent);
    assert_int_equal(expected->held, RESULT_HELD_UNDECIDED);
    assert_contains(expected->why, "the baseline has nothing of it");
}

/* ---- Before a run -------------------------------------------------------- */

static void another_seed_or_tool_is_refused_before_the_run(void **state) {
    struct fixture *f = *state;
    const struct baseline baseline = {.result = &f->base.result, .path = "s"};
    struct baseline_run run = {.scenario = &f->run.scenario, .seed = 7};
    assert_null(baseline_objection(&baseline, &run, f->run.arena));
    run.seed = 8;
    assert_contains(baseline_objection(&baseline, &run, f->run.arena),
                    "the seed is 7 in the first and 8 in the second");
    run.seed = 7;
    run.tool = "helgrind";
    assert_contains(baseline_objection(&baseline, &run, f->run.arena),
                    "the second under helgrind");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_no_worse_holds),
        TEST(what_is_worse_fails_the_run),
        TEST(each_line_has_its_own_share),
        TEST(the_better_end_is_of_no_account),
        TEST(what_is_not_decided_leaves_the_run_open),
        TEST(counts_hold_on_any_machine),
        TEST(a_line_is_kept_to_the_last_one),
        TEST(without_a_line_all_of_it_is_expected),
        TEST(a_point_that_the_baseline_lacks_is_not_decided),
        TEST(another_seed_or_tool_is_refused_before_the_run),
    };
    return SUITE_RUN(tests, argc, argv);
}
