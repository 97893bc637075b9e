/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include "verdict/versus.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/random.h"
#include "base/result.h"
#include "cell/build.h"
#include "measure/median.h"
#include "measure/proportion.h"
#include "run/looks.h"
#include "run/run.h"
#include "support/sample.h"
#include "support/spread.h"
#include "support/suite.h"

#define QUADRUPLES 6
#define TRIALS 300
#define SURE 0.999 /* of the intervals that a simulation is judged by */

struct fixture {
    struct sample sample;
    struct random random;
    struct build build;
    struct run_versus versus;
    const char *metrics[2];
};

static int arrange(void **state) {
    static struct fixture f;
    f = (struct fixture){
        .build = {.path = "../before/plunge",
                  .version = "0.0.9",
                  .variant = "release"},
        .versus = {.tolerance = 0.01, .metrics_count = 1},
        .metrics = {"throughput", "cpu"},
    };
    f.versus.build = &f.build;
    f.versus.metrics = f.metrics;
    sample_init(&f.sample);
    random_init(&f.random, 4711);
    *state = &f;
    return 0;
}

static int put_away(void **state) {
    struct fixture *f = *state;
    sample_fini(&f->sample);
    return 0;
}

/* ---- Pairs ---------------------------------------------------------------*/

/* How a pair comes out: a process has its luck for as long as it lives, a
 * quadruple for its 100 ms. */
struct luck {
    double shift; /* of this build: a logarithm */
    double of_pair;
    double of_quadruple;
};

static struct result_slices *add_pair(struct fixture *f, unsigned block,
                                      const struct luck *luck) {
    struct arena *arena = f->sample.arena;
    struct result *result = &f->sample.result;
    double ratios[QUADRUPLES];
    struct result_slices pair = {
        .subject = "dbpool",
        .label = "",
        .phase = "main",
        .block = block,
        .quadruples = QUADRUPLES,
        .other_throughput_per_s = 1000,
        .other_cpu_ns = 500,
    };
    const double mean =
        luck->shift + luck->of_pair * spread_draw(&f->random, SPREAD_NORMAL);
    spread_fill(&f->random, SPREAD_TAILS, mean, luck->of_quadruple, ratios,
                QUADRUPLES);
    pair.throughput_ratio = exp(median_between(ratios, QUADRUPLES));
    pair.cpu_ratio = 1 / pair.throughput_ratio;
    pair.throughput_per_s = 1000 * exp(mean);
    pair.cpu_ns = 500 * exp(-mean);
    result->slices = arena_more(arena, result->slices, result->slices_count,
                                sizeof *result->slices);
    result->slices[result->slices_count++] = pair;
    return &result->slices[result->slices_count - 1];
}

/* A whole run of at most @blocks, as run.c has it. The figure that was asked
 * for. */
static struct result_compared run_blocks(struct fixture *f, unsigned blocks,
                                         const struct luck *luck) {
    struct result *result = &f->sample.result;
    struct looks looks;
    looks_init(&looks, &f->versus, NULL, f->sample.arena);
    result->slices = NULL;
    result->slices_count = 0;
    for (unsigned block = 0; block < blocks && looks.open.turns; block++) {
        if (looks_is_due(&looks, block)) {
            looks_take(&looks, block, result);
        }
        (void)add_pair(f, block, luck);
    }
    looks_conclude(&looks, result);
    assert_int_equal(result->comparison.figures_count, 1);
    return result->comparison.figures[0];
}

/* ---- Simulations ---------------------------------------------------------*/

static size_t count_worse(struct fixture *f, unsigned blocks,
                          const struct luck *luck) {
    size_t worse = 0;
    for (size_t i = 0; i < TRIALS; i++) {
        struct result_compared figure = run_blocks(f, blocks, luck);
        worse += strcmp(figure.answer, "worse") == 0 ? 1 : 0;
    }
    return worse;
}

static void expect_rarely(size_t count) {
    print_message("%zu of %d\n", count, TRIALS);
    assert_true(proportion_interval(count, TRIALS, SURE).low <= VERSUS_ERROR);
}

