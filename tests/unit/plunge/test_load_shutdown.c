/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "load/load.h"

#include <string.h>

#include "subject/subject.h"
#include "support/fake_subject.h"
#include "support/load_fixture.h"
#include "support/suite.h"

/* Shutdowns that do not wait for the last answer: when they come, and what
 * becomes of the requests that were running. */

static int set_up(void **state) {
    fake_script = (struct fake_script){.answer = FAKE_RIGHT};
    fake_record = (struct fake_record){0};
    return load_fixture_set_up(state);
}

static const struct result_phase *run(struct load_fixture *f,
                                      const struct subject_calls *calls,
                                      enum scenario_shutdown shutdown) {
    f->settings.pool.shutdown = shutdown;
    load_fixture_start(f, calls);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    return &f->cell.phases[0];
}

static void abort_closes_when_nothing_more_will_be_asked(void **state) {
    struct load_fixture *f = *state;
    const struct result_phase *phase = run(f, &fake_subject, SCENARIO_ABORT);
    assert_int_equal(fake_record.aborts, 1);
    assert_int_equal(fake_record.closes, 1);
    assert_int_equal(fake_record.submitted, 100);
    assert_int_equal(fake_record.unanswered_at_close, 10);
    assert_int_equal(phase->submitted, 100);
}

static void what_abort_gives_up_is_cancelled_and_no_error(void **state) {
    struct load_fixture *f = *state;
    const struct result_phase *phase = run(f, &fake_subject, SCENARIO_ABORT);
    assert_int_equal(phase->cancelled, 5);
    assert_int_equal(phase->completed, 95);
    assert_int_equal(phase->failed, 0);
    assert_int_equal(phase->latency.count, 95);
    assert_null(f->cell.error);
    assert_int_equal(f->board.answered, 100);
}

static void what_is_cancelled_though_nobody_aborted_has_failed(void **state) {
    struct load_fixture *f = *state;
    fake_script.answer = FAKE_CANCELLED;
    fake_script.answer_from = 51;
    fake_script.answer_to = 60;
    const struct result_phase *phase = run(f, &fake_subject, SCENARIO_ABORT);
    assert_int_equal(phase->failed, 10);
    assert_int_equal(phase->cancelled, 5);
}

static void abort_comes_with_the_end_of_a_phase_by_the_clock(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].lookups = 0;
    f->phases[0].for_ns = UINT64_C(3000000);
    const struct result_phase *phase = run(f, &fake_subject, SCENARIO_ABORT);
    assert_int_equal(fake_record.aborts, 1);
    assert_true(fake_record.unanswered_at_close > 0);
    assert_true(fake_record.unanswered_at_close <= 10);
    assert_int_equal(phase->cancelled, phase->submitted - phase->completed);
}

static void an_open_loop_is_aborted_with_what_is_in_flight(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].rate = (struct scenario_rate){.kind = SCENARIO_RATE_CONSTANT,
                                               .base_per_s = 1000000};
    const struct result_phase *phase = run(f, &fake_subject, SCENARIO_ABORT);
    assert_int_equal(fake_record.aborts, 1);
    assert_true(fake_record.unanswered_at_close > 0);
    assert_int_equal(phase->submitted, 100);
    assert_int_equal(phase->failed, 0);
}

static void a_single_lookup_is_still_running_when_it_is_aborted(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].in_flight = 1;
    f->phases[0].lookups = 2;
    const struct result_phase *phase = run(f, &fake_subject, SCENARIO_ABORT);
    assert_int_equal(fake_record.unanswered_at_close, 1);
    assert_int_equal(phase->cancelled, 1);
}

static void in_flight_closes_with_the_last_tenth_unanswered(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].in_flight = 100;
    const struct result_phase *phase =
        run(f, &fake_subject, SCENARIO_IN_FLIGHT);
    assert_int_equal(fake_record.unanswered_at_close, 10);
    assert_int_equal(fake_record.aborts, 0);
    assert_int_equal(phase->completed, 100);
    assert_int_equal(phase->cancelled, 0);
}

static void a_tenth_of_few_lookups_is_one(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].in_flight = 3;
    f->phases[0].lookups = 3;
    (void)run(f, &fake_subject, SCENARIO_IN_FLIGHT);
    assert_int_equal(fake_record.unanswered_at_close, 1);
}

static void the_tenth_is_of_all_phases(void **state) {
    struct load_fixture *f = *state;
    f->settings.phases_count = 2;
    f->phases[0].lookups = 300;
    f->phases[1].in_flight = 100;
    (void)run(f, &fake_subject, SCENARIO_IN_FLIGHT);
    assert_int_equal(fake_record.unanswered_at_close, 40);
}

