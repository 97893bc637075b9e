/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck */
#include "load/load.h"

#include <stdlib.h>
#include <string.h>

#include "subject/subject.h"
#include "support/load_fixture.h"
#include "support/suite.h"

#define A_MOMENT_NS 1 /* over as soon as a request was submitted */

static const struct result_phase *phase(const struct load_fixture *f,
                                        size_t index) {
    return &f->cell.phases[index];
}

/* ---- Phases --------------------------------------------------------------*/

static void lookups_are_all_made_and_all_answered_rightly(void **state) {
    struct load_fixture *f = *state;
    load_fixture_start(f, NULL);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    assert_int_equal(phase(f, 0)->submitted, 100);
    assert_int_equal(phase(f, 0)->completed, 100);
    assert_int_equal(phase(f, 0)->completed_in_window, 100);
    assert_int_equal(phase(f, 0)->wrong, 0);
    assert_int_equal(phase(f, 0)->in_flight_peak, 10);
    assert_int_equal(phase(f, 0)->latency.count, 100);
    assert_int_equal(phase(f, 0)->service.count, 100);
    assert_memory_equal(phase(f, 0)->histogram, "HISTFAAA", 8);
    assert_true(phase(f, 0)->duration_s > 0);
    assert_null(f->cell.error);
    assert_int_equal(f->cell.cycles.completed, 1);
}

static void fewer_lookups_than_slots_are_no_more_than_asked_for(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].lookups = 3;
    load_fixture_start(f, NULL);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    assert_int_equal(phase(f, 0)->submitted, 3);
    assert_int_equal(phase(f, 0)->in_flight_peak, 3);
}

static void a_phase_by_the_clock_lasts_exactly_so_long(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].lookups = 0;
    f->phases[0].for_ns = UINT64_C(3000000);
    load_fixture_start(f, NULL);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    assert_true(phase(f, 0)->duration_s == 0.003);
    assert_true(phase(f, 0)->completed > 0);
    assert_true(phase(f, 0)->completed_in_window <= phase(f, 0)->completed);
    assert_true(phase(f, 0)->throughput_per_s ==
                (double)phase(f, 0)->completed_in_window /
                    phase(f, 0)->duration_s);
}

static void an_answer_counts_in_the_window_in_which_it_comes(void **state) {
    struct load_fixture *f = *state;
    f->settings.phases_count = 2;
    f->phases[0].lookups = 0;
    f->phases[0].for_ns = A_MOMENT_NS;
    load_fixture_start(f, NULL);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    /* The first submission saw the first phase, and outlived it. */
    assert_int_equal(phase(f, 0)->submitted, 1);
    assert_int_equal(phase(f, 0)->completed, 1);
    assert_int_equal(phase(f, 0)->latency.count, 1);
    assert_int_equal(phase(f, 0)->completed_in_window, 0);
    assert_int_equal(phase(f, 1)->submitted, 100);
    assert_int_equal(phase(f, 1)->completed_in_window, 101);
    assert_int_equal(phase(f, 1)->latency.count, 100);
    assert_int_equal(phase(f, 1)->in_flight_peak, 10);
}

static void what_comes_in_the_drain_is_in_no_window(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].lookups = 0;
    f->phases[0].for_ns = A_MOMENT_NS;
    load_fixture_start(f, NULL);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    assert_int_equal(phase(f, 0)->completed, 1);
    assert_int_equal(phase(f, 0)->completed_in_window, 0);
    assert_true(phase(f, 0)->throughput_per_s == 0);
}

/* The first phase's requests are all in flight when the second begins: it lasts
 * for so long that they are submitted on a busy machine, too. */
static void few_lookups_come_on_top_of_what_is_in_flight(void **state) {
    struct load_fixture *f = *state;
    f->settings.phases_count = 2;
    f->phases[0].lookups = 0;
    f->phases[0].for_ns = UINT64_C(200000000);
    f->phases[1].in_flight = 100;
    f->phases[1].lookups = 2;
    load_fixture_start(f, NULL);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    assert_int_equal(phase(f, 0)->in_flight_peak, 10);
    assert_int_equal(phase(f, 1)->completed, 2);
}

static void phases_take_more_and_fewer_slots(void **state) {
    struct load_fixture *f = *state;
    f->settings.phases_count = 3;
    f->phases[0].in_flight = 2;
    f->phases[1].in_flight = 50;
    f->phases[2].in_flight = 7;
    load_fixture_start(f, NULL);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    assert_int_equal(phase(f, 0)->in_flight_peak, 2);
    assert_int_equal(phase(f, 1)->in_flight_peak, 50);
    assert_int_equal(phase(f, 2)->in_flight_peak, 7);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(phase(f, i)->completed, 100);
        assert_int_equal(phase(f, i)->completed_in_window, 100);
    }
}

