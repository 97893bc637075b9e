/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_LOAD_FIXTURE_H
#define TESTS_SUPPORT_LOAD_FIXTURE_H

#include <stdio.h>

#include <uv.h>

#include "base/result.h"
#include "load/load.h"
#include "scenario/scenario.h"
#include "support/people_database.h"

/* A load with settings made by hand: change them, then start it. */
#define LOAD_FIXTURE_PHASES_MAX 4

struct load_fixture {
    uv_loop_t loop;
    struct scenario_settings settings;
    struct scenario_phase phases[LOAD_FIXTURE_PHASES_MAX];
    struct people_database database;
    struct load_board board;
    volatile int interrupted;
    FILE *answers;
    char *answers_text; /* since the last load_fixture_result() */
    uint64_t left_max;
    int (*refused)(void);
    load_spent_fn spent;
    struct load *load;
    struct load_outcome outcome;
    struct arena *arena;
    struct result_cell cell;
};

/* One phase called main: 100 lookups of 1000 users, 10 in flight, against the
 * null subject, in one cycle shut down cleanly. */
int load_fixture_set_up(void **state);

/* Proves the loop empty. */
int load_fixture_tear_down(void **state);

/* Users are looked up in a real database, too. */
void load_fixture_make_database(struct load_fixture *f);

void load_fixture_start(struct load_fixture *f,
                        const struct subject_calls *calls);
enum load_end load_fixture_cycle(struct load_fixture *f, uint64_t cycle);

/* Fills in cell and answers_text; the counts must add up. */
void load_fixture_result(struct load_fixture *f);

#endif
