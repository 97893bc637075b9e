/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_TALLY_H
#define PLUNGE_LOAD_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "load/stages.h"
#include "measure/histogram.h"
#include "subject/subject.h"

/* What became of requests.
 *
 * Invariant: submitted = completed + failed + rejected + cancelled + those
 *            in flight;
 *            wrong <= completed; where it is timed, each histogram has one
 *            sample for each completed request.
 * Thread:    one at a time; tally_add() joins those of several threads. */
struct tally {
    uint64_t submitted;
    uint64_t completed;
    uint64_t failed;
    uint64_t rejected;  /* the subject was full and said so */
    uint64_t cancelled; /* given up by the close that aborts */
    uint64_t wrong;
    uint64_t by_operation[SUBJECT_OPERATIONS_COUNT]; /* of the completed, where
                                                        not all are lookups */
    bool timed;
    struct histogram latency; /* from the intended start */
    struct histogram service; /* from the actual start */
    struct stages *stages;    /* where it is timed; or NULL */
};

void tally_init(struct tally *tally, bool timed);
void tally_fini(struct tally *tally);

/* Where it is timed: keeps the lag as well, or, with @whole, all stages. */
void tally_stage(struct tally *tally, bool whole);
void tally_clear(struct tally *tally);
void tally_add(struct tally *into, const struct tally *from);

/* The words of the first failure; "" until there was one. */
struct tally_error {
    char text[SUBJECT_ERROR_SIZE];
};

/* NULL is allowed for @text. */
void tally_error_keep(struct tally_error *error, const char *text);

/* When a request was to start, when it did, when it was answered: ns of
 * clock_now_ns(). */
struct tally_times {
    uint64_t intended_ns;
    uint64_t submitted_ns;
    uint64_t answered_ns;
    const struct dbpool_request_times *told; /* by the subject; or NULL */
};

static inline void tally_complete(struct tally *tally, bool right,
                                  const struct tally_times *times) {
    tally->completed++;
    tally->wrong += right ? 0 : 1;
    if (!tally->timed) {
        return;
    }
    if (tally->stages != NULL) {
        stages_record(tally->stages, times);
    }
    uint64_t latency_ns = times->answered_ns - times->intended_ns;
    /* As of nearly all lookups of a closed loop. */
    if (times->intended_ns == times->submitted_ns) {
        histogram_record_both(&tally->latency, &tally->service, latency_ns);
        return;
    }
    histogram_record(&tally->latency, latency_ns);
    histogram_record(&tally->service, times->answered_ns - times->submitted_ns);
}

#endif
