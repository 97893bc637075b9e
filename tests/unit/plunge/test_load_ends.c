/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "load/load.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "support/fake_subject.h"
#include "support/load_fixture.h"
#include "support/scratch.h"
#include "support/suite.h"

/* How cycles end with subjects that keep their promises, and with those that
 * break them. */

static int set_up(void **state) {
    fake_script = (struct fake_script){.answer = FAKE_RIGHT};
    fake_record = (struct fake_record){0};
    return load_fixture_set_up(state);
}

static const struct result_phase *run(struct load_fixture *f,
                                      enum load_end end) {
    load_fixture_start(f, &fake_subject);
    assert_int_equal(load_fixture_cycle(f, 1), end);
    load_fixture_result(f);
    return &f->cell.phases[0];
}

/* ---- Answers that are not right ------------------------------------------*/

static void every_kind_of_lie_is_seen(void **state) {
    static const enum fake_answer lies[] = {
        FAKE_OTHER_PERSON, FAKE_OTHER_LOGIN_RIGHT_PERSON, FAKE_NOBODY};
    struct load_fixture *f = *state;
    load_fixture_start(f, &fake_subject);
    for (size_t i = 0; i < 3; i++) {
        fake_script.answer = lies[i];
        fake_script.answer_from = 61;
        assert_int_equal(load_fixture_cycle(f, i + 1), LOAD_DONE);
    }
    load_fixture_result(f);
    assert_int_equal(f->cell.phases[0].completed, 300);
    assert_int_equal(f->cell.phases[0].wrong, 3 * 40);
    assert_int_equal(f->cell.phases[0].failed, 0);
}

static void somebody_under_a_login_of_nobody_is_wrong(void **state) {
    static const char *logins[] = {"yoen", "who"};
    struct load_fixture *f = *state;
    f->settings.database.users = 3;
    f->phases[0].keys = (struct scenario_keys){
        .kind = SCENARIO_KEYS_LIST, .logins = logins, .logins_count = 2};
    fake_script.answer = FAKE_SOMEBODY;
    const struct result_phase *phase = run(f, LOAD_DONE);
    assert_int_equal(phase->completed, 100);
    assert_int_equal(phase->wrong, 50);
}

static void failed_answers_are_errors_and_the_first_is_told(void **state) {
    struct load_fixture *f = *state;
    fake_script.answer = FAKE_FAILED;
    fake_script.answer_from = 91;
    const struct result_phase *phase = run(f, LOAD_DONE);
    assert_int_equal(phase->completed, 90);
    assert_int_equal(phase->failed, 10);
    assert_int_equal(phase->completed_in_window, 90);
    assert_int_equal(phase->latency.count, 90);
    assert_string_equal(f->cell.error, "the disk is on fire");
}

static void an_answer_that_comes_twice_ends_the_load_by_name(void **state) {
    struct load_fixture *f = *state;
    fake_script.answer = FAKE_TWICE;
    fake_script.answer_from = 100;
    (void)run(f, LOAD_FAILED);
    assert_non_null(strstr(f->outcome.error, "a lookup of "));
    assert_non_null(strstr(f->outcome.error, " was answered twice"));
}

static void
an_answer_after_the_close_is_told_from_one_that_is_late(void **state) {
    struct load_fixture *f = *state;
    fake_script.answer = FAKE_AFTER_CLOSE;
    fake_script.answer_from = 100;
    (void)run(f, LOAD_FAILED);
    assert_non_null(strstr(f->outcome.error,
                           " was answered after the subject had said that it "
                           "was closed"));
}

/* ---- Answers and callbacks that never come -------------------------------*/

static void lost_answers_are_noticed_when_the_loop_runs_dry(void **state) {
    struct load_fixture *f = *state;
    fake_script.answer = FAKE_NONE;
    fake_script.answer_from = 51;
    load_fixture_start(f, &fake_subject);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_LOST);
    load_result(f->load, f->arena, &f->cell);
    assert_int_equal(f->cell.phases[0].completed, 50);
    assert_int_equal(f->cell.phases[0].submitted, 60);
    assert_int_equal(f->cell.cycles.completed, 0);
    assert_int_equal(fake_record.closes, 0);
}

