/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck */
#include "load/open.h"

#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "load/lateness.h"
#include "load/schedule.h"
#include "load/thinking.h"
#include "measure/histogram.h"
#include "support/fake_subject.h"
#include "support/load_fixture.h"
#include "support/suite.h"

/* Open loops, and closed ones that think, in loads of their own. The fake
 * answers in the next turn of the loop, and stalls by script. */

#define MS CLOCK_NS_PER_MS

static int set_up(void **state) {
    fake_script = (struct fake_script){0};
    fake_record = (struct fake_record){0};
    (void)load_fixture_set_up(state);
    return 0;
}

/* Phase @index comes at @rate for @for_ns, with room for 1,000 in flight. */
static struct scenario_phase *comes(struct load_fixture *f, size_t index,
                                    uint64_t rate, uint64_t for_ns) {
    struct scenario_phase *phase = &f->phases[index];
    phase->rate = (struct scenario_rate){.kind = SCENARIO_RATE_CONSTANT,
                                         .base_per_s = rate};
    phase->arrival = SCENARIO_UNIFORM;
    phase->in_flight = 1000;
    phase->for_ns = for_ns;
    phase->lookups = 0;
    return phase;
}

static const struct result_phase *run(struct load_fixture *f) {
    load_fixture_start(f, &fake_subject);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    return &f->cell.phases[0];
}

/* ---- What comes ----------------------------------------------------------*/

static void as_many_lookups_come_as_the_rate_says(void **state) {
    struct load_fixture *f = *state;
    (void)comes(f, 0, 2000, 250 * MS);
    const struct result_phase *phase = run(f);
    assert_int_equal(phase->submitted, 500);
    assert_int_equal(phase->completed, 500);
    assert_int_equal(phase->lateness.count, 500);
    assert_true(phase->duration_s == 0.25);
}

static void a_number_of_lookups_ends_it_with_the_last_answer(void **state) {
    struct load_fixture *f = *state;
    comes(f, 0, 5000, 0)->lookups = 321;
    const struct result_phase *phase = run(f);
    assert_int_equal(phase->submitted, 321);
    assert_int_equal(phase->completed, 321);
    assert_int_equal(phase->completed_in_window, 321);
}

static void random_lookups_come_as_their_schedule_says(void **state) {
    struct load_fixture *f = *state;
    struct scenario_phase *plan = comes(f, 0, 3000, 300 * MS);
    plan->arrival = SCENARIO_POISSON;
    struct schedule schedule;
    /* Of the fixture's seed, the first phase, cycle 1. */
    schedule_begin(&schedule,
                   &(struct schedule_options){
                       .rate = &plan->rate,
                       .arrival = plan->arrival,
                       .for_ns = plan->for_ns,
                       .stream = schedule_stream(random_mix(42, 0), 1),
                   });
    uint64_t count = 0;
    while (schedule_next(&schedule) < plan->for_ns) {
        count++;
    }
    assert_int_equal(run(f)->submitted, count);
}

static void phases_of_both_kinds_follow_each_other(void **state) {
    struct load_fixture *f = *state;
    f->settings.phases_count = 4;
    static const char *const names[] = {"closed", "open", "thinking", "last"};
    for (size_t i = 0; i < 4; i++) {
        f->phases[i].name = names[i];
    }
    (void)comes(f, 1, 1000, 50 * MS);
    f->phases[2].think =
        (struct scenario_think){SCENARIO_THINK_EXPONENTIAL, MS};
    (void)comes(f, 3, 1000, 50 * MS);
    (void)run(f);
    assert_int_equal(f->cell.phases[0].completed, 100);
    assert_int_equal(f->cell.phases[1].completed, 50);
    assert_int_equal(f->cell.phases[2].completed, 100);
    assert_int_equal(f->cell.phases[3].completed, 50);
    /* A second cycle begins where the first began. */
    assert_int_equal(load_fixture_cycle(f, 2), LOAD_DONE);
    load_fixture_result(f);
    assert_int_equal(f->cell.phases[1].completed, 100);
    assert_int_equal(f->cell.phases[2].completed, 200);
}