static void a_build_beside_itself_is_not_worse(void **state) {
    const struct luck luck = {.of_pair = 0.02, .of_quadruple = 0.02};
    expect_rarely(count_worse(*state, 40, &luck));
}

/* Slower by all that is let pass and no more; and it is looked at again and
 * again. */
static void who_stops_when_it_looks_bad_is_not_wrong_more_often(void **state) {
    const struct luck luck = {
        .shift = log(0.99), .of_pair = 0.01, .of_quadruple = 0.01};
    expect_rarely(count_worse(*state, 60, &luck));
}

/* All quadruples of a pair say the same, so many they are. */
static void the_luck_of_a_process_is_no_difference(void **state) {
    const struct luck luck = {
        .shift = log(0.99), .of_pair = 0.03, .of_quadruple = 0.0001};
    expect_rarely(count_worse(*state, 24, &luck));
}

/* And where it was not said to be so, there is no answer, but never a wrong
 * one.
 */
static void three_percent_slower_is_seen_where_it_is_visible(void **state) {
    const struct luck luck = {
        .shift = log(0.97), .of_pair = 0.01, .of_quadruple = 0.01};
    size_t worse = 0;
    size_t missed = 0;
    for (size_t i = 0; i < TRIALS; i++) {
        struct result_compared figure = run_blocks(*state, 40, &luck);
        const bool is_worse = strcmp(figure.answer, "worse") == 0;
        assert_true(is_worse || strcmp(figure.answer, "not decided") == 0);
        worse += is_worse ? 1 : 0;
        missed += !is_worse && figure.visible < 0.03 ? 1 : 0;
    }
    print_message("%zu of %d, %zu missed\n", worse, TRIALS, missed);
    assert_true(proportion_interval(worse, TRIALS, SURE).high >= 0.95);
    assert_true(proportion_interval(missed, TRIALS, SURE).low <= 0.05);
}

static void what_is_not_visible_says_how_much_more_it_takes(void **state) {
    const struct luck luck = {
        .shift = log(0.97), .of_pair = 0.07, .of_quadruple = 0.01};
    struct result_compared figure = run_blocks(*state, 20, &luck);
    assert_string_equal(figure.answer, "not decided");
    assert_true(figure.visible > 0.03);
    assert_true(figure.more_blocks > 0);
    assert_int_not_equal(figure.more_blocks, RESULT_UNKNOWN);
}

/* ---- What is compared ----------------------------------------------------*/

static const struct result_compared *find(const struct fixture *f,
                                          const char *metric) {
    const struct result_comparison *comparison = &f->sample.result.comparison;
    for (size_t i = 0; i < comparison->figures_count; i++) {
        if (strcmp(comparison->figures[i].metric, metric) == 0) {
            return &comparison->figures[i];
        }
    }
    fail_msg("%s is not compared", metric);
    return NULL;
}

static void compare(struct fixture *f, size_t metrics_count) {
    const struct versus_options options = {
        .tolerance = 0.01,
        .error = VERSUS_ERROR,
        .metrics = f->metrics,
        .metrics_count = metrics_count,
        .base = {.path = "before"},
    };
    versus_compare(&options, f->sample.arena, &f->sample.result);
}

static void the_other_build_is_the_base(void **state) {
    struct fixture *f = *state;
    const struct luck luck = {.shift = log(0.5), .of_quadruple = 0.001};
    for (unsigned block = 0; block < 12; block++) {
        (void)add_pair(f, block, &luck);
    }
    compare(f, 2);
    const struct result_comparison *comparison = &f->sample.result.comparison;
    assert_string_equal(comparison->base.path, "before");
    assert_string_equal(comparison->method, "paired slices");
    assert_string_equal(comparison->answer, "worse");
    const struct result_compared *throughput = find(f, "throughput");
    assert_string_equal(throughput->answer, "worse");
    assert_true(fabs(throughput->ratio - 0.5) < 0.01);
    assert_true(throughput->base_value > 1.9 * throughput->new_value);
    assert_int_equal(throughput->samples, 12);
    const struct result_compared *cpu = find(f, "cpu");
    assert_string_equal(cpu->answer, "worse");
    assert_true(fabs(cpu->ratio - 2) < 0.01);
}

