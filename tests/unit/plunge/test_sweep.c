/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "scenario/sweep.h"

#include "base/text.h"
#include "scenario/expectation.h"
#include "unit/plunge/scenario_fixture.h"

#define TWO_PHASES                                                             \
    "load:\n  - {phase: warm, in_flight: 1, lookups: 1}\n"                     \
    "  - {phase: steady, in_flight: 2, lookups: 2}\n"

static const struct scenario_settings *cell(const struct fixture *f,
                                            size_t index) {
    assert_true(index < f->scenario->cells_count);
    return &f->scenario->cells[index].settings;
}

static void assert_label(const struct fixture *f, size_t index,
                         const char *label) {
    assert_true(index < f->scenario->cells_count);
    assert_string_equal(f->scenario->cells[index].label, label);
}

static void without_a_sweep_there_is_one_cell(void **state) {
    struct fixture *f = *state;
    read_good(f, FIXTURE_HEAD FIXTURE_LOAD);
    assert_int_equal(f->scenario->cells_count, 1);
    assert_int_equal(f->scenario->cells[0].parameters_count, 0);
    assert_label(f, 0, "");
}

static void the_last_key_varies_fastest(void **state) {
    struct fixture *f = *state;
    read_good(f, FIXTURE_HEAD FIXTURE_LOAD
              "sweep: {pool.max: [4, 8], load.in_flight: [1k, 2k, 3k]}\n");
    assert_int_equal(f->scenario->cells_count, 6);
    assert_label(f, 0, "pool.max=4 load.in_flight=1k");
    assert_label(f, 1, "pool.max=4 load.in_flight=2k");
    assert_label(f, 3, "pool.max=8 load.in_flight=1k");
    assert_label(f, 5, "pool.max=8 load.in_flight=3k");
    assert_int_equal(cell(f, 4)->pool.max, 8);
    assert_int_equal(cell(f, 4)->phases[0].in_flight, 2000);
}

static void a_parameter_is_a_number_in_base_units_or_a_word(void **state) {
    struct fixture *f = *state;
    read_good(f, FIXTURE_HEAD
              "load: {in_flight: 1}\n"
              "sweep:\n  load.for: [1.5s]\n  pool.shutdown: [twice]\n"
              "  load.keys: [[yoen, esteban]]\n  database.users: [2k]\n"
              "  load.measure: [no]\n");
    const struct result_parameter *p = f->scenario->cells[0].parameters;
    assert_int_equal(f->scenario->cells[0].parameters_count, 5);
    assert_string_equal(p[0].path, "load.for");
    assert_null(p[0].word);
    assert_true(p[0].number == 1.5e9);
    assert_string_equal(p[0].text, "1.5s");
    assert_string_equal(p[1].word, "twice");
    assert_string_equal(p[2].word, "[yoen, esteban]");
    assert_true(p[3].number == 2000);
    assert_string_equal(p[4].word, "no");
    assert_int_equal(cell(f, 0)->phases[0].keys.logins_count, 2);
    assert_false(cell(f, 0)->phases[0].measure);
}

static void a_phase_is_swept_by_its_name(void **state) {
    struct fixture *f = *state;
    read_good(f, FIXTURE_HEAD TWO_PHASES
              "sweep: {load.steady.in_flight: [7, 8], load.lookups: [3, 4]}\n");
    assert_int_equal(f->scenario->cells_count, 4);
    assert_int_equal(cell(f, 3)->phases[0].in_flight, 1);
    assert_int_equal(cell(f, 3)->phases[1].in_flight, 8);
    assert_int_equal(cell(f, 3)->phases[0].lookups, 4);
    assert_int_equal(cell(f, 3)->phases[1].lookups, 4);
}

static void cells_do_not_share_what_differs(void **state) {
    struct fixture *f = *state;
    read_good(f, FIXTURE_HEAD TWO_PHASES "sweep: {load.in_flight: [7, 8]}\n");
    assert_int_equal(cell(f, 0)->phases[1].in_flight, 7);
    assert_int_equal(cell(f, 1)->phases[1].in_flight, 8);
}