static void lost_answers_are_noticed_though_a_clock_runs(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].lookups = 0;
    f->phases[0].for_ns = UINT64_C(3600000000000);
    fake_script.answer = FAKE_NONE;
    load_fixture_start(f, &fake_subject);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_LOST);
}

static void a_loop_that_turns_without_an_answer_is_stalled(void **state) {
    struct load_fixture *f = *state;
    f->settings.limits.stall_ns = UINT64_C(50000000);
    fake_script.answer = FAKE_NONE;
    fake_script.answer_from = 51;
    fake_script.keeps_loop_alive = true;
    load_fixture_start(f, &fake_subject);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_STALLED);
}

static void a_phase_ends_by_the_clock_though_nothing_is_answered(void **state) {
    struct load_fixture *f = *state;
    f->settings.limits.stall_ns = UINT64_C(50000000);
    f->settings.phases_count = 2;
    f->phases[0].in_flight = 1;
    f->phases[0].lookups = 0;
    f->phases[0].for_ns = UINT64_C(3000000);
    fake_script.answer = FAKE_NONE;
    fake_script.answer_to = 1;
    fake_script.keeps_loop_alive = true;
    load_fixture_start(f, &fake_subject);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_STALLED);
    load_result(f->load, f->arena, &f->cell);
    assert_int_equal(f->cell.phases[0].completed, 0);
    assert_int_equal(f->cell.phases[1].completed, 100);
    assert_int_equal(f->cell.phases[1].in_flight_peak, 10);
}

static void answers_that_come_too_late_change_no_figure(void **state) {
    struct load_fixture *f = *state;
    fake_script.answer = FAKE_NONE;
    fake_script.answer_from = 51;
    load_fixture_start(f, &fake_subject);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_LOST);
    fake_recover();
    load_result(f->load, f->arena, &f->cell);
    assert_int_equal(f->cell.phases[0].completed, 50);
    assert_int_equal(f->cell.phases[0].latency.count, 50);
}

static void a_close_without_its_callback_is_lost(void **state) {
    struct load_fixture *f = *state;
    fake_script.close_is_silent = true;
    (void)run(f, LOAD_LOST);
    assert_int_equal(fake_record.closes, 1);
}

static void a_close_that_takes_for_ever_is_stalled(void **state) {
    struct load_fixture *f = *state;
    f->settings.limits.stall_ns = UINT64_C(50000000);
    fake_script.close_is_silent = true;
    fake_script.keeps_loop_alive = true;
    (void)run(f, LOAD_STALLED);
}

/* ---- Refusals ------------------------------------------------------------*/

static void a_thread_that_cannot_be_started_is_the_last_cycle(void **state) {
    struct load_fixture *f = *state;
    fake_script.refusal = DBPOOL_ETHREAD;
    fake_script.refuse_from = 118;
    load_fixture_start(f, &fake_subject);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    assert_int_equal(load_fixture_cycle(f, 2), LOAD_EXHAUSTED);
    assert_int_equal(f->outcome.error_number, EAGAIN);
    assert_string_equal(f->outcome.error, "can't start new thread");
    load_fixture_result(f);
    const struct result_phase *phase = &f->cell.phases[0];
    assert_string_equal(f->cell.error, "can't start new thread");
    assert_int_equal(fake_record.submitted, 118);
    assert_int_equal(phase->submitted, 118);
    assert_int_equal(phase->completed, 117);
    assert_int_equal(phase->failed, 1);
    assert_int_equal(phase->completed_in_window, 100);
    assert_int_equal(f->cell.cycles.completed, 1);
    assert_int_equal(f->board.cycles, 2);
    assert_int_equal(fake_record.closes, 2);
}

