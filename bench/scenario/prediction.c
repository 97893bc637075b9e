/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/prediction.h"

#include <uv.h>

#include "scenario/scenario.h"

static uint64_t smaller(uint64_t one, uint64_t other) {
    return one < other ? one : other;
}

uint64_t
prediction_threads_per_cycle(const struct scenario_settings *settings) {
    if (settings->pool.subject == SCENARIO_DIRECT) {
        return smaller(uv_available_parallelism(), settings->pool.max);
    }
    if (settings->pool.subject != SCENARIO_DBPOOL) {
        return 0;
    }
    const uint64_t wanted = scenario_in_flight_peak(settings);
    const uint64_t least =
        wanted < settings->pool.min ? settings->pool.min : wanted;
    return smaller(least, settings->pool.max);
}

uint64_t prediction_exhausted_at(const struct scenario_settings *settings,
                                 uint64_t base_threads) {
    const uint64_t limit = settings->limits.threads;
    const uint64_t threads = prediction_threads_per_cycle(settings);
    if (limit == 0 || threads == 0) {
        return 0;
    }
    /* How many pools fit beside what is there already. */
    const uint64_t pools =
        limit > base_threads ? (limit - base_threads) / threads : 0;
    /* A reference is closed whatever the scenario says. */
    if (settings->pool.subject != SCENARIO_DBPOOL ||
        scenario_shutdown_is_clean(settings->pool.shutdown)) {
        return pools == 0 ? 1 : 0;
    }
    return pools < settings->cycles ? pools + 1 : 0;
}