static void the_default_min_follows_a_small_max(void **state) {
    struct fixture *f = *state;
    read_good(f, FIXTURE_HEAD FIXTURE_LOAD "sweep: {pool.max: [1, 2, 4]}\n");
    assert_int_equal(cell(f, 0)->pool.min, 1);
    assert_int_equal(cell(f, 1)->pool.min, 2);
    assert_int_equal(cell(f, 2)->pool.min, 3);
}

static void every_swept_value_is_judged_at_its_own_place(void **state) {
    struct fixture *f = *state;
    read_text(f, FIXTURE_HEAD FIXTURE_LOAD
              "sweep:\n  pool.max: [1, x, 2000]\n  cycles: [0, 5]\n");
    assert_told(f, "t.yaml:5:17: pool.max: expected a count such as 5");
    assert_told(f, "t.yaml:5:20: pool.max: expected a count from 1 to 1024");
    assert_told(f, "t.yaml:6:12: cycles: expected a count from 1 to 1G");
    assert_int_equal(f->problems.count, 3);
}

static void a_contradiction_of_two_swept_keys_is_found(void **state) {
    struct fixture *f = *state;
    read_text(f, FIXTURE_HEAD FIXTURE_LOAD
              "sweep: {pool.min: [1, 4], pool.max: [8, 3]}\n");
    assert_told(f, "t.yaml:4:23: pool.min: 4 is more than pool.max, which is "
                   "3 in line 4");
    assert_int_equal(f->problems.count, 1);
}

static void the_command_line_replaces_a_swept_list(void **state) {
    struct fixture *f = *state;
    const char *const overrides[] = {"pool.max=9", NULL};
    read_with(f,
              FIXTURE_HEAD FIXTURE_LOAD
              "sweep: {pool.max: [4, 8], cycles: [1, 2]}\n",
              overrides);
    assert_string_equal(f->told, "");
    assert_int_equal(f->scenario->cells_count, 2);
    assert_label(f, 1, "cycles=2");
    assert_int_equal(cell(f, 1)->pool.max, 9);
}

static void one_phase_set_leaves_the_others_swept(void **state) {
    struct fixture *f = *state;
    const char *const one[] = {"load.warm.in_flight=9", NULL};
    const char *const all[] = {"load.in_flight=9", NULL};
    const char *const text =
        FIXTURE_HEAD TWO_PHASES "sweep: {load.in_flight: [4, 8]}\n";
    read_with(f, text, one);
    assert_int_equal(f->scenario->cells_count, 2);
    assert_int_equal(cell(f, 1)->phases[0].in_flight, 9);
    assert_int_equal(cell(f, 1)->phases[1].in_flight, 8);
    read_with(f, text, all);
    assert_int_equal(f->scenario->cells_count, 1);
    assert_int_equal(cell(f, 0)->phases[1].in_flight, 9);
}

static void cells_are_bounded(void **state) {
    struct fixture *f = *state;
    read_text(f, FIXTURE_HEAD FIXTURE_LOAD
              "sweep:\n"
              "  pool.max: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n"
              "  pool.batch: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n"
              "  cycles: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n"
              "  load.in_flight: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n"
              "  load.lookups: [1, x]\n");
    assert_told(f, "sweep: more than 10000 cells");
    assert_told(f, "t.yaml:9:21: load.lookups: expected a count");
    assert_int_equal(f->problems.count, 2);
}

static void a_list_sweeps_one_mapping_after_the_other(void **state) {
    struct fixture *f = *state;
    read_good(f, FIXTURE_HEAD FIXTURE_LOAD
              "sweep:\n"
              "  - {pool.subject: [dbpool, uvwork], pool.max: [1, 2]}\n"
              "  - {pool.subject: [direct], pool.batch: [1, 100]}\n"
              "  - {pool.subject: [\"null\"]}\n");
    assert_int_equal(f->scenario->cells_count, 7);
    assert_label(f, 0, "pool.subject=dbpool pool.max=1");
    assert_label(f, 3, "pool.subject=uvwork pool.max=2");
    assert_label(f, 4, "pool.subject=direct pool.batch=1");
    assert_label(f, 6, "pool.subject=null");
    assert_int_equal(cell(f, 4)->pool.batch, 1);
    assert_int_equal(cell(f, 5)->pool.batch, 100);
    assert_int_equal(cell(f, 5)->pool.max, 5);
    assert_int_equal(cell(f, 6)->pool.subject, SCENARIO_NULL);
}