static void an_unmeasured_phase_is_counted_but_not_timed(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].measure = false;
    load_fixture_start(f, NULL);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    assert_false(phase(f, 0)->measured);
    assert_int_equal(phase(f, 0)->completed, 100);
    assert_int_equal(phase(f, 0)->latency.count, 0);
    assert_null(phase(f, 0)->histogram);
}

/* ---- Cycles --------------------------------------------------------------*/

static void cycles_are_added_up(void **state) {
    struct load_fixture *f = *state;
    f->settings.cycles = 3;
    load_fixture_start(f, NULL);
    for (uint64_t cycle = 1; cycle <= 3; cycle++) {
        assert_int_equal(load_fixture_cycle(f, cycle), LOAD_DONE);
        assert_int_equal(f->board.cycles, cycle);
        assert_int_equal(f->board.answered, cycle * 100);
        assert_int_equal(f->board.submitted, cycle * 100);
    }
    load_fixture_result(f);
    assert_int_equal(phase(f, 0)->submitted, 300);
    assert_int_equal(phase(f, 0)->completed_in_window, 300);
    assert_int_equal(phase(f, 0)->latency.count, 300);
    assert_int_equal(f->cell.cycles.completed, 3);
}

static void the_warm_up_leaves_no_figure(void **state) {
    static const struct subject_calls *const subjects[] = {
        &subject_null, &subject_direct, &subject_dbpool, &subject_uvwork};
    struct load_fixture *f = *state;
    load_fixture_make_database(f);
    f->phases[0].show_answers = true;
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        load_fixture_start(f, subjects[i]);
        load_warm_up(f->load, &f->outcome);
        assert_int_equal(f->outcome.end, LOAD_DONE);
        result_cell_init(&f->cell);
        load_result(f->load, f->arena, &f->cell);
        assert_int_equal(phase(f, 0)->submitted, 0);
        assert_int_equal(phase(f, 0)->latency.count, 0);
        assert_int_equal(f->cell.cycles.completed, 0);
        assert_int_equal(f->board.answered, 0);
        assert_int_equal(f->board.cycles, 0);
        load_free(f->load);
        f->load = NULL;
    }
    assert_int_equal(ftell(f->answers), 0);
}

/* ---- Answers -------------------------------------------------------------*/

static void answers_are_shown_a_line_each(void **state) {
    static const char *logins[] = {"yoen", "who", "esteban"};
    struct load_fixture *f = *state;
    f->settings.database.users = 3;
    f->phases[0].lookups = 4;
    f->phases[0].keys = (struct scenario_keys){
        .kind = SCENARIO_KEYS_LIST, .logins = logins, .logins_count = 3};
    f->phases[0].show_answers = true;
    load_fixture_start(f, NULL);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    assert_int_equal(phase(f, 0)->completed, 4);
    assert_int_equal(phase(f, 0)->wrong, 0);
    assert_string_equal(
        f->answers_text,
        "Mr 'Yoen Van der Veld' is connected under 'yoen'\n"
        "nobody is connected under 'who'\n"
        "Mr 'Estebán Garcia Marquez' is connected under 'esteban'\n"
        "Mr 'Yoen Van der Veld' is connected under 'yoen'\n");
}

static void nobody_is_found_in_an_empty_database(void **state) {
    struct load_fixture *f = *state;
    f->settings.database.users = 0;
    load_fixture_start(f, NULL);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    assert_int_equal(phase(f, 0)->completed, 100);
    assert_int_equal(phase(f, 0)->wrong, 0);
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

#define LINES 600

/* The lines of what a subject answered, sorted, as one text. */
static char *answers_of(struct load_fixture *f,
                        const struct subject_calls *calls) {
    char *lines[LINES + 1];
    size_t count = 0;
    load_fixture_start(f, calls);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    load_free(f->load);
    f->load = NULL;
    size_t size = strlen(f->answers_text);
    char *rest = f->answers_text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL && *line != '\0';) {
        assert_true(count < LINES);
        lines[count++] = line;
    }
    assert_int_equal(count, LINES);
    qsort(lines, count, sizeof lines[0], by_text);
    char *sorted = calloc(1, size + 1);
    assert_non_null(sorted);
    char *end = sorted;
    for (size_t i = 0; i < count; i++) {
        end = stpcpy(stpcpy(end, lines[i]), "\n");
    }
    return sorted;
}

