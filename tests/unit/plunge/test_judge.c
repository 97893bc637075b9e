/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "support/suite.h"

#include "support/judged.h"

static const struct expectation as_fast_as_direct = {
    .text = "throughput >= 0.8 * direct",
    .metric = EXPECTATION_THROUGHPUT,
    .op = EXPECTATION_GE,
    .operand = EXPECTATION_SUBJECT,
    .subject = SCENARIO_DIRECT,
    .value = 0.8,
};

/* ---- Blocks -------------------------------------------------------------- */

static void set_p99(struct result_cell *cell, uint64_t p99_ms) {
    cell->phases[0].latency.p99 = p99_ms * 1000000;
}

static void figures_are_judged_on_the_median_of_the_blocks(void **state) {
    struct sample *sample = *state;
    set_p99(sample_add_cell(sample, "", 1), 90);
    set_p99(sample_add_cell(sample, "", 2), 3);
    const struct result_expectation *decided = judge(sample, p99_below_5_ms);
    assert_int_equal(decided->held, RESULT_HELD_YES);
    assert_string_equal(decided->measured, "p99 4.00 ms");
    assert_string_equal(decided->why,
                        "the median of 3 blocks, 4.00 ms (3.00 ms to 90.0 ms), "
                        "is < 5.00 ms");
    set_p99(&sample->result.cells[0], 70);
    assert_int_equal(held(sample, p99_below_5_ms), RESULT_HELD_NO);
}

static void of_an_even_number_of_blocks_the_worse_middle_counts(void **state) {
    struct sample *sample = *state;
    set_p99(sample_add_cell(sample, "", 1), 6);
    struct expectation expectation = p99_below_5_ms;
    assert_int_equal(held(sample, expectation), RESULT_HELD_NO);
    expectation.op = EXPECTATION_GT;
    assert_int_equal(held(sample, expectation), RESULT_HELD_NO);
}

static void counts_are_judged_in_every_block(void **state) {
    struct sample *sample = *state;
    sample_add_cell(sample, "", 1);
    struct result_cell *cell = sample_add_cell(sample, "", 2);
    const struct result_expectation *decided = judge(sample, no_errors);
    assert_int_equal(decided->held, RESULT_HELD_YES);
    cell->phases[0].failed = 1;
    cell->phases[0].completed--;
    decided = judge(sample, no_errors);
    assert_int_equal(decided->held, RESULT_HELD_NO);
    assert_string_equal(decided->measured, "1 error");
    assert_string_equal(decided->why, "in block 2: 1 is not == 0");
    assert_int_equal(held(sample, nothing_left), RESULT_HELD_YES);
    sample_add_leftover(sample, cell, RESULT_FILE, 1);
    assert_int_equal(held(sample, nothing_left), RESULT_HELD_NO);
}

static void a_missing_block_leaves_open_what_the_others_allow(void **state) {
    struct sample *sample = *state;
    sample->scenario.blocks = 2;
    assert_int_equal(held(sample, p99_below_5_ms), RESULT_HELD_UNDECIDED);
    assert_int_equal(held(sample, no_errors), RESULT_HELD_UNDECIDED);
    assert_int_equal(sample->result.verdict, RESULT_PARTIAL);
    sample->result.cells[0].phases[0].failed = 1;
    sample->result.cells[0].phases[0].completed--;
    assert_int_equal(held(sample, no_errors), RESULT_HELD_NO);
    set_p99(&sample->result.cells[0], 90);
    assert_int_equal(held(sample, p99_below_5_ms), RESULT_HELD_UNDECIDED);
}

/* ---- Points of a sweep --------------------------------------------------- */

static void it_must_hold_in_every_point_and_names_the_worst(void **state) {
    struct sample *sample = *state;
    sample->result.cells_count = 0;
    sample->scenario.cells_count = 0;
    set_p99(sample_add_cell(sample, "pool.max=1", 0), 3);
    set_p99(sample_add_cell(sample, "pool.max=2", 0), 4);
    set_p99(sample_add_cell(sample, "pool.max=4", 0), 2);
    const struct result_expectation *decided = judge(sample, p99_below_5_ms);
    assert_int_equal(decided->held, RESULT_HELD_YES);
    assert_string_equal(decided->measured, "p99 4.00 ms (pool.max=2)");
    set_p99(&sample->result.cells[2], 20);
    decided = judge(sample, p99_below_5_ms);
    assert_int_equal(decided->held, RESULT_HELD_NO);
    assert_string_equal(decided->measured, "p99 20.0 ms (pool.max=4)");
    assert_string_equal(decided->why, "20.0 ms is not < 5.00 ms");
}