static void a_cell_in_two_parts_of_a_list_is_refused(void **state) {
    struct fixture *f = *state;
    read_text(f, FIXTURE_HEAD FIXTURE_LOAD
              "sweep:\n"
              "  - {pool.max: [1, 2], cycles: [3]}\n"
              "  - {cycles: [3, 4], pool.max: [2]}\n");
    assert_told(f, "t.yaml:6:5: sweep: the cell cycles=3 pool.max=2 is there "
                   "already");
    assert_int_equal(f->problems.count, 1);
    read_text(f, FIXTURE_HEAD FIXTURE_LOAD "sweep: [{}, {}]\n");
    assert_told(f, "the cell without swept keys is there already");
}

static void what_is_no_mapping_in_a_list_is_refused(void **state) {
    struct fixture *f = *state;
    read_text(f,
              FIXTURE_HEAD FIXTURE_LOAD "sweep: [pool.max, {cycles: [0]}]\n");
    assert_told(f, "t.yaml:4:9: sweep: expected a mapping of keys and their "
                   "values, got \"pool.max\"");
    assert_told(f, "t.yaml:4:29: cycles: expected a count from 1 to 1G");
    read_text(f, FIXTURE_HEAD FIXTURE_LOAD "sweep: []\n");
    assert_told(f, "sweep: expected a mapping, or a list of them, got none");
    read_text(f, FIXTURE_HEAD FIXTURE_LOAD "sweep: 3\n");
    assert_told(f, "sweep: expected a mapping, or a list of them, got \"3\"");
}

static void the_cells_of_a_list_are_bounded_together(void **state) {
    struct fixture *f = *state;
    struct text text;
    text_init(&text);
    text_append(&text, FIXTURE_HEAD FIXTURE_LOAD "sweep:\n");
    for (unsigned part = 0; part < 2; part++) {
        text_format(&text, "  - pool.max: [%u]\n    cycles: [1", part + 1);
        for (unsigned i = 2; i <= 6000; i++) {
            text_format(&text, ", %u", i);
        }
        text_append(&text, "]\n");
    }
    read_text(f, text.bytes);
    text_fini(&text);
    assert_told(f, "sweep: more than 10000 cells");
    assert_told(f, "every combination of the values is a cell");
    assert_int_equal(f->problems.count, 1);
}

static void a_subject_compared_with_gets_cells(void **state) {
    struct fixture *f = *state;
    read_good(f, FIXTURE_HEAD FIXTURE_LOAD "pool: {shutdown: missing}\n"
                                           "sweep: {pool.max: [4, 8]}\n"
                                           "expect:\n"
                                           "  - throughput >= 0.8 * direct\n"
                                           "  - p99 <= 2 * direct\n"
                                           "  - p99 >= null\n"
                                           "  - p99 >= dbpool\n"
                                           "  - left_behind == 3\n");
    assert_int_equal(f->scenario->cells_count, 6);
    const struct scenario_cell *cells = f->scenario->cells;
    assert_false(cells[1].reference);
    assert_true(cells[2].reference);
    assert_int_equal(cells[2].settings.pool.subject, SCENARIO_DIRECT);
    assert_string_equal(cells[3].label, "pool.max=8");
    assert_int_equal(cells[3].settings.pool.max, 8);
    assert_int_equal(cells[3].settings.pool.shutdown, SCENARIO_CLEAN);
    assert_int_equal(cells[1].settings.pool.shutdown, SCENARIO_MISSING);
    assert_int_equal(cells[4].settings.pool.subject, SCENARIO_NULL);
    assert_true(cells[5].reference);
}

static void a_swept_subject_is_not_its_own_reference(void **state) {
    struct fixture *f = *state;
    read_good(f, FIXTURE_HEAD FIXTURE_LOAD
              "sweep: {pool.subject: [dbpool, direct]}\n"
              "expect: [throughput >= 0.8 * direct]\n");
    assert_int_equal(f->scenario->cells_count, 3);
    assert_true(f->scenario->cells[2].reference);
    assert_string_equal(f->scenario->cells[2].label, "pool.subject=dbpool");
}

