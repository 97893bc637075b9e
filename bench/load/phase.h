/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_PHASE_H
#define PLUNGE_LOAD_PHASE_H

#include <stdbool.h>
#include <stdint.h>

#include "load/keys.h"
#include "load/mix.h"
#include "load/spent.h"
#include "load/tally.h"
#include "measure/histogram.h"

struct arena;
struct result_phase;
struct result_usage;
struct roll;
struct scenario_phase;
struct series;

/* One phase of a load, through all cycles.
 *
 * A request belongs to the phase in which it was meant to start: its tally has
 * it. The window, from the phase's start up to its end, has whatever arrived
 * in it, of whichever phase.
 *
 * The tally covers every cycle that was begun, so that no failure is hidden
 * and the counts add up even where a thread could not be started; the window
 * is kept for cycles that went through (phase_keep()), since the end of one
 * that broke off says nothing about a rate. */
struct phase {
    /* Fixed. */
    const struct scenario_phase *plan;
    struct dbpool_site site;
    struct keys keys;
    uint64_t index;
    bool mixed; /* asks for more than lookups */
    struct mix mix;
    struct roll *roll;
    load_spent_fn spent_now; /* NULL: nobody asks */

    /* Of the cycle. */
    uint64_t stream;   /* of keys */
    uint64_t arrivals; /* stream of when lookups are due, or of thinking */
    uint64_t part;     /* of the run, for newcomers */
    uint64_t drawn;    /* keys so far */
    uint64_t settled;  /* requests answered or refused */
    uint64_t start_ns;
    uint64_t end_ns; /* by the clock: the first moment that is not in it;
                        UINT64_MAX where an answer ends it */
    uint64_t window_ns;
    uint64_t window_completed;
    struct load_spent spent_before;
    struct load_spent window_spent;

    /* Of all cycles. */
    struct tally tally;
    bool paced;            /* it is measured, and its lookups are due at times
                              of their own */
    struct histogram late; /* the generator was, for each of these */
    uint64_t in_flight_peak;
    uint64_t duration_ns;
    uint64_t completed_in_window;
    struct load_spent spent; /* in the window */
    struct series *series;   /* NULL: none is kept */
};

struct phase_options {
    const struct scenario_phase *plan;
    const struct people *people;
    const char *scenario_path;
    struct keys_place place;
    bool stages;         /* where the time of lookups goes is asked */
    struct roll *roll;   /* NULL: nobody writes */
    load_spent_fn spent; /* NULL: what it costs is not asked */
};

/* Borrows all that the options point to; memory is in @arena. */
void phase_init(struct phase *phase, const struct phase_options *options,
                struct arena *arena);
void phase_fini(struct phase *phase);

/* Keeps a series of at most so many points (series.h). */
void phase_keep_series(struct phase *phase, size_t points_max);

/* How the process is at this moment, while the phase runs; NULL is allowed. */
void phase_look(const struct phase *phase, uint64_t now_ns, uint64_t in_flight,
                const struct result_usage *usage);

/* A cycle begins; none of its phases has started. */
void phase_begin(struct phase *phase, uint64_t cycle);

void phase_start(struct phase *phase, uint64_t start_ns);
void phase_end(struct phase *phase, uint64_t end_ns);

/* A lookup is submitted so late, through no fault of the subject's. */
static inline void phase_was_late(struct phase *phase, uint64_t late_ns) {
    if (phase->paced) {
        histogram_record(&phase->late, late_ns);
    }
}

/* The cycle went through: what was in its window counts. */
void phase_keep(struct phase *phase);

/* Fills @request in with what request @k asks for; its login is in @login, its
 * errand, or the scenario's own. Thread: any. */
void phase_draw(const struct phase *phase, uint64_t k,
                char login[PEOPLE_FIELD_MAX + 1],
                struct subject_request *request);

/* After the last cycle, once. Memory: in @arena. */
void phase_result(const struct phase *phase, struct arena *arena,
                  struct result_phase *result_out);

#endif