static void a_pair_that_broke_down_is_left_out_and_told(void **state) {
    struct fixture *f = *state;
    const struct luck luck = {.of_quadruple = 0.001};
    for (unsigned block = 0; block < 12; block++) {
        (void)add_pair(f, block, &luck);
    }
    f->sample.result.slices[3].why = "the other build crashed";
    compare(f, 1);
    assert_int_equal(find(f, "throughput")->samples, 11);
    const struct result_comparison *comparison = &f->sample.result.comparison;
    assert_string_equal(comparison->remarks[comparison->remarks_count - 1].text,
                        "1 of 12 pairs left out: the other build crashed");
}

static void let_fail(struct result_cell *cell, uint64_t count) {
    cell->phases[0].failed += count;
    cell->phases[0].completed -= count;
}

/* The first cell of the sample is this build's. */
static void cells_are_told_apart_by_their_build(void **state) {
    struct fixture *f = *state;
    struct result_cell *own_reference =
        sample_add_reference(&f->sample, "direct", "", 0);
    let_fail(own_reference, 7);
    struct result_cell *other =
        sample_add_reference(&f->sample, "dbpool", "", 0);
    other->build = "other";
    let_fail(other, 2);
    f->metrics[0] = "errors";
    compare(f, 1);
    const struct result_compared *errors = find(f, "errors");
    assert_true(errors->base_value == 2);
    assert_true(errors->new_value == 0);
    assert_int_equal(f->sample.result.comparison.figures_count, 1);
    assert_int_equal(f->sample.result.comparison.remarks_count, 0);
    assert_int_equal(f->sample.result.cells_count, 3);
    assert_true(f->sample.result.cells[2].reference);
}

static void who_answers_wrong_compares_with_nobody(void **state) {
    struct fixture *f = *state;
    const struct luck luck = {.shift = log(0.5), .of_quadruple = 0.001};
    for (unsigned block = 0; block < 12; block++) {
        (void)add_pair(f, block, &luck);
    }
    struct result_cell *other =
        sample_add_reference(&f->sample, "dbpool", "", 0);
    other->build = "other";
    compare(f, 1);
    assert_string_equal(f->sample.result.comparison.answer, "worse");
    other->phases[0].wrong = 1;
    compare(f, 1);
    assert_string_equal(f->sample.result.comparison.answer, "not decided");
    assert_non_null(strstr(f->sample.result.comparison.why,
                           "the other build gave wrong answers in block 0"));
}

/* In turns alone: extra blocks often have nothing else. */
static void who_answers_wrong_in_turns_compares_with_nobody(void **state) {
    struct fixture *f = *state;
    const struct luck luck = {.shift = log(0.5), .of_quadruple = 0.001};
    for (unsigned block = 0; block < 12; block++) {
        (void)add_pair(f, block, &luck);
    }
    f->sample.result.slices[7].other_wrong = 1;
    f->sample.result.slices[7].why = "the other build gave wrong answers";
    compare(f, 1);
    assert_string_equal(f->sample.result.comparison.answer, "not decided");
    assert_non_null(strstr(f->sample.result.comparison.why,
                           "the other build gave wrong answers in block 7"));
    f->sample.result.slices[7].other_wrong = RESULT_UNKNOWN;
    compare(f, 1);
    assert_string_equal(f->sample.result.comparison.answer, "worse");
}

/* ---- What there is nothing of ---------------------------------------------*/

static void compare_without_turns(struct fixture *f, const char *first,
                                  const char *second) {
    const char *const metrics[] = {first, second};
    const struct versus_options options = {
        .tolerance = 0.01,
        .error = VERSUS_ERROR,
        .metrics = metrics,
        .metrics_count = 2,
        .no_turns = "no phase is long enough",
    };
    versus_compare(&options, f->sample.arena, &f->sample.result);
}