static void the_very_first_thread_may_be_the_one(void **state) {
    struct load_fixture *f = *state;
    fake_script.refusal = DBPOOL_ETHREAD;
    fake_script.refuse_from = 1;
    const struct result_phase *phase = run(f, LOAD_EXHAUSTED);
    assert_int_equal(phase->submitted, 1);
    assert_int_equal(phase->failed, 1);
    assert_int_equal(fake_record.closes, 1);
}

static void exhaustion_shuts_down_as_the_scenario_says(void **state) {
    struct load_fixture *f = *state;
    f->settings.pool.shutdown = SCENARIO_MISSING;
    fake_script.refusal = DBPOOL_ETHREAD;
    fake_script.refuse_from = 5;
    (void)run(f, LOAD_EXHAUSTED);
    assert_int_equal(fake_record.drops, 1);
    assert_int_equal(fake_record.closes, 0);
}

static void other_refusals_are_failures_up_to_the_last_lookup(void **state) {
    struct load_fixture *f = *state;
    fake_script.refusal = DBPOOL_ECLOSED;
    fake_script.refuse_from = 31;
    const struct result_phase *phase = run(f, LOAD_DONE);
    assert_int_equal(phase->submitted, 100);
    assert_int_equal(phase->completed, 30);
    assert_int_equal(phase->failed, 70);
    assert_int_equal(f->board.answered, 100);
    assert_string_equal(f->cell.error, dbpool_strerror(DBPOOL_ECLOSED));
}

static void refusals_do_not_keep_a_phase_from_its_end(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].lookups = 0;
    f->phases[0].for_ns = UINT64_C(3000000);
    fake_script.refusal = DBPOOL_ECLOSED;
    fake_script.refuse_from = 1;
    const struct result_phase *phase = run(f, LOAD_DONE);
    assert_true(phase->failed > 0);
    assert_int_equal(phase->completed, 0);
    assert_true(phase->duration_s == 0.003);
}

static void a_full_subject_rejects_which_is_no_error(void **state) {
    struct load_fixture *f = *state;
    fake_script.refusal = DBPOOL_EFULL;
    fake_script.refuse_from = 31;
    const struct result_phase *phase = run(f, LOAD_DONE);
    assert_int_equal(phase->rejected, 70);
    assert_int_equal(phase->failed, 0);
    assert_null(f->cell.error);
}

static void a_subject_that_cannot_be_opened_says_why(void **state) {
    struct load_fixture *f = *state;
    fake_script.open_status = DBPOOL_EURL;
    const struct result_phase *phase = run(f, LOAD_FAILED);
    assert_string_equal(f->outcome.error, dbpool_strerror(DBPOOL_EURL));
    assert_string_equal(f->cell.error, dbpool_strerror(DBPOOL_EURL));
    assert_int_equal(phase->submitted, 0);
}

/* ---- Shutdown ------------------------------------------------------------*/

static void expect_shutdown(struct load_fixture *f,
                            enum scenario_shutdown shutdown,
                            struct fake_record expected) {
    const struct subject_calls *calls = &fake_subject;
    f->settings.pool.shutdown = shutdown;
    load_fixture_start(f, calls);
    assert_int_equal(load_fixture_cycle(f, 7), LOAD_DONE);
    assert_int_equal(fake_record.closes, expected.closes);
    assert_int_equal(fake_record.closes_joined, expected.closes_joined);
    assert_int_equal(fake_record.forgets, expected.forgets);
    assert_int_equal(fake_record.drops, expected.drops);
    assert_int_equal(fake_record.cycle, 7);
}

static void clean_closes_once(void **state) {
    expect_shutdown(*state, SCENARIO_CLEAN, (struct fake_record){.closes = 1});
}

static void twice_closes_again_before_the_first_is_done(void **state) {
    expect_shutdown(*state, SCENARIO_TWICE,
                    (struct fake_record){.closes = 2, .closes_joined = 1});
}

static void missing_calls_nothing(void **state) {
    expect_shutdown(*state, SCENARIO_MISSING, (struct fake_record){.drops = 1});
}

