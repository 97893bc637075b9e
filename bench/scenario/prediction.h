/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_PREDICTION_H
#define PLUNGE_SCENARIO_PREDICTION_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct result_cycles;
struct scenario_settings;

/* What is known before the first cycle. */
struct prediction_basis {
    uint64_t threads; /* alive, the main one too */
    uint64_t fds;     /* open */
    uint64_t fds_per_connection;
    uint64_t fds_shared; /* that the first connection opens for all */
};

/* Threads that one cycle's pool will have started by its end:
 * min(max, max(min, the most requests unanswered at once)). Of
 * direct, its lanes: one a core, max at most. 0 for a subject without threads,
 * and where it is unknown: with an open loop, unless min is max. */
uint64_t prediction_threads_per_cycle(const struct scenario_settings *settings);

/* Whether it is known how many connections one cycle's pool will have opened.
 * Each thread opens its own with its first request, and which thread gets to
 * one is nobody's to say: only where there is a single thread. */
bool prediction_knows_connections(const struct scenario_settings *settings);

/* The first cycle, from 1, in which limits.threads or limits.fds is met, and
 * by what: fills in predicted_cycle, is_predicted and predicted but for its
 * mechanism and statement. None within the planned cycles: zeros. Pure
 * arithmetic, done before the run. */
void prediction_make(const struct scenario_settings *settings,
                     const struct prediction_basis *basis,
                     struct result_cycles *cycles);

/* "will fail at cycle 22: pool 22, its 1st thread (limit 64, 1 held at the
 * start, 3 a pool)". In @arena. */
const char *prediction_statement(const struct result_cycles *cycles,
                                 struct arena *arena);

#endif