static void a_pool_answers_what_comes(void **state) {
    struct load_fixture *f = *state;
    load_fixture_make_database(f);
    f->settings.pool.subject = SCENARIO_DBPOOL;
    comes(f, 0, 2000, 100 * MS)->arrival = SCENARIO_UNIFORM;
    load_fixture_start(f, NULL);
    load_warm_up(f->load, &f->outcome);
    assert_int_equal(f->outcome.end, LOAD_DONE);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    assert_int_equal(f->cell.phases[0].completed, 200);
    assert_int_equal(f->cell.phases[0].wrong, 0);
}

/* It waits for nobody, but for the time at which the next one is due. */
static void a_rate_below_the_stall_limit_is_no_stall(void **state) {
    struct load_fixture *f = *state;
    f->settings.limits.stall_ns = 100 * MS;
    comes(f, 0, 3, 0)->lookups = 2;
    assert_int_equal(run(f)->completed, 2);
}

/* ---- A subject that stalls -----------------------------------------------*/

static uint64_t percentile_of(const char *encoded, double percentile) {
    struct histogram histogram;
    histogram_init(&histogram);
    assert_int_equal(histogram_decode(&histogram, encoded), 0);
    uint64_t value = histogram_percentile(&histogram, percentile);
    histogram_fini(&histogram);
    return value;
}

/* What comes during the second waits for its end, and was meant to start
 * before: from there it took up to a second. Once submitted, only what was in
 * flight took long, and that is less than one of a hundred. */
static void a_stall_shows_from_the_intended_start_alone(void **state) {
    struct load_fixture *f = *state;
    comes(f, 0, 1000, 2000 * MS)->in_flight = 2000;
    fake_script.stall_at = 500;
    fake_script.stall_ms = 1000;
    const struct result_phase *phase = run(f);
    assert_int_equal(phase->completed, 2000);
    assert_true(phase->latency.p99 >= 900 * MS);
    assert_true(phase->latency.max >= 999 * MS);
    /* Half of all were meant to start in it. */
    assert_true(percentile_of(phase->histogram, 75) >= 400 * MS);
    assert_true(phase->service.p99 < 500 * MS);
    /* It was the subject that had the thread: nobody else was late. */
    assert_true(phase->lateness.p99 < 500 * MS);
}

static void a_stall_is_not_the_generator_s(void **state) {
    (void)state;
    struct lateness lateness = {0};
    assert_int_equal(lateness_of(&lateness, 100 * MS, 100 * MS), 0);
    assert_int_equal(lateness_of(&lateness, 100 * MS, 103 * MS), 3 * MS);
    lateness_held(&lateness, 95 * MS, 101 * MS);
    assert_int_equal(lateness_of(&lateness, 100 * MS, 103 * MS), 2 * MS);
    lateness_held(&lateness, 102 * MS, 110 * MS);
    assert_int_equal(lateness_of(&lateness, 100 * MS, 103 * MS), MS);
    assert_int_equal(lateness_of(&lateness, 90 * MS, 120 * MS), 16 * MS);
    /* What is short is the generator's to bear. */
    lateness_held(&lateness, 130 * MS, 130 * MS + 1000);
    assert_int_equal(lateness_of(&lateness, 129 * MS, 131 * MS), 2 * MS);
    /* The oldest is forgotten, which makes nobody look better. */
    for (uint64_t i = 0; i < LATENESS_HOLDS - 1; i++) {
        lateness_held(&lateness, (200 + i) * MS, (200 + i) * MS + MS / 2);
    }
    assert_int_equal(lateness_of(&lateness, 90 * MS, 120 * MS), 22 * MS);
}

/* ---- The cap -------------------------------------------------------------*/

struct recovery {
    const struct load_fixture *f;
    uint64_t submitted; /* all of them: nothing more comes */
    uv_timer_t timer;
};

static void recover_when_all_came(uv_timer_t *timer) {
    const struct recovery *recovery = timer->data;
    if (atomic_load(&recovery->f->board.submitted) >= recovery->submitted) {
        uv_close((uv_handle_t *)timer, NULL);
        fake_answer_withheld();
    }
}

