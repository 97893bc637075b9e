/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_JITTER_H
#define PLUNGE_MEASURE_JITTER_H

#include <stddef.h>
#include <stdint.h>

/* How much of a processor a thread that never waits gets, and how far two
 * measurements of the same work are apart: on this machine, now.
 *
 * It reads the clock again and again. Where more time passes between two
 * readings than JITTER_GAP_NS, which is many times what a reading takes, this
 * thread did not run: that time is lost. */
#define JITTER_GAP_NS UINT64_C(10000)

/* Pairs of the same work, one after the other. */
#define JITTER_PAIRS 40

struct jitter {
    uint64_t duration_ns;
    uint64_t readings;
    uint64_t resolution_ns; /* the least between two that differ; 0: none did */
    uint64_t lost_ns;
    uint64_t largest_ns; /* gap; 0: none */
};

/* One reading, so long after the one before it. Pure. */
void jitter_add(struct jitter *jitter, uint64_t passed_ns);

/* For so long; takes a processor as long as that. */
void jitter_measure(struct jitter *jitter, uint64_t duration_ns);

/* What two measurements of the same work differed by, at most, in 19 of 20
 * pairs: as a share. A difference that is smaller than that says nothing.
 *
 * @first and @second: how long each of a pair took. Pure. */
double jitter_smallest(const double *first, const double *second, size_t count);

/* The same, measured in JITTER_PAIRS pairs of @work_ns each. */
double jitter_same_work(uint64_t work_ns);

#endif