static void a_missing_point_leaves_it_open(void **state) {
    struct sample *sample = *state;
    sample_add_cell(sample, "pool.max=2", 0);
    sample->result.cells_count = 1;
    const struct result_expectation *decided = judge(sample, no_errors);
    assert_int_equal(decided->held, RESULT_HELD_UNDECIDED);
    assert_contains(decided->why, "1 of 2 cells");
    assert_int_equal(sample->result.verdict, RESULT_PARTIAL);
}

static void without_any_cell_nothing_is_decided(void **state) {
    struct sample *sample = *state;
    sample->result.cells_count = 0;
    const struct result_expectation *decided = judge(sample, no_errors);
    assert_int_equal(decided->held, RESULT_HELD_UNDECIDED);
    assert_contains(decided->why, "no cell was run");
    assert_int_equal(sample->result.verdict, RESULT_PARTIAL);
}

/* ---- Pairs --------------------------------------------------------------- */

static void set_throughput(struct result_cell *cell, double throughput_per_s) {
    struct result_phase *phase = &cell->phases[0];
    phase->throughput_per_s = throughput_per_s;
    phase->completed_in_window =
        (uint64_t)(throughput_per_s * phase->duration_s);
}

static void a_subject_is_compared_with_the_cell_beside_it(void **state) {
    struct sample *sample = *state;
    set_throughput(sample_add_reference(sample, "direct", "", 0), 12000);
    const struct result_expectation *decided = judge(sample, as_fast_as_direct);
    assert_int_equal(decided->held, RESULT_HELD_YES);
    assert_string_equal(decided->measured, "0.833 * direct");
    assert_string_equal(
        decided->why, "10,000/s beside 12,000/s: the ratio, 0.833, is >= 0.8");
    set_throughput(&sample->result.cells[1], 13000);
    assert_int_equal(held(sample, as_fast_as_direct), RESULT_HELD_NO);
}

static void pairs_are_judged_on_the_median_of_their_ratios(void **state) {
    struct sample *sample = *state;
    static const double references[] = {10000, 20000, 11000};
    sample_add_cell(sample, "", 1);
    sample_add_cell(sample, "", 2);
    for (unsigned block = 0; block < 3; block++) {
        set_throughput(sample_add_reference(sample, "direct", "", block),
                       references[block]);
    }
    const struct result_expectation *decided = judge(sample, as_fast_as_direct);
    assert_int_equal(decided->held, RESULT_HELD_YES);
    assert_string_equal(decided->measured, "0.909 * direct");
    assert_contains(decided->why, "the median of 3 pairs, 0.909 (0.5 to 1)");
}

static void a_pair_has_the_same_parameters(void **state) {
    struct sample *sample = *state;
    sample->result.cells_count = 0;
    sample->scenario.cells_count = 0;
    set_throughput(sample_add_cell(sample, "pool.max=1", 0), 1000);
    set_throughput(sample_add_cell(sample, "pool.max=8", 0), 8000);
    set_throughput(sample_add_reference(sample, "direct", "pool.max=1", 0),
                   1000);
    set_throughput(sample_add_reference(sample, "direct", "pool.max=8", 0),
                   8000);
    assert_int_equal(held(sample, as_fast_as_direct), RESULT_HELD_YES);
    set_throughput(&sample->result.cells[3], 16000);
    const struct result_expectation *decided = judge(sample, as_fast_as_direct);
    assert_int_equal(decided->held, RESULT_HELD_NO);
    assert_string_equal(decided->measured, "0.5 * direct (pool.max=8)");
}

static void a_cell_of_the_subject_is_compared_with_itself(void **state) {
    struct sample *sample = *state;
    sample->result.cells[0].subject = "direct";
    const struct result_expectation *decided = judge(sample, as_fast_as_direct);
    assert_int_equal(decided->held, RESULT_HELD_YES);
    assert_string_equal(decided->measured, "1 * direct");
}

static void a_reference_is_found_where_the_subject_is_swept(void **state) {
    struct sample *sample = *state;
    static struct result_parameter own = {.path = "pool.subject",
                                          .word = "dbpool"};
    static struct result_parameter other = {.path = "pool.subject",
                                            .word = "direct"};
    sample_add_reference(sample, "direct", "", 0);
    for (size_t i = 0; i < 2; i++) {
        struct result_cell *cell = &sample->result.cells[i];
        cell->parameters = cell->reference ? &other : &own;
        cell->parameters_count = 1;
    }
    assert_int_equal(held(sample, as_fast_as_direct), RESULT_HELD_YES);
}

