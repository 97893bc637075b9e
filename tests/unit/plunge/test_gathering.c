/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck */
#include "load/gathering.h"

#include <signal.h>
#include <string.h>

#include "support/fake_subject.h"
#include "support/load_fixture.h"
#include "support/suite.h"

/* Lookups that are all in flight at once are waited for together. The subject
 * answers the last of them first. */

#define YOEN "Mr 'Yoen Van der Veld' is connected under 'yoen'\n"
#define ESTEBAN "Mr 'Estebán Garcia Marquez' is connected under 'esteban'\n"
#define WHO "nobody is connected under 'who'\n"

#define A_MOMENT_NS 1 /* over as soon as a request was submitted */

static const char *logins[] = {"yoen", "who", "esteban"};

/* Three lookups at once in the first phase, and in the second. */
static int set_up(void **state) {
    fake_script = (struct fake_script){.backwards = true};
    fake_record = (struct fake_record){0};
    (void)load_fixture_set_up(state);
    struct load_fixture *f = *state;
    f->settings.database.users = 3;
    for (size_t i = 0; i < 2; i++) {
        f->phases[i].in_flight = 3;
        f->phases[i].lookups = 3;
        f->phases[i].show_answers = true;
        f->phases[i].keys = (struct scenario_keys){
            .kind = SCENARIO_KEYS_LIST, .logins = logins, .logins_count = 3};
    }
    return 0;
}

static void run(struct load_fixture *f, enum load_end end) {
    load_fixture_start(f, &fake_subject);
    assert_int_equal(load_fixture_cycle(f, 1), end);
    load_fixture_result(f);
}

/* ---- Gathered ------------------------------------------------------------*/

static void what_fits_in_flight_is_shown_in_the_order_asked_for(void **state) {
    struct load_fixture *f = *state;
    run(f, LOAD_DONE);
    assert_string_equal(f->answers_text, YOEN WHO ESTEBAN);
    assert_int_equal(fake_record.gathers, 1);
    assert_int_equal(fake_record.gathered, 3);
    assert_int_equal(f->cell.phases[0].completed, 3);
    assert_int_equal(f->cell.phases[0].wrong, 0);
}

static void room_for_more_than_there_are_is_no_obstacle(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].in_flight = 10;
    run(f, LOAD_DONE);
    assert_string_equal(f->answers_text, YOEN WHO ESTEBAN);
    assert_int_equal(fake_record.gathered, 3);
}

static void a_single_lookup_is_gathered_too(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].in_flight = 1;
    f->phases[0].lookups = 1;
    run(f, LOAD_DONE);
    assert_string_equal(f->answers_text, YOEN);
    assert_int_equal(fake_record.gathered, 1);
}

static void every_cycle_is_gathered_anew(void **state) {
    struct load_fixture *f = *state;
    f->settings.cycles = 3;
    load_fixture_start(f, &fake_subject);
    for (uint64_t cycle = 1; cycle <= 3; cycle++) {
        assert_int_equal(load_fixture_cycle(f, cycle), LOAD_DONE);
        assert_int_equal(fake_record.gathers, cycle);
    }
    load_fixture_result(f);
    assert_string_equal(f->answers_text,
                        YOEN WHO ESTEBAN YOEN WHO ESTEBAN YOEN WHO ESTEBAN);
}

/* The second asks with the slots of the first, whose gathering has not called
 * back yet when its last answer lets the second begin. */
static void a_phase_follows_another_that_is_gathered(void **state) {
    struct load_fixture *f = *state;
    f->settings.phases_count = 2;
    run(f, LOAD_DONE);
    assert_string_equal(f->answers_text, YOEN WHO ESTEBAN YOEN WHO ESTEBAN);
    assert_int_equal(fake_record.gathers, 2);
    assert_int_equal(fake_record.gathered, 6);
}

static void what_follows_one_that_is_gathered_need_not_be(void **state) {
    struct load_fixture *f = *state;
    f->settings.phases_count = 2;
    f->phases[1].lookups = 4;
    run(f, LOAD_DONE);
    assert_int_equal(fake_record.gathers, 1);
    assert_memory_equal(f->answers_text, YOEN WHO ESTEBAN,
                        strlen(YOEN WHO ESTEBAN));
    assert_string_equal(f->answers_text + strlen(YOEN WHO ESTEBAN),
                        ESTEBAN WHO YOEN YOEN);
}