static void what_was_asked_for_and_is_not_there_is_open(void **state) {
    struct fixture *f = *state;
    sample_add_reference(&f->sample, "dbpool", "", 0)->build = "other";
    compare_without_turns(f, "cpu", "errors");
    const struct result_comparison *comparison = &f->sample.result.comparison;
    assert_int_equal(comparison->figures_count, 2);
    assert_string_equal(find(f, "errors")->answer, "same");
    assert_string_equal(find(f, "cpu")->answer, "not decided");
    assert_string_equal(find(f, "cpu")->why,
                        "not decided: there is no such figure but in turns: "
                        "no phase is long enough");
    assert_string_equal(comparison->answer, "not decided");
    assert_string_equal(comparison->remarks[0].text,
                        "not in turns: no phase is long enough");
    /* Neither more of the same nor anything else would decide it. */
    assert_false(versus_open(&f->sample.result).cells);
    compare_without_turns(f, "instructions", "errors");
    assert_string_equal(find(f, "instructions")->why,
                        "not decided: there is no such figure");
}

static void none_of_what_is_rare_is_an_answer(void **state) {
    struct fixture *f = *state;
    sample_add_reference(&f->sample, "dbpool", "", 0)->build = "other";
    compare_without_turns(f, "left_behind.thread", "errors");
    assert_int_equal(f->sample.result.comparison.figures_count, 1);
    assert_string_equal(f->sample.result.comparison.answer, "same");
    assert_string_equal(f->sample.result.comparison.why,
                        "1 figure, within its tolerance");
}

static void pairs_that_were_all_left_out_leave_it_open(void **state) {
    struct fixture *f = *state;
    const struct luck luck = {.of_quadruple = 0.001};
    sample_add_reference(&f->sample, "dbpool", "", 0)->build = "other";
    add_pair(f, 0, &luck)->why = "the other build stood still";
    f->metrics[0] = "errors";
    compare(f, 2);
    assert_string_equal(find(f, "cpu")->answer, "not decided");
    assert_non_null(
        strstr(find(f, "cpu")->why, ": the other build stood still"));
    assert_true(versus_open(&f->sample.result).turns);
}

/* The other build has none by itself, for nothing is asked of any. */
static void what_is_in_turns_alone_is_not_lonely(void **state) {
    struct fixture *f = *state;
    const struct luck luck = {.shift = log(0.5), .of_quadruple = 0.001};
    for (unsigned block = 0; block < 12; block++) {
        (void)add_pair(f, block, &luck);
    }
    compare(f, 2);
    const struct result_comparison *comparison = &f->sample.result.comparison;
    assert_string_equal(comparison->answer, "worse");
    assert_int_equal(comparison->figures_count, 2);
    assert_int_equal(comparison->remarks_count, 1);
    assert_non_null(strstr(comparison->remarks[0].text, "in turns: two"));
    for (size_t i = 0; i < 12; i++) {
        f->sample.result.slices[i].why = "the other build stood still";
    }
    compare(f, 2);
    assert_string_equal(find(f, "throughput")->why,
                        "not decided: there is no such figure in turns: the "
                        "other build stood still");
}

/* ---- Looks ---------------------------------------------------------------*/

static void all_looks_together_have_the_error_of_one(void **state) {
    (void)state;
    double sum = versus_error(0);
    for (unsigned look = 1; look < 10000; look++) {
        assert_true(versus_error(look) > versus_error(look + 1));
        sum += versus_error(look);
    }
    assert_true(sum <= VERSUS_ERROR);
    assert_true(sum > 0.99 * VERSUS_ERROR);
}

static struct versus_open asked(const char *metric, bool has_turns) {
    const struct versus_options options = {
        .metrics = &metric, .metrics_count = metric == NULL ? 0 : 1};
    return versus_asked(&options, has_turns);
}

