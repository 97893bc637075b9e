/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_SEQUENCE_H
#define PLUNGE_MEASURE_SEQUENCE_H

#include <stddef.h>

/* Looks again and again at series that grow longer, until each is known to leak
 * or to be clean, with a bounded chance of ever being wrong. Pure.
 *
 *             LEAK
 *           /
 *   look 1 -- UNDECIDED: twice as long -> look 2 -- UNDECIDED -> look 3 ...
 *           \
 *             CLEAN
 *
 * Look k may err with a chance of alpha / 2^k, which adds up to alpha however
 * many looks there are; the series of one look share theirs, by Holm. */
enum sequence_verdict {
    SEQUENCE_LEAK,
    SEQUENCE_CLEAN,
    SEQUENCE_UNDECIDED,
};

/* Blocks, each the least of as many cycles as the others. Bytes per cycle. */
struct sequence_series {
    const double *minima;
    size_t count;
    double cycles;     /* a block */
    double limit;      /* clean below it, a leak above it */
    double floor;      /* growth that says nothing yet; no leak below it */
    double resolution; /* what the unit of the values cannot show */
};

struct sequence_answer {
    enum sequence_verdict verdict;
    double per_cycle; /* these three: NAN with too few values */
    double lower;
    double upper;
    double p; /* of rising so much by chance */
};

struct sequence {
    double alpha;
    unsigned looks;
};

#define SEQUENCE_ALPHA 1e-3
#define SEQUENCE_SERIES_MAX 4

void sequence_init(struct sequence *sequence, double alpha);

/* One more look. Blocks that follow each other too closely (lag 1 above 0.1)
 * are merged while SEQUENCE_BLOCKS_MIN are left; a series whose blocks still do
 * then is undecided, and what correlation there may be below that widens the
 * intervals. */
#define SEQUENCE_BLOCKS_MIN 16
#define SEQUENCE_LAG1_MAX 0.1
void sequence_look(struct sequence *sequence,
                   const struct sequence_series *series, size_t count,
                   struct sequence_answer *answers_out);

#endif