static void a_failed_lookup_does_not_keep_the_others_back(void **state) {
    struct load_fixture *f = *state;
    fake_script.answer = FAKE_FAILED;
    fake_script.answer_from = 2; /* backwards, too: "who" */
    fake_script.answer_to = 2;
    run(f, LOAD_DONE);
    assert_string_equal(f->answers_text, YOEN ESTEBAN);
    assert_int_equal(f->cell.phases[0].failed, 1);
    assert_int_equal(fake_record.gathers, 1);
}

static void the_warm_up_is_gathered_and_shows_nothing(void **state) {
    struct load_fixture *f = *state;
    load_fixture_start(f, &fake_subject);
    load_warm_up(f->load, &f->outcome);
    assert_int_equal(f->outcome.end, LOAD_DONE);
    assert_int_equal(fake_record.gathered, f->settings.pool.max);
    assert_int_equal(ftell(f->answers), 0);
}

/* ---- Not gathered --------------------------------------------------------*/

static void what_does_not_fit_in_flight_is_shown_as_it_comes(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].lookups = 4;
    run(f, LOAD_DONE);
    assert_string_equal(f->answers_text, ESTEBAN WHO YOEN YOEN);
    assert_int_equal(fake_record.gathers, 0);
}

static void a_phase_by_the_clock_is_not_gathered(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].lookups = 0;
    f->phases[0].for_ns = UINT64_C(1000000);
    run(f, LOAD_DONE);
    assert_int_equal(fake_record.gathers, 0);
    assert_true(f->cell.phases[0].completed > 0);
}

static void a_subject_that_cannot_gather_shows_as_it_answers(void **state) {
    struct load_fixture *f = *state;
    load_fixture_start(f, &fake_reference);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    assert_string_equal(f->answers_text, ESTEBAN WHO YOEN);
    assert_int_equal(fake_record.gathers, 0);
}

/* The first phase is over with its first submission, which is still in flight:
 * two of the next one's three go out beside it. */
static void a_phase_that_cannot_be_filled_at_once_is_not(void **state) {
    struct load_fixture *f = *state;
    f->settings.phases_count = 2;
    f->phases[0].lookups = 0;
    f->phases[0].for_ns = A_MOMENT_NS;
    run(f, LOAD_DONE);
    assert_int_equal(f->cell.phases[0].completed, 1);
    assert_int_equal(f->cell.phases[1].completed, 3);
    assert_int_equal(fake_record.in_flight_peak, 3);
    assert_int_equal(fake_record.gathers, 0);
    /* Yoen was the first phase's; each answer lets one more in. */
    assert_string_equal(f->answers_text, WHO YOEN YOEN ESTEBAN);
}

static void a_phase_with_room_beside_an_earlier_one_is(void **state) {
    struct load_fixture *f = *state;
    f->settings.phases_count = 2;
    f->phases[0].lookups = 0;
    f->phases[0].for_ns = A_MOMENT_NS;
    f->phases[1].in_flight = 4;
    run(f, LOAD_DONE);
    assert_int_equal(fake_record.in_flight_peak, 4);
    assert_int_equal(fake_record.gathered, 3);
    assert_string_equal(f->answers_text, YOEN WHO ESTEBAN YOEN);
}

/* ---- Broken off ----------------------------------------------------------*/

static void refuse(int status, uint64_t from, uint64_t to) {
    fake_script.refusal = status;
    fake_script.refuse_from = from;
    fake_script.refuse_to = to;
}

static void a_refusal_in_between_ends_the_gathering(void **state) {
    struct load_fixture *f = *state;
    refuse(DBPOOL_EFULL, 2, 2);
    run(f, LOAD_DONE);
    assert_int_equal(f->cell.phases[0].rejected, 1);
    assert_int_equal(f->cell.phases[0].completed, 2);
    assert_int_equal(fake_record.gathers, 0);
    assert_non_null(strstr(f->answers_text, YOEN));
    assert_non_null(strstr(f->answers_text, ESTEBAN));
}

static void a_refusal_of_all_that_follow_does_so_too(void **state) {
    struct load_fixture *f = *state;
    refuse(DBPOOL_ECLOSED, 2, 0);
    run(f, LOAD_DONE);
    assert_int_equal(f->cell.phases[0].failed, 2);
    assert_int_equal(fake_record.gathers, 0);
    assert_string_equal(f->answers_text, YOEN);
}