static void only_what_is_asked_for_is_open(void **state) {
    (void)state;
    assert_true(asked(NULL, true).turns && asked(NULL, true).cells);
    assert_true(asked("cpu", true).turns && !asked("cpu", true).cells);
    assert_true(!asked("p99", true).turns && asked("p99", true).cells);
    assert_true(!asked("throughput", false).turns);
    assert_true(asked("throughput", false).cells);
}

static void what_is_decided_is_not_gone_on_with(void **state) {
    struct fixture *f = *state;
    const struct luck luck = {.shift = log(0.5), .of_quadruple = 0.001};
    (void)run_blocks(f, 60, &luck);
    /* The second look is at the latest the one at which it must be plain. */
    assert_in_range(f->sample.result.slices_count, 8, 20);
    assert_true(f->sample.result.comparison.error < VERSUS_ERROR / 2);
}

static void what_was_decided_is_not_taken_up_again(void **state) {
    struct fixture *f = *state;
    const struct luck plain = {.shift = log(0.5), .of_quadruple = 0.001};
    const struct luck wild = {.shift = log(2), .of_pair = 1};
    struct looks looks;
    looks_init(&looks, &f->versus, NULL, f->sample.arena);
    for (unsigned block = 0; block < 20; block++) {
        (void)add_pair(f, block, &plain);
    }
    looks_take(&looks, 20, &f->sample.result);
    assert_false(looks.open.turns);
    for (unsigned block = 20; block < 60; block++) {
        (void)add_pair(f, block, &wild);
    }
    looks_take(&looks, 60, &f->sample.result);
    assert_string_equal(f->sample.result.comparison.answer, "not decided");
    assert_false(looks.open.turns);
}

/* Cells of both builds that differ by less than anybody asks. */
static void add_cells(struct fixture *f, unsigned blocks) {
    for (unsigned block = 0; block < blocks; block++) {
        for (unsigned build = 0; build < 2; build++) {
            struct result_cell *cell = sample_add_cell(&f->sample, "", block);
            cell->build = build == 0 ? NULL : "other";
            cell->phases[0].latency.p99 =
                1000000 + random_next(&f->random) % 99;
        }
    }
}

/* By then a look has so little error that these pairs would say nothing. */
static void what_a_look_has_closed_is_told_though_others_went_on(void **state) {
    struct fixture *f = *state;
    const struct luck luck = {.shift = log(0.9), .of_quadruple = 0.001};
    struct result *result = &f->sample.result;
    struct looks looks;
    f->metrics[1] = "p99";
    f->versus.metrics_count = 2;
    result->cells_count = 0;
    for (unsigned block = 0; block < 14; block++) {
        (void)add_pair(f, block, &luck);
    }
    looks_init(&looks, &f->versus, NULL, f->sample.arena);
    for (unsigned look = 0; look < 40; look++) {
        looks_take(&looks, 14 + look, result);
    }
    assert_false(looks.open.turns);
    assert_string_equal(find(f, "throughput")->answer, "not decided");
    add_cells(f, 150);
    looks_take(&looks, 150, result);
    assert_false(looks.open.cells);
    looks_conclude(&looks, result);
    assert_string_equal(find(f, "throughput")->answer, "worse");
    assert_string_equal(find(f, "p99")->answer, "same");
    assert_string_equal(result->comparison.answer, "worse");
    assert_int_equal(result->verdict, RESULT_FAIL);
}

/* ---- What it comes to ----------------------------------------------------*/

static enum result_verdict conclude(struct fixture *f, enum result_verdict own,
                                    const char *answer) {
    f->sample.result.cells[0].build = "other";
    f->sample.result.verdict = own;
    f->sample.result.comparison.answer = answer;
    versus_conclude(&f->sample.result);
    return f->sample.result.verdict;
}