static void a_missing_reference_leaves_the_comparison_open(void **state) {
    struct sample *sample = *state;
    const struct result_expectation *decided = judge(sample, as_fast_as_direct);
    assert_int_equal(decided->held, RESULT_HELD_UNDECIDED);
    assert_contains(decided->why, "no cell of direct");
    sample_add_reference(sample, "null", "", 0);
    assert_int_equal(held(sample, as_fast_as_direct), RESULT_HELD_UNDECIDED);
    struct result_cell *reference =
        sample_add_reference(sample, "direct", "", 0);
    assert_int_equal(held(sample, as_fast_as_direct), RESULT_HELD_YES);
    reference->outcome.state = RESULT_CRASHED;
    assert_int_equal(held(sample, as_fast_as_direct), RESULT_HELD_UNDECIDED);
}

static void a_reference_with_wrong_answers_fails_the_comparison(void **state) {
    struct sample *sample = *state;
    sample_add_reference(sample, "direct", "", 0)->phases[0].wrong = 3;
    const struct result_expectation *decided = judge(sample, as_fast_as_direct);
    assert_int_equal(decided->held, RESULT_HELD_NO);
    assert_contains(decided->why, "direct gave 3 wrong answers");
}

static void a_reference_is_only_compared_with(void **state) {
    struct sample *sample = *state;
    struct result_cell *reference =
        sample_add_reference(sample, "direct", "", 0);
    sample_add_leftover(sample, reference, RESULT_THREAD, 1);
    reference->phases[0].failed = 1;
    reference->phases[0].completed--;
    set_p99(reference, 90);
    assert_int_equal(held(sample, nothing_left), RESULT_HELD_YES);
    assert_int_equal(held(sample, no_errors), RESULT_HELD_YES);
    assert_int_equal(held(sample, p99_below_5_ms), RESULT_HELD_YES);
    assert_int_equal(sample->result.verdict, RESULT_PASS);
}

static void counts_are_compared_with_a_subject_block_by_block(void **state) {
    struct sample *sample = *state;
    struct expectation expectation = {
        .metric = EXPECTATION_THREADS,
        .op = EXPECTATION_LE,
        .operand = EXPECTATION_SUBJECT,
        .subject = SCENARIO_DIRECT,
        .value = 2,
    };
    sample_add_cell(sample, "", 1)->resources.peak.threads = 4;
    sample->result.cells[0].resources.peak.threads = 6;
    for (unsigned block = 0; block < 2; block++) {
        sample_add_reference(sample, "direct", "", block)
            ->resources.peak.threads = 3;
    }
    assert_int_equal(held(sample, expectation), RESULT_HELD_YES);
    sample->result.cells[1].resources.peak.threads = 7;
    const struct result_expectation *decided = judge(sample, expectation);
    assert_int_equal(decided->held, RESULT_HELD_NO);
    assert_string_equal(decided->why, "in block 1: 7 is not <= 6");
}

static void nothing_beside_nothing_is_as_much(void **state) {
    struct sample *sample = *state;
    struct expectation expectation = {
        .metric = EXPECTATION_ALLOCATIONS,
        .op = EXPECTATION_LE,
        .operand = EXPECTATION_SUBJECT,
        .subject = SCENARIO_DIRECT,
        .value = 1,
    };
    sample_add_reference(sample, "direct", "", 0)->cost.allocations = 0;
    sample->result.cells[0].cost.allocations = 0;
    assert_int_equal(held(sample, expectation), RESULT_HELD_YES);
    sample->result.cells[0].cost.allocations = 0.001;
    assert_int_equal(held(sample, expectation), RESULT_HELD_NO);
}

/* ---- Cells that are no witness, and the verdict -------------------------- */

static void a_cell_that_did_not_complete_decides_nothing(void **state) {
    struct sample *sample = *state;
    static const struct {
        const char *why;
        enum result_state state;
        enum result_verdict verdict;
    } rows[] = {
        {"not measured: the cell crashed", RESULT_CRASHED, RESULT_ERROR},
        {"not measured: the cell hung", RESULT_HUNG, RESULT_ERROR},
        {"not measured: the cell went over its limit", RESULT_OVER_LIMIT,
         RESULT_FAIL},
        {"not measured: the cell was interrupted", RESULT_INTERRUPTED,
         RESULT_PARTIAL},
    };
    static const struct expectation *const expectations[] = {
        &nothing_left,
        &no_errors,
        &p99_below_5_ms,
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t j = 0; j < 3; j++) {
            sample->result.cells[0].outcome.state = rows[i].state;
            const struct result_expectation *decided =
                judge(sample, *expectations[j]);
            assert_int_equal(decided->held, RESULT_HELD_UNDECIDED);
            assert_string_equal(decided->why, rows[i].why);
            assert_int_equal(sample->result.verdict, rows[i].verdict);
        }
    }
}