/* It settles the phase, so that the next one begins in the midst of it. */
static void a_refusal_of_the_only_lookup_leaves_nothing_open(void **state) {
    struct load_fixture *f = *state;
    f->settings.phases_count = 2;
    f->phases[0].lookups = 1;
    refuse(DBPOOL_ECLOSED, 1, 1);
    run(f, LOAD_DONE);
    assert_int_equal(f->cell.phases[0].failed, 1);
    assert_int_equal(f->cell.phases[1].completed, 3);
}

static void an_exhaustion_in_between_leaves_nothing_open(void **state) {
    struct load_fixture *f = *state;
    refuse(DBPOOL_ETHREAD, 3, 0);
    run(f, LOAD_EXHAUSTED);
    assert_int_equal(f->cell.phases[0].submitted, 3);
    assert_int_equal(f->cell.phases[0].completed, 2);
    assert_int_equal(fake_record.gathers, 0);
    assert_string_equal(f->answers_text, WHO YOEN);
}

static void an_interrupt_waits_for_what_is_gathered(void **state) {
    struct load_fixture *f = *state;
    f->settings.cycles = 2;
    fake_script.interrupt = &f->interrupted;
    fake_script.interrupt_at = 3;
    load_fixture_start(f, &fake_subject);
    (void)load_fixture_cycle(f, 1);
    load_fixture_result(f);
    assert_string_equal(f->answers_text, YOEN WHO ESTEBAN);
    assert_int_equal(load_fixture_cycle(f, 2), LOAD_INTERRUPTED);
}

/* The gathering stays with the subject, which calls back in the end. */
static void lost_answers_are_noticed_though_they_are_gathered(void **state) {
    struct load_fixture *f = *state;
    fake_script.answer = FAKE_NONE;
    fake_script.answer_from = 2;
    load_fixture_start(f, &fake_subject);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_LOST);
    load_result(f->load, f->arena, &f->cell);
    assert_int_equal(f->cell.phases[0].completed, 1);
    assert_int_equal(fake_record.gathers, 1);
}

/* A subject that was lost comes back in the end, so that nothing is left of
 * it. */
static int tear_down_lost(void **state) {
    fake_recover();
    return load_fixture_tear_down(state);
}

/* ---- With a real pool ----------------------------------------------------*/

static void a_pool_gathers_phases_cycle_after_cycle(void **state) {
    struct load_fixture *f = *state;
    load_fixture_make_database(f);
    f->settings.phases_count = 2;
    f->settings.cycles = 5;
    load_fixture_start(f, &subject_dbpool);
    for (uint64_t cycle = 1; cycle <= 5; cycle++) {
        assert_int_equal(load_fixture_cycle(f, cycle), LOAD_DONE);
        load_fixture_result(f);
        assert_string_equal(f->answers_text, YOEN WHO ESTEBAN YOEN WHO ESTEBAN);
    }
    assert_int_equal(f->cell.phases[1].wrong, 0);
    assert_int_equal(dbpool_census(NULL, 0), 0);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, set_up, load_fixture_tear_down)
#define TEST_LOST(name)                                                        \
    cmocka_unit_test_setup_teardown(name, set_up, tear_down_lost)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(what_fits_in_flight_is_shown_in_the_order_asked_for),
        TEST(room_for_more_than_there_are_is_no_obstacle),
        TEST(a_single_lookup_is_gathered_too),
        TEST(every_cycle_is_gathered_anew),
        TEST(a_phase_follows_another_that_is_gathered),
        TEST(what_follows_one_that_is_gathered_need_not_be),
        TEST(a_failed_lookup_does_not_keep_the_others_back),
        TEST(the_warm_up_is_gathered_and_shows_nothing),
        TEST(what_does_not_fit_in_flight_is_shown_as_it_comes),
        TEST(a_phase_by_the_clock_is_not_gathered),
        TEST(a_subject_that_cannot_gather_shows_as_it_answers),
        TEST(a_phase_that_cannot_be_filled_at_once_is_not),
        TEST(a_phase_with_room_beside_an_earlier_one_is),
        TEST(a_refusal_in_between_ends_the_gathering),
        TEST(a_refusal_of_all_that_follow_does_so_too),
        TEST(a_refusal_of_the_only_lookup_leaves_nothing_open),
        TEST(an_exhaustion_in_between_leaves_nothing_open),
        TEST(an_interrupt_waits_for_what_is_gathered),
        TEST_LOST(lost_answers_are_noticed_though_they_are_gathered),
        TEST(a_pool_gathers_phases_cycle_after_cycle),
    };
    return SUITE_RUN(tests, argc, argv);
}
