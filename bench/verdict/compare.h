/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_COMPARE_H
#define PLUNGE_VERDICT_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"

struct arena;
struct expectation;

/* Two measurements of one scenario beside each other, figure by figure.
 *
 * Times are decided on blocks (or slices) by measure/decision.h, all of them
 * together. Counts and what is held are decided on any machine: exactly where
 * every block of each has the same, else by what all blocks are above or below;
 * what was in no block and is in any is worse. Only what luck decides (how many
 * errors, descriptors, blocks of the heap) and varies is a figure like the
 * times. A block that is no witness
 * (trust.h) is left out, and that is said; of counts, nothing is the same or
 * better then where it is one of the second's. */
enum compare_method {
    COMPARE_TWO_RUNS,      /* one after the other: what the machine drifted by
                              is taken from the halves of each, and added */
    COMPARE_PAIRED_BLOCKS, /* both in each block */
    COMPARE_PAIRED_SLICES, /* the same, and slices in turn: see samples */
};

/* What is let pass, as a share. Runs that follow each other differ by some per
 * cent on most machines with nothing changed; in pairs that cancels. Memory
 * comes in pages and arenas, what a lookup costs is counted. */
#define COMPARE_TOLERANCE_RUNS 0.05
#define COMPARE_TOLERANCE_PAIRED 0.02
#define COMPARE_TOLERANCE_MEMORY 0.1
#define COMPARE_TOLERANCE_COST 0.01

/* Of counts that luck decides: where there are enough blocks to see how they
 * vary, and where there are not. */
#define COMPARE_TOLERANCE_VARYING 0.1
#define COMPARE_TOLERANCE_FEW 0.5

/* Samples of one figure that stand in place of its blocks (or beside them,
 * where no block has such a figure). */
struct compare_samples {
    struct result_compared figure; /* point, subject, metric, phase, unit and
                                      the two values; the rest is filled in */
    const double *values;          /* logarithms of new to base */
    size_t count;
    bool more_is_better;
    const double *noise; /* the same of one build beside itself; NULL: the
                      spread of the values */
    size_t noise_count;
};

struct compare_options {
    enum compare_method method;
    double tolerance;     /* of times; above 0 */
    double error;         /* of decision.h; 0: DECISION_ERROR */
    bool counts_only;     /* times are not compared at all */
    const char *no_times; /* why times cannot be decided; NULL: they can */
    const struct compare_samples *samples;
    size_t samples_count;
    const char *const *metrics; /* only figures with these names; none: all */
    size_t metrics_count;
    /* This figure alone, of which `tolerance` is let pass whatever it is, and a
     * count is one to the last; NULL: all that there are. */
    const struct expectation *only;
};

/* Fills in all but the sides and remarks of @comparison_out (points that only
 * one of them has are remarked). Of points alone: whether the results are alike
 * is likeness.h's affair. Memory: in @arena. */
void compare_results(const struct compare_options *options,
                     const struct result *base, const struct result *newer,
                     struct arena *arena,
                     struct result_comparison *comparison_out);

/* The comparison of @newer with a saved result, whole: its sides, and all that
 * is not alike as remarks. Times are decided where both are of one boot of one
 * machine. */
void compare_with_saved(const struct compare_options *options,
                        const struct result *base, const char *base_path,
                        struct result *newer, const char *new_path,
                        struct arena *arena);

/* The side that is @result, at @path. */
struct result_side compare_side(const struct result *result, const char *path,
                                struct arena *arena);

/* One more remark. */
void compare_remark(struct result_comparison *comparison, struct arena *arena,
                    const char *text);

#endif