/* The subject answers nothing until all have come. */
static void what_is_due_above_the_cap_is_rejected_and_counted(void **state) {
    struct load_fixture *f = *state;
    comes(f, 0, 1000, 100 * MS)->in_flight = 10;
    fake_script.answer = FAKE_NONE;
    struct recovery recovery = {.f = f, .submitted = 100};
    assert_int_equal(uv_timer_init(&f->loop, &recovery.timer), 0);
    recovery.timer.data = &recovery;
    (void)uv_timer_start(&recovery.timer, recover_when_all_came, 10, 10);
    const struct result_phase *phase = run(f);
    assert_int_equal(phase->submitted, 100);
    assert_int_equal(phase->rejected, 90);
    assert_int_equal(phase->completed, 10);
    assert_int_equal(phase->in_flight_peak, 10);
    assert_int_equal(fake_record.submitted, 10);
    assert_int_equal(f->board.answered, 100);
}

/* Once one was submitted, the loop does nothing else until the phase is over,
 * and then answers. */
static void answer_after_the_end(uv_timer_t *timer) {
    const uint64_t end_ns = clock_now_ns() + 150 * MS;
    if (fake_record.submitted == 0) {
        return;
    }
    while (clock_now_ns() < end_ns) {
    }
    fake_answer_withheld();
    uv_close((uv_handle_t *)timer, NULL);
}

static void what_was_due_before_an_answer_finds_no_room(void **state) {
    struct load_fixture *f = *state;
    comes(f, 0, 1000, 100 * MS)->in_flight = 1;
    f->settings.pool.min = 1;
    f->settings.pool.max = 1;
    fake_script.answer = FAKE_NONE;
    uv_timer_t timer;
    assert_int_equal(uv_timer_init(&f->loop, &timer), 0);
    (void)uv_timer_start(&timer, answer_after_the_end, 5, 5);
    const struct result_phase *phase = run(f);
    assert_int_equal(phase->submitted, 100);
    assert_int_equal(phase->rejected, 99);
    assert_int_equal(phase->completed, 1);
    assert_int_equal(phase->in_flight_peak, 1);
}

static void a_phase_whose_last_lookup_is_rejected_ends_with_it(void **state) {
    struct load_fixture *f = *state;
    comes(f, 0, 1000, 0)->in_flight = 1;
    f->phases[0].lookups = 20;
    fake_script.answer = FAKE_NONE;
    struct recovery recovery = {.f = f, .submitted = 20};
    assert_int_equal(uv_timer_init(&f->loop, &recovery.timer), 0);
    recovery.timer.data = &recovery;
    (void)uv_timer_start(&recovery.timer, recover_when_all_came, 10, 10);
    const struct result_phase *phase = run(f);
    assert_int_equal(phase->rejected, 19);
    assert_int_equal(phase->completed, 1);
}

/* However many come, nobody answers: that is a stall. */
static void rejecting_is_no_progress(void **state) {
    struct load_fixture *f = *state;
    f->settings.limits.stall_ns = 100 * MS;
    comes(f, 0, 1000, 20000 * MS)->in_flight = 1;
    fake_script.answer = FAKE_NONE;
    load_fixture_start(f, &fake_subject);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_STALLED);
    fake_recover();
    /* It was not waited for the end of the phase to say so. */
    load_result(f->load, f->arena, &f->cell);
    assert_true(f->cell.phases[0].rejected < 15000);
}

static void what_the_subject_refuses_is_counted_as_that(void **state) {
    struct load_fixture *f = *state;
    (void)comes(f, 0, 2000, 50 * MS);
    fake_script.refusal = DBPOOL_EFULL;
    fake_script.refuse_from = 11;
    fake_script.refuse_to = 30;
    const struct result_phase *phase = run(f);
    assert_int_equal(phase->submitted, 100);
    assert_int_equal(phase->rejected, 20);
    assert_int_equal(phase->completed, 80);
}

