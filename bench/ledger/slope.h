/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_SLOPE_H
#define PLUNGE_LEDGER_SLOPE_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct result_slope;
struct result_usage;

/* How threads, descriptors, RSS and heap move from cycle to cycle: samples in
 * bounded memory (when full, every second one is dropped and the stride
 * doubles), and a Theil-Sen slope with its upper bound for each. */
#define SLOPE_SAMPLES_MAX 512

struct slope {
    struct slope_sample {
        uint64_t cycle;
        uint64_t values[4]; /* threads, fds, rss, heap */
    } samples[SLOPE_SAMPLES_MAX];
    size_t count;
    uint64_t stride;
    struct slope_sample last; /* of the last cycle, always part of the slope */
};

void slope_init(struct slope *slope);
void slope_sample(struct slope *slope, uint64_t cycle,
                  const struct result_usage *usage);

/* One result a metric; NULL and 0 with fewer than two samples. "constant" when
 * all samples are equal, "grows" when growth is certain at 99.9 % (of RSS,
 * which moves by pages: by more than 64 KiB over the run), else "undecided".
 * The bound is exact where every pair of samples has the same slope; NAN where
 * the samples are too few for one; all is NAN for a metric with a sample that
 * is RESULT_UNKNOWN. */
struct result_slope *slope_results(const struct slope *slope,
                                   struct arena *arena, size_t *count_out);

#endif