static void the_same_key_by_two_paths_is_refused(void **state) {
    struct fixture *f = *state;
    read_text(f, FIXTURE_HEAD FIXTURE_LOAD
              "sweep: {load.in_flight: [1], load.main.in_flight: [2]}\n");
    assert_told(f, "load.in_flight and load.main.in_flight are the same key");
    read_text(f, FIXTURE_HEAD FIXTURE_LOAD
              "sweep: {pool.max: [3], pool.max: [4]}\n");
    assert_told(f, "\"pool.max\" is given twice");
    assert_int_equal(f->problems.count, 1);
}

static void what_cannot_be_swept_is_refused(void **state) {
    struct fixture *f = *state;
    read_text(f, FIXTURE_HEAD FIXTURE_LOAD
              "sweep: {blocks: [1], load.phase: [a], pool: [{max: 3}],\n"
              "  pool.mx: [1], load.stedy.for: [1s], pool.min: 3,\n"
              "  pool.max: [], cycles: [1k, 1000]}\n");
    assert_told(f, "blocks cannot be swept");
    assert_told(f, "load.phase cannot be swept");
    assert_told(f, "pool is a mapping");
    assert_told(f, "did you mean \"pool.max\"?");
    assert_told(f, "no phase is called \"stedy\"");
    assert_told(f, "pool.min: expected a list of values");
    assert_told(f, "pool.max: expected 1 to 10000 values, got 0");
    assert_told(f, "cycles: 1000 is in the list twice");
}

static void whom_and_what_to_ask_for_is_set_from_outside(void **state) {
    struct fixture *f = *state;
    const char *const overrides[] = {
        "load.keys={hot: {users: 1%, lookups: 90%}}", "load.misses=2%",
        "load.operations={lookup: 9, scan: 1}", NULL};
    read_with(f, FIXTURE_HEAD FIXTURE_LOAD "sweep: {load.misses: [1%, 3%]}\n",
              overrides);
    assert_string_equal(f->told, "");
    assert_int_equal(f->scenario->cells_count, 1);
    const struct scenario_phase *phase =
        &f->scenario->cells[0].settings.phases[0];
    assert_int_equal(phase->keys.kind, SCENARIO_KEYS_HOT);
    assert_int_equal(phase->keys.hot_users, 10000);
    assert_int_equal(phase->misses, 20000);
    assert_int_equal(phase->operations.weights[SCENARIO_SCAN], 1);
    const char *const wrong[] = {"load.keys={zipf: -1}", NULL};
    read_with(f, FIXTURE_HEAD FIXTURE_LOAD, wrong);
    assert_told(f, "load.keys.zipf: expected a number above 0");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(without_a_sweep_there_is_one_cell),
        TEST(the_last_key_varies_fastest),
        TEST(a_parameter_is_a_number_in_base_units_or_a_word),
        TEST(a_phase_is_swept_by_its_name),
        TEST(cells_do_not_share_what_differs),
        TEST(the_default_min_follows_a_small_max),
        TEST(every_swept_value_is_judged_at_its_own_place),
        TEST(a_contradiction_of_two_swept_keys_is_found),
        TEST(the_command_line_replaces_a_swept_list),
        TEST(one_phase_set_leaves_the_others_swept),
        TEST(cells_are_bounded),
        TEST(a_list_sweeps_one_mapping_after_the_other),
        TEST(a_cell_in_two_parts_of_a_list_is_refused),
        TEST(what_is_no_mapping_in_a_list_is_refused),
        TEST(the_cells_of_a_list_are_bounded_together),
        TEST(a_subject_compared_with_gets_cells),
        TEST(a_swept_subject_is_not_its_own_reference),
        TEST(the_same_key_by_two_paths_is_refused),
        TEST(what_cannot_be_swept_is_refused),
        TEST(whom_and_what_to_ask_for_is_set_from_outside),
    };
    return SUITE_RUN(tests, argc, argv);
}