static void worse_fails_and_undecided_stays_open(void **state) {
    struct fixture *f = *state;
    assert_int_equal(conclude(f, RESULT_PASS, "worse"), RESULT_FAIL);
    assert_int_equal(conclude(f, RESULT_UNDECIDED, "worse"), RESULT_FAIL);
    assert_int_equal(conclude(f, RESULT_PASS, "not decided"), RESULT_UNDECIDED);
    assert_int_equal(conclude(f, RESULT_PASS, "same"), RESULT_PASS);
    assert_int_equal(conclude(f, RESULT_PASS, "better"), RESULT_PASS);
    assert_int_equal(conclude(f, RESULT_UNDECIDED, "same"), RESULT_UNDECIDED);
}

static void what_the_scenario_expects_counts_all_the_same(void **state) {
    struct fixture *f = *state;
    assert_int_equal(conclude(f, RESULT_FAIL, "better"), RESULT_FAIL);
    assert_int_equal(conclude(f, RESULT_FAIL, "not decided"), RESULT_FAIL);
    assert_int_equal(conclude(f, RESULT_ERROR, "worse"), RESULT_ERROR);
    assert_int_equal(conclude(f, RESULT_PARTIAL, "worse"), RESULT_PARTIAL);
}

static void without_another_build_nothing_follows(void **state) {
    struct fixture *f = *state;
    f->sample.result.verdict = RESULT_PASS;
    f->sample.result.comparison.answer = "worse";
    versus_conclude(&f->sample.result);
    assert_int_equal(f->sample.result.verdict, RESULT_PASS);
}

static void a_pair_that_crashed_is_an_error(void **state) {
    struct fixture *f = *state;
    const struct luck luck = {.of_quadruple = 0.001};
    add_pair(f, 0, &luck)->state = RESULT_CRASHED;
    assert_int_equal(conclude(f, RESULT_PASS, "worse"), RESULT_ERROR);
}

static void a_limit_is_of_whom_passed_it(void **state) {
    struct fixture *f = *state;
    const struct luck luck = {.of_quadruple = 0.001};
    struct result_slices *pair = add_pair(f, 0, &luck);
    pair->state = RESULT_OVER_LIMIT;
    pair->other_wrong = RESULT_UNKNOWN;
    assert_int_equal(conclude(f, RESULT_PASS, "same"), RESULT_UNDECIDED);
    assert_int_equal(conclude(f, RESULT_PASS, "worse"), RESULT_FAIL);
    pair->wrong = RESULT_UNKNOWN;
    assert_int_equal(conclude(f, RESULT_PASS, "same"), RESULT_FAIL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, arrange, put_away)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_build_beside_itself_is_not_worse),
        TEST(who_stops_when_it_looks_bad_is_not_wrong_more_often),
        TEST(the_luck_of_a_process_is_no_difference),
        TEST(three_percent_slower_is_seen_where_it_is_visible),
        TEST(what_is_not_visible_says_how_much_more_it_takes),
        TEST(the_other_build_is_the_base),
        TEST(a_pair_that_broke_down_is_left_out_and_told),
        TEST(cells_are_told_apart_by_their_build),
        TEST(who_answers_wrong_compares_with_nobody),
        TEST(who_answers_wrong_in_turns_compares_with_nobody),
        TEST(what_was_asked_for_and_is_not_there_is_open),
        TEST(none_of_what_is_rare_is_an_answer),
        TEST(pairs_that_were_all_left_out_leave_it_open),
        TEST(what_is_in_turns_alone_is_not_lonely),
        TEST(all_looks_together_have_the_error_of_one),
        TEST(only_what_is_asked_for_is_open),
        TEST(what_is_decided_is_not_gone_on_with),
        TEST(what_was_decided_is_not_taken_up_again),
        TEST(what_a_look_has_closed_is_told_though_others_went_on),
        TEST(worse_fails_and_undecided_stays_open),
        TEST(what_the_scenario_expects_counts_all_the_same),
        TEST(without_another_build_nothing_follows),
        TEST(a_pair_that_crashed_is_an_error),
        TEST(a_limit_is_of_whom_passed_it),
    };
    return SUITE_RUN(tests, argc, argv);
}