static void every_subject_is_asked_for_the_same_people(void **state) {
    struct load_fixture *f = *state;
    load_fixture_make_database(f);
    f->settings.phases_count = 2;
    f->phases[0].lookups = LINES - 100;
    f->phases[0].show_answers = true;
    f->phases[1].show_answers = true;
    char *null = answers_of(f, &subject_null);
    char *direct = answers_of(f, &subject_direct);
    char *dbpool = answers_of(f, &subject_dbpool);
    char *uvwork = answers_of(f, &subject_uvwork);
    assert_string_equal(null, direct);
    assert_string_equal(null, dbpool);
    assert_string_equal(null, uvwork);
    free(null);
    free(direct);
    free(dbpool);
    free(uvwork);
}

/* ---- Real subjects -------------------------------------------------------*/

static void direct_adds_up_over_lanes_phases_and_cycles(void **state) {
    struct load_fixture *f = *state;
    load_fixture_make_database(f);
    f->settings.phases_count = 2;
    f->phases[1].lookups = 2000;
    load_fixture_start(f, &subject_direct);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    assert_int_equal(load_fixture_cycle(f, 2), LOAD_DONE);
    load_fixture_result(f);
    assert_int_equal(phase(f, 0)->completed_in_window, 200);
    assert_int_equal(phase(f, 1)->completed, 4000);
    assert_int_equal(phase(f, 1)->wrong, 0);
    assert_int_equal(phase(f, 1)->latency.count, 4000);
    assert_int_equal(f->board.answered, 4200);
    assert_int_equal(f->board.submitted, 4200);
    assert_in_range(phase(f, 1)->in_flight_peak, 1, 5);
}

static void direct_runs_by_the_clock(void **state) {
    struct load_fixture *f = *state;
    load_fixture_make_database(f);
    f->phases[0].lookups = 0;
    f->phases[0].for_ns = UINT64_C(5000000);
    load_fixture_start(f, &subject_direct);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    assert_true(phase(f, 0)->duration_s == 0.005);
    assert_int_equal(phase(f, 0)->wrong, 0);
    assert_true(phase(f, 0)->completed_in_window <= phase(f, 0)->completed);
}

static void dbpool_adds_up_over_phases_and_cycles(void **state) {
    struct load_fixture *f = *state;
    load_fixture_make_database(f);
    f->settings.phases_count = 2;
    f->settings.pool.shutdown = SCENARIO_TWICE;
    f->phases[1].lookups = 2000;
    load_fixture_start(f, &subject_dbpool);
    load_warm_up(f->load, &f->outcome);
    assert_int_equal(f->outcome.end, LOAD_DONE);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    assert_int_equal(load_fixture_cycle(f, 2), LOAD_DONE);
    load_fixture_result(f);
    assert_int_equal(phase(f, 0)->completed_in_window, 200);
    assert_int_equal(phase(f, 1)->completed_in_window, 4000);
    assert_int_equal(phase(f, 1)->wrong, 0);
    assert_int_equal(dbpool_census(NULL, 0), 0);
}

static void a_database_that_is_missing_fails_every_lookup(void **state) {
    struct load_fixture *f = *state;
    strcpy(f->database.path, "/nowhere/users.db");
    load_fixture_start(f, &subject_dbpool);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    assert_int_equal(phase(f, 0)->failed, 100);
    assert_int_equal(phase(f, 0)->completed, 0);
    assert_non_null(f->cell.error);
    load_free(f->load);
    load_fixture_start(f, &subject_direct);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_FAILED);
    assert_true(f->outcome.error[0] != '\0');
    f->database.path[0] = '\0';
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, load_fixture_set_up,                 \
                                    load_fixture_tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(lookups_are_all_made_and_all_answered_rightly),
        TEST(fewer_lookups_than_slots_are_no_more_than_asked_for),
        TEST(a_phase_by_the_clock_lasts_exactly_so_long),
        TEST(an_answer_counts_in_the_window_in_which_it_comes),
        TEST(what_comes_in_the_drain_is_in_no_window),
        TEST(few_lookups_come_on_top_of_what_is_in_flight),
        TEST(phases_take_more_and_fewer_slots),
        TEST(an_unmeasured_phase_is_counted_but_not_timed),
        TEST(cycles_are_added_up),
        TEST(the_warm_up_leaves_no_figure),
        TEST(answers_are_shown_a_line_each),
        TEST(nobody_is_found_in_an_empty_database),
        TEST(every_subject_is_asked_for_the_same_people),
        TEST(direct_adds_up_over_lanes_phases_and_cycles),
        TEST(direct_runs_by_the_clock),
        TEST(dbpool_adds_up_over_phases_and_cycles),
        TEST(a_database_that_is_missing_fails_every_lookup),
    };
    return SUITE_RUN(tests, argc, argv);
}
