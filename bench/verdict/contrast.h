/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_CONTRAST_H
#define PLUNGE_VERDICT_CONTRAST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"
#include "measure/decision.h"
#include "scenario/expectation.h"

struct arena;
struct point;

/* One figure of one point, in both results, while it is being compared.
 *
 *   contrast_read() -> contrast_weigh() -> answered
 *                                      \-> open -> contrast_settle() */
enum contrast_kind {
    CONTRAST_TIME,   /* varies: decided on samples */
    CONTRAST_EVENTS, /* counted: how many is luck, but not whether there are
                        any */
    CONTRAST_HELD,   /* counted: the same each time, or something has changed */
    CONTRAST_AMOUNT, /* counted, but not to the last one */
};

enum contrast_source {
    CONTRAST_METRIC,        /* what an expectation would read */
    CONTRAST_SLOPE,         /* named by `slope` */
    CONTRAST_EXHAUSTED,     /* in which cycle; the later, the better */
    CONTRAST_NOT_COMPLETED, /* blocks whose cell was not */
    CONTRAST_FINDINGS,      /* of a tool */
};

/* What is to be compared. */
struct contrast_subject {
    enum contrast_source source;
    struct expectation what; /* METRIC: metric, statistic, phase, kind */
    const char *slope;
};

/* What one side's blocks say, in the order in which they ran: an estimate has
 * two ends, all else has one value. */
struct contrast_side {
    double *lows;
    double *highs;
    unsigned *blocks;
    size_t count;
    size_t lost;      /* blocks that are no witness, or have no such figure */
    const char *why;  /* the first of those */
    bool is_measured; /* there is such a figure, or there should have been */
};

struct contrast {
    struct contrast_subject subject;
    enum contrast_kind kind;
    double tolerance; /* a share */
    bool more_is_better;
    bool is_strict; /* of counts every one counts, be it luck or not */
    struct contrast_side base;
    struct contrast_side newer;
    struct result_compared *row;
    bool is_open; /* it waits for a decision */
    struct decision_case open;
};

/* Kind and tolerance of @subject; @times: what is let pass of times. */
struct contrast contrast_of(const struct contrast_subject *subject,
                            double times);

/* Reads every block of both, and begins the row. false: neither has anything
 * of it. */
bool contrast_read(struct contrast *contrast, const struct point *base,
                   const struct point *newer, struct arena *arena);

/* Answers what can be answered by counting; of the rest the samples are made
 * ready, @paired by their blocks or not. @no_times: why times are open whatever
 * they are; NULL: they are not. */
void contrast_weigh(struct contrast *contrast, bool paired,
                    const char *no_times, struct arena *arena);

/* Puts what was decided of an open one into its row. */
void contrast_settle(struct contrast *contrast, const struct decision *decision,
                     struct arena *arena);

/* The same for samples wherever they are from: ratio, interval, answer and how
 * many more it takes. */
void contrast_fill(struct result_compared *row, const struct decision *decision,
                   bool more_is_better);

/* What decision.h has for the share by which something is worse. */
double contrast_log(double share, bool more_is_better);

#endif
