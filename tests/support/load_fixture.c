/* SPDX-License-Identifier: Apache-2.0 */
#include "support/load_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "people/people.h"
#include "support/suite.h"

int load_fixture_set_up(void **state) {
    struct load_fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    for (size_t i = 0; i < LOAD_FIXTURE_PHASES_MAX; i++) {
        f->phases[i] = (struct scenario_phase){
            .name = i == 0 ? "main" : "other",
            .in_flight = 10,
            .lookups = 100,
            .keys = {.kind = SCENARIO_KEYS_UNIFORM},
            .measure = true,
            .line = 9,
        };
    }
    f->settings = (struct scenario_settings){
        .database = {.users = 1000, .seed = 1},
        .pool = {.subject = SCENARIO_NULL,
                 .min = 3,
                 .max = 5,
                 .shutdown = SCENARIO_CLEAN,
                 .batch = 100,
                 .line = 4},
        .phases = f->phases,
        .phases_count = 1,
        .cycles = 1,
        .limits = {.stall_ns = UINT64_C(10000000000)},
    };
    assert_int_equal(uv_loop_init(&f->loop), 0);
    f->answers = tmpfile();
    assert_non_null(f->answers);
    f->arena = arena_new();
    *state = f;
    return 0;
}

int load_fixture_tear_down(void **state) {
    struct load_fixture *f = *state;
    load_free(f->load);
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    (void)fclose(f->answers);
    free(f->answers_text);
    arena_free(f->arena);
    if (f->database.path[0] != '\0') {
        people_database_remove(&f->database);
    }
    free(f);
    return 0;
}

void load_fixture_make_database(struct load_fixture *f) {
    const struct people people = {
        .users = f->settings.database.users,
        .seed = f->settings.database.seed,
    };
    assert_int_equal(people_database_make(&f->database, &people), 0);
}

void load_fixture_start(struct load_fixture *f,
                        const struct subject_calls *calls) {
    const struct load_options options = {
        .loop = &f->loop,
        .settings = &f->settings,
        .subject = calls,
        .database = f->database.path,
        .scenario_path = "rush.yaml",
        .seed = 42,
        .board = &f->board,
        .answers = f->answers,
        .interrupted = &f->interrupted,
        .refused = f->refused,
        .spent = f->spent,
        .left_max = f->left_max,
    };
    f->load = load_new(&options);
}

enum load_end load_fixture_cycle(struct load_fixture *f, uint64_t cycle) {
    load_cycle(f->load, cycle, &f->outcome);
    return f->outcome.end;
}

static void read_answers(struct load_fixture *f) {
    long size = ftell(f->answers);
    assert_true(size >= 0);
    free(f->answers_text);
    f->answers_text = calloc(1, (size_t)size + 1);
    assert_non_null(f->answers_text);
    rewind(f->answers);
    assert_int_equal(fread(f->answers_text, 1, (size_t)size, f->answers), size);
    rewind(f->answers);
}

void load_fixture_result(struct load_fixture *f) {
    read_answers(f);
    result_cell_init(&f->cell);
    load_result(f->load, f->arena, &f->cell);
    for (size_t i = 0; i < f->cell.phases_count; i++) {
        const struct result_phase *phase = &f->cell.phases[i];
        assert_int_equal(phase->submitted, phase->completed + phase->failed +
                                               phase->rejected +
                                               phase->cancelled);
        assert_true(phase->wrong <= phase->completed);
    }
}
