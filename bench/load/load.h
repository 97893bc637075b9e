/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_LOAD_H
#define PLUNGE_LOAD_LOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "load/spent.h"

struct arena;
struct uv_loop_s;
struct result_cell;
struct result_usage;
struct scenario_settings;
struct subject_calls;

/* Runs a cell's cycles, one call each: opens the subject, submits and receives
 * all phases, and ends as the scenario's shutdown says. Checks every answer.
 *
 * Invariant: submitted = completed + failed + rejected + cancelled at the end
 *            of each cycle that is not LOAD_LOST or LOAD_STALLED; there, what
 *            is missing was never answered.
 * Thread:    the loop's. */
struct load;

#define LOAD_PREDICTION_SIZE 256

/* Written by the load, read by whoever watches (another process, too). */
struct load_board {
    _Atomic uint64_t answered; /* all cycles; refusals too */
    _Atomic uint64_t submitted;
    _Atomic uint64_t cycles; /* ended */
    _Atomic int64_t process; /* whose load it is; 0: not begun */
    _Atomic uint32_t phase;  /* index of the current one; after the last one
                                how many there are */

    /* Before the first cycle, by whoever watches: each answer is counted here
     * at once, or else only now and then (board.h). */
    _Atomic bool is_exact;

    /* When nothing has moved for limits.stall, and before that is given up: the
     * one waits for the other, but not for long. */
    _Atomic bool is_stalled;
    _Atomic bool stall_is_seen;

    /* Of load_look(), once there was one: what is not known is
     * RESULT_UNKNOWN. */
    _Atomic bool is_looked_at;
    _Atomic uint64_t waiting; /* for a thread */
    _Atomic uint64_t p50_ns;  /* of the last interval of the series */
    _Atomic uint64_t p99_ns;
    _Atomic uint64_t threads;
    _Atomic uint64_t fds;
    _Atomic uint64_t rss_bytes;

    /* Before the first cycle, by whoever predicts. */
    _Atomic bool is_predicted; /* and what is predicted stays */
    char prediction[LOAD_PREDICTION_SIZE];
};

struct people_given;

/* All that is pointed to is borrowed until load_free(). */
struct load_options {
    struct uv_loop_s *loop;
    const struct scenario_settings *settings;
    const struct subject_calls *subject; /* NULL: the one of the settings */
    const char *database;                /* path */
    const struct people_given *given;    /* its keys; NULL: people of ours */
    const char *scenario_path;           /* for sites */
    uint64_t seed;
    struct load_board *board;
    FILE *answers;                   /* where show: answers goes */
    const volatile int *interrupted; /* not 0: end soon. May be NULL */
    int (*refused)(void); /* an errno: what a lookup wanted could not be had in
                             this process. Asked after each cycle; or NULL */
    load_spent_fn spent;  /* for what a lookup costs; or NULL */
    uint64_t left_max;    /* pools left open that load_close_left() closes */
};

/* After any but the first, no further cycle may be run. */
enum load_end {
    LOAD_DONE,        /* the cycle went through */
    LOAD_EXHAUSTED,   /* a thread could not be started, or so says refused():
                         the last cycle */
    LOAD_FAILED,      /* the subject could not be opened, or answered a lookup
                         twice or after its close: error says why */
    LOAD_LOST,        /* the loop ran dry before an answer or close callback */
    LOAD_STALLED,     /* no answer for limits.stall */
    LOAD_INTERRUPTED, /* what was in flight is answered, and it is shut down */
};

struct load_outcome {
    enum load_end end;
    int error_number; /* of LOAD_EXHAUSTED and LOAD_FAILED */
    char error[256];
};

/* Never fails: memory is arena.h's. Its handles are on the loop from here to
 * load_free(), in every inventory alike. */
struct load *load_new(const struct load_options *options);

/* NULL is allowed. Turns the loop. While a subject that was lost may still
 * answer, only the handles are given back. */
void load_free(struct load *load);

/* The short first cycle: pool.max lookups at once, unmeasured, unshown, closed
 * cleanly whatever the shutdown says. Lookups that fail are left for the first
 * counted cycle to tell. */
void load_warm_up(struct load *load, struct load_outcome *outcome_out);

/* Cycle @cycle (from 1), with everything that it says. */
void load_cycle(struct load *load, uint64_t cycle,
                struct load_outcome *outcome_out);

/* ---- Around the cycles: each unmeasured and unshown ---- */

/* What a pool of one thread holds, in the caller's unit: @held is asked before
 * any is open, with one, and with a second beside it. All are closed. */
void load_probe(struct load *load, uint64_t (*held)(void), uint64_t held_out[3],
                struct load_outcome *outcome_out);

/* Pools that cycles have left open, up to options.left_max. */
uint64_t load_left(const struct load *load);

/* Before stock is taken between two cycles: gives back the memory that answers
 * are kept in until the next ones come, which is the load's and no subject's.
 */
void load_rest(struct load *load);

/* Closes the oldest @count of them, all at once, and waits for it. */
void load_close_left(struct load *load, uint64_t count,
                     struct load_outcome *outcome_out);

/* The same for the newest one. */
void load_close_last(struct load *load, struct load_outcome *outcome_out);

/* Opens one more pool, looks one login up and closes it, also after a cycle
 * that was LOAD_EXHAUSTED. @cycle is its tag. Returns whether the answer came
 * and was right. */
bool load_ask_once(struct load *load, uint64_t cycle,
                   struct load_outcome *outcome_out);

/* What the process holds at this moment, for the series of the phase that runs:
 * to be said some times a second, on the loop. NULL is allowed for @load. */
void load_look(struct load *load, const struct result_usage *usage);

/* Fills in phases, error and the count of completed cycles. Counts and
 * latencies are of all cycles that were begun; durations and throughput of
 * those that were completed, and of one that was interrupted. */
void load_result(const struct load *load, struct arena *arena,
                 struct result_cell *cell);

#endif
