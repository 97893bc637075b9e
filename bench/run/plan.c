/* SPDX-License-Identifier: Apache-2.0 */
#include "run/plan.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/random.h"
#include "cell/cell.h"
#include "cell/slices.h"
#include "scenario/scenario.h"

#define SEED_BITS 53

/* A cell's start, its warm-up, and taking stock. */
#define OVERHEAD_S 0.05

/* A guess for lookups, of which nobody knows how long they take. */
#define LOOKUPS_PER_S 200000.0

/* Streams of one seed that never meet: blocks count from 0. */
enum stream {
    STREAM_ORDER,
    STREAM_CELLS,
    STREAM_TURNS,
};

static uint64_t derive(uint64_t seed, enum stream stream, unsigned block) {
    uint64_t mixed = random_mix(random_mix(seed, (uint64_t)stream), block);
    return mixed >> (64 - SEED_BITS);
}

size_t *plan_order(const struct scenario *scenario, uint64_t seed,
                   unsigned block, struct arena *arena) {
    return plan_order_of(scenario->cells_count, seed, block, arena);
}

size_t *plan_order_of(size_t count, uint64_t seed, unsigned block,
                      struct arena *arena) {
    size_t *order = arena_alloc(arena, count * sizeof *order);
    struct random random;
    random_init(&random, derive(seed, STREAM_ORDER, block));
    random_permutation(&random, order, count);
    return order;
}

static bool is_in_step(const struct scenario_cell *cell, enum plan_kind kind) {
    switch (kind) {
    case PLAN_OWN:
        return true;
    case PLAN_OTHER:
        return !cell->reference;
    case PLAN_TURNS:
        break;
    }
    return !cell->reference && slices_objection(&cell->settings) == NULL;
}

struct plan_step *plan_steps(const struct scenario *scenario, bool versus,
                             struct arena *arena, size_t *count_out) {
    const enum plan_kind last = versus ? PLAN_TURNS : PLAN_OWN;
    struct plan_step *steps = NULL;
    size_t count = 0;
    for (enum plan_kind kind = PLAN_OWN; kind <= last; kind++) {
        for (size_t i = 0; i < scenario->cells_count; i++) {
            if (is_in_step(&scenario->cells[i], kind)) {
                steps = arena_more(arena, steps, count, sizeof *steps);
                steps[count++] = (struct plan_step){.cell = i, .kind = kind};
            }
        }
    }
    *count_out = count;
    return steps;
}

uint64_t plan_turns_seed(uint64_t seed, unsigned block, size_t cell) {
    return random_mix(derive(seed, STREAM_TURNS, block), cell);
}

uint64_t plan_seed(uint64_t seed, unsigned block) {
    return derive(seed, STREAM_CELLS, block);
}

static double lookups_planned(const struct scenario_settings *settings) {
    double lookups = 0;
    for (size_t i = 0; i < settings->phases_count; i++) {
        lookups += (double)settings->phases[i].lookups;
    }
    return lookups * (double)settings->cycles;
}

double plan_weight_s(const struct scenario_settings *settings) {
    return OVERHEAD_S +
           (double)scenario_planned_ns(settings) / (double)CLOCK_NS_PER_S +
           lookups_planned(settings) / LOOKUPS_PER_S;
}

/* Of the two measures that there may be the one that is behind. */
double plan_fraction(const struct scenario_settings *settings,
                     const struct cell_progress *progress) {
    double lookups = lookups_planned(settings);
    double fraction = 1;
    if (progress->planned_s > 0) {
        fraction = progress->elapsed_s / progress->planned_s;
    }
    if (lookups > 0 && (double)progress->answered < lookups * fraction) {
        fraction = (double)progress->answered / lookups;
    }
    return fraction < 1 ? fraction : 1;
}