static void a_thread_that_cannot_start_ends_the_load(void **state) {
    struct load_fixture *f = *state;
    f->settings.phases_count = 2;
    (void)comes(f, 0, 2000, 50 * MS);
    fake_script.refusal = DBPOOL_ETHREAD;
    fake_script.refuse_from = 11;
    load_fixture_start(f, &fake_subject);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_EXHAUSTED);
    load_fixture_result(f);
    assert_int_equal(f->cell.phases[0].submitted, 11);
    assert_int_equal(f->cell.phases[0].failed, 1);
    assert_int_equal(f->cell.phases[1].submitted, 0);
}

static void an_interrupt_ends_it(void **state) {
    struct load_fixture *f = *state;
    (void)comes(f, 0, 1000, 60000 * MS);
    fake_script.interrupt = &f->interrupted;
    fake_script.interrupt_at = 5;
    load_fixture_start(f, &fake_subject);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_INTERRUPTED);
    load_fixture_result(f);
    assert_true(f->cell.phases[0].completed >= 5);
}

/* ---- Thinking ------------------------------------------------------------*/

/* Each slot asks, and asks again 30 ms after its answer: so the third time at
 * 60 ms. */
static void a_slot_thinks_between_answer_and_lookup(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].in_flight = 4;
    f->phases[0].lookups = 12;
    f->phases[0].think =
        (struct scenario_think){SCENARIO_THINK_CONSTANT, 30 * MS};
    const struct result_phase *phase = run(f);
    assert_int_equal(phase->completed, 12);
    assert_true(phase->duration_s >= 0.06);
    assert_int_equal(fake_record.in_flight_peak, 4);
    assert_int_equal(phase->lateness.count, 12);
}

static void who_thinks_is_not_in_flight(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].in_flight = 10;
    f->phases[0].for_ns = 50 * MS;
    f->phases[0].lookups = 0;
    f->phases[0].think =
        (struct scenario_think){SCENARIO_THINK_CONSTANT, 60000 * MS};
    const struct result_phase *phase = run(f);
    assert_int_equal(phase->completed, 10);
}

static void the_heap_gives_back_who_is_due_first(void **state) {
    (void)state;
    enum { COUNT = 1000 };
    struct thinking thinking;
    thinking_init(&thinking, COUNT);
    assert_true(thinking_due_ns(&thinking) == UINT64_MAX);
    for (uint64_t i = 0; i < COUNT; i++) {
        thinking_push(&thinking, NULL, i * 7919 % 503);
    }
    uint64_t before = 0;
    for (unsigned i = 0; i < COUNT; i++) {
        assert_true(thinking_due_ns(&thinking) >= before);
        before = thinking_due_ns(&thinking);
        (void)thinking_pop(&thinking);
    }
    assert_true(thinking_due_ns(&thinking) == UINT64_MAX);
    thinking_fini(&thinking);
}

#define LOAD_TEST(name)                                                        \
    cmocka_unit_test_setup_teardown(name, set_up, load_fixture_tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        LOAD_TEST(as_many_lookups_come_as_the_rate_says),
        LOAD_TEST(a_number_of_lookups_ends_it_with_the_last_answer),
        LOAD_TEST(random_lookups_come_as_their_schedule_says),
        LOAD_TEST(phases_of_both_kinds_follow_each_other),
        LOAD_TEST(a_pool_answers_what_comes),
        LOAD_TEST(a_rate_below_the_stall_limit_is_no_stall),
        LOAD_TEST(a_stall_shows_from_the_intended_start_alone),
        cmocka_unit_test(a_stall_is_not_the_generator_s),
        LOAD_TEST(what_is_due_above_the_cap_is_rejected_and_counted),
        LOAD_TEST(what_was_due_before_an_answer_finds_no_room),
        LOAD_TEST(a_phase_whose_last_lookup_is_rejected_ends_with_it),
        LOAD_TEST(rejecting_is_no_progress),
        LOAD_TEST(what_the_subject_refuses_is_counted_as_that),
        LOAD_TEST(a_thread_that_cannot_start_ends_the_load),
        LOAD_TEST(an_interrupt_ends_it),
        LOAD_TEST(a_slot_thinks_between_answer_and_lookup),
        LOAD_TEST(who_thinks_is_not_in_flight),
        cmocka_unit_test(the_heap_gives_back_who_is_due_first),
    };
    return SUITE_RUN(tests, argc, argv);
}