static void from_callback_closes_in_the_last_answer(void **state) {
    struct load_fixture *f = *state;
    const struct result_phase *phase =
        run(f, &fake_subject, SCENARIO_FROM_CALLBACK);
    assert_true(fake_record.closed_in_answer);
    assert_int_equal(fake_record.unanswered_at_close, 0);
    assert_int_equal(fake_record.closes, 1);
    assert_int_equal(phase->completed, 100);
}

static void a_moment_that_never_comes_is_after_all_answers(void **state) {
    struct load_fixture *f = *state;
    fake_script.refusal = DBPOOL_EFULL;
    fake_script.refuse_from = 1;
    const struct result_phase *phase =
        run(f, &fake_subject, SCENARIO_FROM_CALLBACK);
    assert_int_equal(phase->rejected, 100);
    assert_int_equal(fake_record.closes, 1);
    assert_false(fake_record.closed_in_answer);
}

static void references_are_closed_cleanly_whatever_is_said(void **state) {
    struct load_fixture *f = *state;
    const struct result_phase *phase = run(f, &fake_reference, SCENARIO_ABORT);
    assert_int_equal(fake_record.aborts, 0);
    assert_int_equal(fake_record.unanswered_at_close, 0);
    assert_int_equal(phase->cancelled, 0);
}

static void a_subject_that_says_closed_too_early_is_told(void **state) {
    struct load_fixture *f = *state;
    fake_script.closes_early = true;
    f->settings.pool.shutdown = SCENARIO_IN_FLIGHT;
    load_fixture_start(f, &fake_subject);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_FAILED);
    assert_non_null(strstr(f->outcome.error,
                           "said that it was closed with 10 lookups "
                           "unanswered"));
}

/* ---- The library ---------------------------------------------------------*/

/* Many cycles: which request was running is by chance. */
static void run_pool(struct load_fixture *f, enum scenario_shutdown shutdown) {
    f->settings.pool.shutdown = shutdown;
    f->phases[0].lookups = 400;
    f->phases[0].in_flight = 200;
    load_fixture_make_database(f);
    load_fixture_start(f, &subject_dbpool);
    for (uint64_t cycle = 1; cycle <= 5; cycle++) {
        assert_int_equal(load_fixture_cycle(f, cycle), LOAD_DONE);
    }
    load_fixture_result(f);
    assert_int_equal(f->cell.phases[0].submitted, 2000);
    assert_int_equal(f->cell.phases[0].wrong, 0);
    assert_int_equal(f->cell.phases[0].failed, 0);
}

static void a_pool_that_is_aborted_answers_everything_once(void **state) {
    struct load_fixture *f = *state;
    run_pool(f, SCENARIO_ABORT);
    assert_true(f->cell.phases[0].cancelled > 0);
}

static void a_pool_drains_what_is_in_flight(void **state) {
    struct load_fixture *f = *state;
    run_pool(f, SCENARIO_IN_FLIGHT);
    assert_int_equal(f->cell.phases[0].completed, 2000);
}

static void a_pool_may_be_closed_from_a_callback(void **state) {
    struct load_fixture *f = *state;
    run_pool(f, SCENARIO_FROM_CALLBACK);
    assert_int_equal(f->cell.phases[0].completed, 2000);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, set_up, load_fixture_tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(abort_closes_when_nothing_more_will_be_asked),
        TEST(what_abort_gives_up_is_cancelled_and_no_error),
        TEST(what_is_cancelled_though_nobody_aborted_has_failed),
        TEST(abort_comes_with_the_end_of_a_phase_by_the_clock),
        TEST(an_open_loop_is_aborted_with_what_is_in_flight),
        TEST(a_single_lookup_is_still_running_when_it_is_aborted),
        TEST(in_flight_closes_with_the_last_tenth_unanswered),
        TEST(a_tenth_of_few_lookups_is_one),
        TEST(the_tenth_is_of_all_phases),
        TEST(from_callback_closes_in_the_last_answer),
        TEST(a_moment_that_never_comes_is_after_all_answers),
        TEST(references_are_closed_cleanly_whatever_is_said),
        TEST(a_subject_that_says_closed_too_early_is_told),
        TEST(a_pool_that_is_aborted_answers_everything_once),
        TEST(a_pool_drains_what_is_in_flight),
        TEST(a_pool_may_be_closed_from_a_callback),
    };
    return SUITE_RUN(tests, argc, argv);
}