static void one_block_refutes_what_another_crashed_on(void **state) {
    struct sample *sample = *state;
    struct result_cell *cell = sample_add_cell(sample, "", 1);
    cell->outcome.state = RESULT_CRASHED;
    assert_int_equal(held(sample, nothing_left), RESULT_HELD_UNDECIDED);
    sample_add_leftover(sample, &sample->result.cells[0], RESULT_FILE, 1);
    assert_int_equal(held(sample, nothing_left), RESULT_HELD_NO);
    assert_int_equal(held(sample, p99_below_5_ms), RESULT_HELD_UNDECIDED);
    assert_int_equal(sample->result.verdict, RESULT_ERROR);
}

static void who_does_not_recover_fails(void **state) {
    struct sample *sample = *state;
    struct result_recovery *recovery = &sample->result.cells[0].cycles.recovery;
    *recovery = (struct result_recovery){.tried = true, .ok = true};
    assert_int_equal(held(sample, no_errors), RESULT_HELD_YES);
    assert_int_equal(sample->result.verdict, RESULT_PASS);
    recovery->ok = false;
    assert_int_equal(held(sample, no_errors), RESULT_HELD_YES);
    assert_int_equal(sample->result.verdict, RESULT_FAIL);
}

static void a_reference_over_its_limit_fails_nobody(void **state) {
    struct sample *sample = *state;
    sample_add_reference(sample, "direct", "", 0)->outcome.state =
        RESULT_OVER_LIMIT;
    assert_int_equal(held(sample, as_fast_as_direct), RESULT_HELD_UNDECIDED);
    assert_int_equal(sample->result.verdict, RESULT_UNDECIDED);
}

static void a_disputed_ledger_leaves_leftovers_open(void **state) {
    struct sample *sample = *state;
    sample->result.cells[0].ledger_disputed = "4 threads, /proc shows 5";
    const struct result_expectation *decided = judge(sample, nothing_left);
    assert_int_equal(decided->held, RESULT_HELD_UNDECIDED);
    assert_contains(decided->why, "4 threads, /proc shows 5");
    assert_int_equal(sample->result.verdict, RESULT_UNDECIDED);
    /* Times and answers have other witnesses, but the run is not trusted. */
    assert_int_equal(held(sample, p99_below_5_ms), RESULT_HELD_YES);
    assert_int_equal(held(sample, no_errors), RESULT_HELD_YES);
    assert_int_equal(sample->result.verdict, RESULT_UNDECIDED);
}

static void requests_that_do_not_add_up_leave_all_open(void **state) {
    struct sample *sample = *state;
    sample->result.cells[0].phases[0].submitted++;
    static const struct expectation *const expectations[] = {
        &nothing_left,
        &no_errors,
        &p99_below_5_ms,
    };
    for (size_t i = 0; i < 3; i++) {
        const struct result_expectation *decided =
            judge(sample, *expectations[i]);
        assert_int_equal(decided->held, RESULT_HELD_UNDECIDED);
        assert_contains(decided->why, "100,001 requests of main");
        assert_int_equal(sample->result.verdict, RESULT_UNDECIDED);
    }
}

static void the_verdict_follows_the_order_of_exit_statuses(void **state) {
    struct sample *sample = *state;
    struct result *result = &sample->result;
    assert_int_equal(held(sample, no_errors), RESULT_HELD_YES);
    assert_int_equal(result->verdict, RESULT_PASS);

    struct result_cell *disputed = sample_add_cell(sample, "a=1", 0);
    disputed->ledger_disputed = "two threads";
    (void)judge(sample, no_errors);
    assert_int_equal(result->verdict, RESULT_UNDECIDED);

    sample_add_cell(sample, "a=2", 0)->phases[0].failed = 1;
    result->cells[2].phases[0].completed--;
    (void)judge(sample, no_errors);
    assert_int_equal(result->verdict, RESULT_FAIL);

    sample_add_cell(sample, "a=3", 0)->outcome.state = RESULT_CRASHED;
    (void)judge(sample, no_errors);
    assert_int_equal(result->verdict, RESULT_ERROR);

    sample_add_cell(sample, "a=4", 0)->outcome.state = RESULT_INTERRUPTED;
    (void)judge(sample, no_errors);
    assert_int_equal(result->verdict, RESULT_PARTIAL);
}