static void uncalled_forgets(void **state) {
    expect_shutdown(*state, SCENARIO_UNCALLED,
                    (struct fake_record){.forgets = 1});
}

static void references_and_the_warm_up_are_always_closed(void **state) {
    struct load_fixture *f = *state;
    f->settings.pool.shutdown = SCENARIO_MISSING;
    load_fixture_start(f, &fake_subject);
    load_warm_up(f->load, &f->outcome);
    assert_int_equal(f->outcome.end, LOAD_DONE);
    assert_int_equal(fake_record.submitted, f->settings.pool.max);
    assert_int_equal(fake_record.in_flight_peak, f->settings.pool.max);
    assert_int_equal(fake_record.closes, 1);
    load_free(f->load);
    load_fixture_start(f, &fake_reference);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    assert_int_equal(fake_record.closes, 2);
    assert_int_equal(fake_record.drops, 0);
}

/* ---- Interrupted ---------------------------------------------------------*/

static void an_interrupt_answers_and_closes_and_keeps_all(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].lookups = UINT64_C(1) << 60;
    fake_script.interrupt = &f->interrupted;
    fake_script.interrupt_at = 1000;
    const struct result_phase *phase = run(f, LOAD_INTERRUPTED);
    assert_true(phase->submitted >= 1000);
    assert_int_equal(phase->completed, phase->submitted);
    assert_true(phase->completed_in_window > 0);
    assert_true(phase->duration_s > 0);
    assert_int_equal(fake_record.closes, 1);
    assert_int_equal(f->cell.cycles.completed, 0);
}

static void after_an_interrupt_no_cycle_begins(void **state) {
    struct load_fixture *f = *state;
    f->interrupted = SIGINT;
    (void)run(f, LOAD_INTERRUPTED);
    assert_int_equal(fake_record.opened, 0);
}

/* A subject that was lost comes back in the end, so that nothing is left of
 * it. */
static int tear_down_lost(void **state) {
    fake_recover();
    return load_fixture_tear_down(state);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, set_up, load_fixture_tear_down)
#define TEST_LOST(name)                                                        \
    cmocka_unit_test_setup_teardown(name, set_up, tear_down_lost)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(every_kind_of_lie_is_seen),
        TEST(somebody_under_a_login_of_nobody_is_wrong),
        TEST(failed_answers_are_errors_and_the_first_is_told),
        TEST(an_answer_that_comes_twice_ends_the_load_by_name),
        TEST(an_answer_after_the_close_is_told_from_one_that_is_late),
        TEST_LOST(lost_answers_are_noticed_when_the_loop_runs_dry),
        TEST_LOST(lost_answers_are_noticed_though_a_clock_runs),
        TEST_LOST(a_loop_that_turns_without_an_answer_is_stalled),
        TEST_LOST(a_phase_ends_by_the_clock_though_nothing_is_answered),
        TEST(answers_that_come_too_late_change_no_figure),
        TEST_LOST(a_close_without_its_callback_is_lost),
        TEST_LOST(a_close_that_takes_for_ever_is_stalled),
        TEST(a_thread_that_cannot_be_started_is_the_last_cycle),
        TEST(the_very_first_thread_may_be_the_one),
        TEST(exhaustion_shuts_down_as_the_scenario_says),
        TEST(other_refusals_are_failures_up_to_the_last_lookup),
        TEST(refusals_do_not_keep_a_phase_from_its_end),
        TEST(a_full_subject_rejects_which_is_no_error),
        TEST(a_subject_that_cannot_be_opened_says_why),
        TEST(clean_closes_once),
        TEST(twice_closes_again_before_the_first_is_done),
        TEST(missing_calls_nothing),
        TEST(uncalled_forgets),
        TEST(references_and_the_warm_up_are_always_closed),
        TEST(an_interrupt_answers_and_closes_and_keeps_all),
        TEST(after_an_interrupt_no_cycle_begins),
    };
    return SUITE_RUN(tests, argc, argv);
}
