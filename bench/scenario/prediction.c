/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/prediction.h"

#include <inttypes.h>
#include <string.h>

#include <uv.h>

#include "base/arena.h"
#include "base/result.h"
#include "scenario/scenario.h"

/* 1st, 2nd, 3rd, 4th; 11th to 13th. */
static const char *ordinal(uint64_t number) {
    static const char *const endings[] = {"th", "st", "nd", "rd"};
    const bool teen = number % 100 / 10 == 1;
    return teen || number % 10 > 3 ? "th" : endings[number % 10];
}

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
    /* How many an open loop has in flight at once is the pool's doing. */
    if (scenario_has_open_loop(settings)) {
        return settings->pool.min == settings->pool.max ? settings->pool.max
                                                        : 0;
    }
    const uint64_t wanted = scenario_in_flight_peak(settings);
    const uint64_t least =
        wanted < settings->pool.min ? settings->pool.min : wanted;
    return smaller(least, settings->pool.max);
}

bool prediction_knows_connections(const struct scenario_settings *settings) {
    return settings->pool.subject == SCENARIO_DBPOOL &&
           prediction_threads_per_cycle(settings) == 1;
}

/* How one resource is used up, cycle by cycle. */
struct use {
    const char *resource;
    uint64_t limit; /* 0: none */
    uint64_t base;
    uint64_t shared;
    uint64_t per_pool; /* 0: unknown, or none */
};

/* A reference is closed whatever the scenario says. */
static bool leaves_pools(const struct scenario_settings *settings) {
    return settings->pool.subject == SCENARIO_DBPOOL &&
           !scenario_shutdown_is_clean(settings->pool.shutdown);
}

/* The pool that fails, from 1, and what of its own; false: none does. */
static bool meet(const struct scenario_settings *settings,
                 const struct use *use, uint64_t *pool_out,
                 uint64_t *number_out) {
    if (use->limit == 0 || use->per_pool == 0) {
        return false;
    }
    const uint64_t room = use->limit > use->base ? use->limit - use->base : 0;
    if (room < use->shared || room - use->shared < use->per_pool) {
        *pool_out = 1;
        *number_out = room + 1;
        return true;
    }
    /* How many pools fit beside what is there already. */
    const uint64_t pools = (room - use->shared) / use->per_pool;
    *pool_out = pools + 1;
    *number_out = (room - use->shared) % use->per_pool + 1;
    return leaves_pools(settings) && pools < settings->cycles;
}

static void predict(const struct scenario_settings *settings,
                    const struct use *use, struct result_cycles *cycles) {
    uint64_t pool = 0;
    uint64_t number = 0;
    if (!meet(settings, use, &pool, &number) ||
        (cycles->is_predicted && cycles->predicted_cycle <= pool)) {
        return;
    }
    cycles->is_predicted = true;
    cycles->predicted_cycle = pool; /* one a cycle */
    cycles->predicted = (struct result_prediction){
        .resource = use->resource,
        .limit = use->limit,
        .base = use->base,
        .shared = use->shared,
        .per_pool = use->per_pool,
        .pool = pool,
        .number = number,
    };
}

void prediction_make(const struct scenario_settings *settings,
                     const struct prediction_basis *basis,
                     struct result_cycles *cycles) {
    cycles->predicted_cycle = 0;
    cycles->is_predicted = false;
    cycles->predicted = (struct result_prediction){0};
    /* A pool starts its threads before they open anything. */
    predict(settings,
            &(struct use){
                .resource = "threads",
                .limit = settings->limits.threads,
                .base = basis->threads,
                .per_pool = prediction_threads_per_cycle(settings),
            },
            cycles);
    predict(settings,
            &(struct use){
                .resource = "fds",
                .limit = settings->limits.fds,
                .base = basis->fds,
                .shared = basis->fds_shared,
                .per_pool = prediction_knows_connections(settings)
                                ? basis->fds_per_connection
                                : 0,
            },
            cycles);
}

const char *prediction_statement(const struct result_cycles *cycles,
                                 struct arena *arena) {
    const struct result_prediction *predicted = &cycles->predicted;
    const char *noun =
        strcmp(predicted->resource, "fds") == 0 ? "descriptor" : "thread";
    const char *shared =
        predicted->shared == 0
            ? ""
            : arena_format(arena, ", %" PRIu64 " shared", predicted->shared);
    return arena_format(arena,
                        "will fail at cycle %" PRIu64 ": pool %" PRIu64
                        ", its %" PRIu64 "%s %s (limit %" PRIu64 ", %" PRIu64
                        " held at the start%s, %" PRIu64 " a pool)",
                        cycles->predicted_cycle, predicted->pool,
                        predicted->number, ordinal(predicted->number), noun,
                        predicted->limit, predicted->base, shared,
                        predicted->per_pool);
}
