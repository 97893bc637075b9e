/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/noise.h"

#include <math.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/result.h"
#include "scenario/expectation.h"
#include "verdict/metric.h"

/* The ends of a phase, at which it fills and drains, are of no account, and
 * neither is what was refused. In each cycle. */
static bool is_long_enough(const struct result_cell *cell,
                           const struct result_phase *phase) {
    const uint64_t cycles = cell->cycles.completed;
    const double turn_s = phase->service.mean / (double)CLOCK_NS_PER_S;
    return cycles != 0 && cycles != RESULT_UNKNOWN &&
           phase->duration_s / (double)cycles >= NOISE_LITTLE_TURNS * turn_s;
}

/* From the actual start: what waits for that is not in flight. */
static const char *little_of_phase(const struct result_cell *cell,
                                   const struct result_phase *phase,
                                   struct arena *arena) {
    const bool known = phase->measured && phase->in_flight_mean > 0 &&
                       phase->service.count > 0 &&
                       phase->throughput_per_s > 0 && phase->failed == 0 &&
                       phase->rejected == 0 && phase->cancelled == 0;
    if (!known || !is_long_enough(cell, phase)) {
        return NULL;
    }
    const double computed =
        phase->throughput_per_s * phase->service.mean / (double)CLOCK_NS_PER_S;
    const double seen = phase->in_flight_mean;
    /* It was looked at now and then, and so is known with an error. */
    const double error =
        phase->in_flight_error > 0 ? phase->in_flight_error : 0;
    const double allowed = NOISE_LITTLE_TOLERANCE * seen + 1;
    if (fabs(computed - seen) <= allowed + NOISE_LITTLE_ERRORS * error) {
        return NULL;
    }
    return arena_format(arena,
                        "in %s %.4g lookups were in flight, but its throughput "
                        "times its mean latency is %.4g",
                        phase->name, seen, computed);
}

const char *noise_little(const struct result_cell *cell, struct arena *arena) {
    for (size_t i = 0; i < cell->phases_count; i++) {
        const char *why = little_of_phase(cell, &cell->phases[i], arena);
        if (why != NULL) {
            return why;
        }
    }
    return NULL;
}

const char *noise_steal(const struct result_cell *cell, struct arena *arena) {
    const double steal = cell->noise.steal;
    return cell->noise.given && steal > NOISE_STEAL_MAX
               ? arena_format(arena,
                              "other machines took %.1f %% of the processors' "
                              "time (%.0f %% are let pass)",
                              steal * 100, NOISE_STEAL_MAX * 100)
               : NULL;
}

/* Threads of the load wait for each other, too: that is no noise. */
const char *noise_pressure(const struct result_cell *cell,
                           struct arena *arena) {
    const struct result_noise *noise = &cell->noise;
    const bool waited =
        isnan(noise->pressure) || noise->pressure > NOISE_PRESSURE_MAX;
    return noise->given && noise->others > NOISE_OTHERS_MAX && waited
               ? arena_format(arena,
                              "other processes took %.1f %% of the "
                              "processors' time (%.0f %% are let pass)",
                              noise->others * 100, NOISE_OTHERS_MAX * 100)
               : NULL;
}

const char *noise_clock(const struct result_cell *cell, struct arena *arena) {
    const struct result_noise *noise = &cell->noise;
    const double allowed = NOISE_STEP_S + NOISE_SLEW * noise->duration_s;
    return noise->given && fabs(noise->clock_step_s) > allowed
               ? arena_format(arena, "the wall clock was set %s by %.3f s",
                              noise->clock_step_s > 0 ? "ahead" : "back",
                              fabs(noise->clock_step_s))
               : NULL;
}

const char *noise_objection(const struct expectation *expectation,
                            const struct result_cell *cell,
                            struct arena *arena) {
    static const char *(*const checks[])(const struct result_cell *,
                                         struct arena *) = {
        noise_little, noise_steal, noise_pressure, noise_clock};
    if (!metric_is_time(expectation)) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        const char *why = checks[i](cell, arena);
        if (why != NULL) {
            return arena_format(arena, "not decided: %s", why);
        }
    }
    return NULL;
}
