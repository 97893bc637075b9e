/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/slices.h"

#include <math.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/random.h"
#include "base/result.h"
#include "measure/median.h"
#include "scenario/scenario.h"

/* ---- Turns ---------------------------------------------------------------*/

enum slices_side slices_turn(uint64_t seed, uint64_t index) {
    const uint64_t quadruple = index / SLICES_QUADRUPLE;
    const uint64_t place = index % SLICES_QUADRUPLE;
    const bool is_inner = place == 1 || place == 2;
    const bool other_begins = (random_mix(seed, quadruple) & 1) != 0;
    return is_inner == other_begins ? SLICES_THIS : SLICES_OTHER;
}

/* ---- Figures -------------------------------------------------------------*/

void slices_init(struct slices *slices, struct arena *arena) {
    *slices = (struct slices){.arena = arena};
}

static void join(struct slice *sum, const struct slice *slice) {
    sum->answered += slice->answered;
    sum->wall_ns += slice->wall_ns;
    sum->cpu_ns += slice->cpu_ns;
}

static bool is_some(const struct slice *slice) {
    return slice->answered > 0 && slice->wall_ns > 0 && slice->cpu_ns > 0;
}

static double throughput_of(const struct slice *slice) {
    return (double)slice->answered * (double)CLOCK_NS_PER_S /
           (double)slice->wall_ns;
}

static double cpu_of(const struct slice *slice) {
    return (double)slice->cpu_ns / (double)slice->answered;
}

static void add_ratio(struct slices *slices, const struct slice *own,
                      const struct slice *other) {
    const size_t size = sizeof slices->throughput[0];
    slices->throughput =
        arena_more(slices->arena, slices->throughput, slices->count, size);
    slices->cpu = arena_more(slices->arena, slices->cpu, slices->count, size);
    slices->throughput[slices->count] =
        log(throughput_of(own) / throughput_of(other));
    slices->cpu[slices->count] = log(cpu_of(own) / cpu_of(other));
    slices->count++;
}

static struct slice sum_of(const struct slice *side) {
    struct slice sum = {0};
    for (size_t i = 0; i < SLICES_OF_SIDE; i++) {
        join(&sum, &side[i]);
    }
    return sum;
}

static bool is_fine(const struct slice *side) {
    for (size_t i = 0; i < SLICES_OF_SIDE; i++) {
        if (!is_some(&side[i]) || side[i].answered < SLICE_ANSWERS) {
            return false;
        }
    }
    return true;
}

static void keep(struct slices *slices) {
    const struct slice *own = slices->quadruple[SLICES_THIS];
    const struct slice *other = slices->quadruple[SLICES_OTHER];
    const struct slice own_sum = sum_of(own);
    const struct slice other_sum = sum_of(other);
    if (!is_some(&own_sum) || !is_some(&other_sum)) {
        return;
    }
    const bool one_by_one = is_fine(own) && is_fine(other);
    for (size_t i = 0; i < SLICES_OF_SIDE; i++) {
        for (size_t j = 0; j < SLICES_OF_SIDE; j++) {
            add_ratio(slices, one_by_one ? &own[i] : &own_sum,
                      one_by_one ? &other[j] : &other_sum);
        }
    }
    join(&slices->whole[SLICES_THIS], &own_sum);
    join(&slices->whole[SLICES_OTHER], &other_sum);
}

void slices_drop(struct slices *slices) {
    for (size_t i = 0; i < SLICES_SIDES_COUNT; i++) {
        slices->side_counts[i] = 0;
    }
}

void slices_add(struct slices *slices, enum slices_side side,
                const struct slice *slice) {
    CHECK(slices->side_counts[side] < SLICES_OF_SIDE);
    slices->quadruple[side][slices->side_counts[side]++] = *slice;
    if (slices->side_counts[SLICES_THIS] == SLICES_OF_SIDE &&
        slices->side_counts[SLICES_OTHER] == SLICES_OF_SIDE) {
        keep(slices);
        slices_drop(slices);
    }
}

static double middle_of(double *ratios, size_t count) {
    return count == 0 ? (double)NAN : exp(median_between(ratios, count));
}

void slices_result(struct slices *slices, struct result_slices *result) {
    const struct slice *own = &slices->whole[SLICES_THIS];
    const struct slice *other = &slices->whole[SLICES_OTHER];
    const bool is_any = slices->count > 0;
    result->quadruples = slices->count / SLICES_QUADRUPLE;
    result->throughput_per_s = is_any ? throughput_of(own) : (double)NAN;
    result->other_throughput_per_s =
        is_any ? throughput_of(other) : (double)NAN;
    result->throughput_ratio = middle_of(slices->throughput, slices->count);
    result->cpu_ns = is_any ? cpu_of(own) : (double)NAN;
    result->other_cpu_ns = is_any ? cpu_of(other) : (double)NAN;
    result->cpu_ratio = middle_of(slices->cpu, slices->count);
}

/* ---- What there can be slices of -----------------------------------------*/

bool slices_phase_fits(const struct scenario_phase *phase) {
    return phase->measure && !scenario_phase_is_timed(phase) &&
           (phase->for_ns == 0 || phase->for_ns >= SLICES_PHASE_NS);
}

static bool any_shows(const struct scenario_settings *settings) {
    for (size_t i = 0; i < settings->phases_count; i++) {
        if (settings->phases[i].show_answers) {
            return true;
        }
    }
    return false;
}

const char *slices_objection(const struct scenario_settings *settings) {
    if (settings->pool.subject == SCENARIO_COMMAND) {
        return "a program of the user's is the same beside either build";
    }
    if (settings->cycles != 1) {
        return "its cycles are too short for turns";
    }
    if (settings->limits.threads != 0 || settings->limits.fds != 0) {
        return "it is about its limits";
    }
    if (any_shows(settings)) {
        return "its answers are shown, once";
    }
    for (size_t i = 0; i < settings->phases_count; i++) {
        if (slices_phase_fits(&settings->phases[i])) {
            return NULL;
        }
    }
    return "no phase is a closed loop of 200 ms or longer";
}

bool slices_cover(const struct scenario_settings *settings) {
    for (size_t i = 0; i < settings->phases_count; i++) {
        const struct scenario_phase *phase = &settings->phases[i];
        if (phase->measure &&
            (!slices_phase_fits(phase) || phase->for_ns == 0)) {
            return false;
        }
    }
    return slices_objection(settings) == NULL;
}
