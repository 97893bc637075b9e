/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_STAGES_H
#define PLUNGE_LOAD_STAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "measure/histogram.h"

struct tally_times;

/* Where the time of lookups went, from when they were meant to start to their
 * callback: a histogram a stage, which together are the whole latency of each.
 * What a subject does not tell of is part of the next stage that it does.
 *
 * Percentiles of stages do not add up to one of the whole, since each may be of
 * other lookups. So the sums of the stages are kept, too, of lookups that took
 * about equally long: a tail's are those of the very lookups in it.
 *
 * Thread: one at a time; stages_add() joins those of several threads. */
#define STAGES_GROUP 64 /* counts of a histogram: lookups within 6 % */
#define STAGES_GROUPS (HISTOGRAM_COUNTS / STAGES_GROUP)

struct stages_group {
    uint64_t count;
    uint64_t sum_ns[RESULT_STAGES_COUNT];
};

struct stages {
    bool whole; /* else lag alone is known */
    struct histogram times[RESULT_STAGES_COUNT];
    struct stages_group *groups; /* by latency; with @whole */
};

/* Owner: the caller. */
struct stages *stages_new(bool whole);

/* NULL is allowed. */
void stages_free(struct stages *stages);
void stages_clear(struct stages *stages);
void stages_add(struct stages *into, const struct stages *from);

void stages_record(struct stages *stages, const struct tally_times *times);

/* @latency: of the same lookups. */
void stages_result(const struct stages *stages, const struct histogram *latency,
                   struct result_phase *result_out);

#endif