static void judging_again_gives_the_same(void **state) {
    struct sample *sample = *state;
    (void)judge(sample, p99_below_5_ms);
    size_t audit_count = sample->result.audit_count;
    const struct result_expectation *decided = judge(sample, p99_below_5_ms);
    assert_string_equal(decided->text, "p99 < 5ms");
    assert_int_equal(sample->result.audit_count, audit_count);
}

/* ---- In turns with another build ----------------------------------------- */

static void wrong_answers_in_turns_are_wrong_answers(void **state) {
    struct sample *sample = *state;
    static struct result_slices slices[] = {
        {.subject = "dbpool", .label = "", .phase = "main", .block = 0},
        {.subject = "dbpool", .label = "", .phase = "main", .block = 7},
        {.subject = "dbpool", .label = "", .phase = "next", .block = 7},
        {.subject = "direct", .label = "", .phase = "main", .wrong = 9},
        {.subject = "dbpool", .label = "pool.max=8", .wrong = 9},
        {.subject = "dbpool",
         .label = "",
         .phase = "main",
         .block = 8,
         .wrong = RESULT_UNKNOWN},
    };
    struct expectation none = {.text = "wrong == 0",
                               .metric = EXPECTATION_WRONG,
                               .op = EXPECTATION_EQ};
    sample->result.slices = slices;
    sample->result.slices_count = sizeof slices / sizeof *slices;
    slices[3].phase = slices[4].phase = "main";
    assert_int_equal(held(sample, none), RESULT_HELD_YES);
    slices[1].wrong = 2;
    slices[2].wrong = 1;
    const struct result_expectation *decided = judge(sample, none);
    assert_int_equal(decided->held, RESULT_HELD_NO);
    assert_string_equal(decided->measured, "3 wrong");
    assert_string_equal(decided->why, "in block 7, in turns: 3 is not == 0");
    none.phase = "main";
    assert_string_equal(judge(sample, none)->why,
                        "in block 7, in turns: 2 is not == 0");
    assert_int_equal(held(sample, no_errors), RESULT_HELD_YES);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        JUDGED_TEST(figures_are_judged_on_the_median_of_the_blocks),
        JUDGED_TEST(of_an_even_number_of_blocks_the_worse_middle_counts),
        JUDGED_TEST(counts_are_judged_in_every_block),
        JUDGED_TEST(a_missing_block_leaves_open_what_the_others_allow),
        JUDGED_TEST(it_must_hold_in_every_point_and_names_the_worst),
        JUDGED_TEST(a_missing_point_leaves_it_open),
        JUDGED_TEST(without_any_cell_nothing_is_decided),
        JUDGED_TEST(a_subject_is_compared_with_the_cell_beside_it),
        JUDGED_TEST(pairs_are_judged_on_the_median_of_their_ratios),
        JUDGED_TEST(a_pair_has_the_same_parameters),
        JUDGED_TEST(a_cell_of_the_subject_is_compared_with_itself),
        JUDGED_TEST(a_reference_is_found_where_the_subject_is_swept),
        JUDGED_TEST(a_missing_reference_leaves_the_comparison_open),
        JUDGED_TEST(a_reference_with_wrong_answers_fails_the_comparison),
        JUDGED_TEST(a_reference_is_only_compared_with),
        JUDGED_TEST(counts_are_compared_with_a_subject_block_by_block),
        JUDGED_TEST(nothing_beside_nothing_is_as_much),
        JUDGED_TEST(a_cell_that_did_not_complete_decides_nothing),
        JUDGED_TEST(one_block_refutes_what_another_crashed_on),
        JUDGED_TEST(a_reference_over_its_limit_fails_nobody),
        JUDGED_TEST(who_does_not_recover_fails),
        JUDGED_TEST(a_disputed_ledger_leaves_leftovers_open),
        JUDGED_TEST(requests_that_do_not_add_up_leave_all_open),
        JUDGED_TEST(the_verdict_follows_the_order_of_exit_statuses),
        JUDGED_TEST(judging_again_gives_the_same),
        JUDGED_TEST(wrong_answers_in_turns_are_wrong_answers),
    };
    return SUITE_RUN(tests, argc, argv);
}
