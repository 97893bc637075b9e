/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_VERSUS_H
#define PLUNGE_VERDICT_VERSUS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"
#include "measure/decision.h"

struct arena;

/* This build beside another one, from a result that has both: cells by
 * themselves in the same blocks, and phases in turns.
 *
 * Throughput and processor time are compared by turns where most pairs had any;
 * else throughput is, as all others are, by blocks, where the other build has
 * cells by themselves: none is run where nothing needs it. The sample is the
 * pair of processes: the middle of its slices (cell/slices.h). They agree with
 * each other better than pairs do, since where a process has its memory and its
 * threads lasts as long as it does; who took each for a sample would call luck
 * a difference.
 *
 * What can be seen is told from the same pairs: how they are spread around
 * their own middle is what a build beside itself would be spread by. */
struct versus_options {
    double tolerance; /* a share; 0: the default */
    double error;     /* of all comparisons of a build with itself, how many may
                         call anything worse */
    const char *const *metrics; /* that are asked for; none: all */
    size_t metrics_count;
    const char *no_turns; /* why no cell can be had in turns; NULL: some can */
    struct result_side base; /* the other build */
};

/* The error that there is for a look. Whoever stops as soon as everything is
 * decided looks often: half of what there is goes to the last look, which the
 * clock sets, the other half to those before it, to each less than to the one
 * before. @number counts from 1; 0: the last of several. */
#define VERSUS_ERROR DECISION_ERROR
double versus_error(unsigned number);

/* Processor time per lookup, of all threads of the process. */
#define VERSUS_CPU "cpu"

/* Fills in result->comparison. Where the other build has answered wrong, all of
 * it is open. What was asked for by its name and is in no cell and no pair is
 * not decided; but of what there is a figure only where there is some (a kind
 * of leftover, findings), none is an answer. Memory: in @arena. */
void versus_compare(const struct versus_options *options, struct arena *arena,
                    struct result *result);

/* What more would decide: more pairs in turns, or more cells by themselves. */
struct versus_open {
    bool turns;
    bool cells;
};

/* Before anything is known: all that is asked for. @has_turns: some cell can be
 * had in turns. */
struct versus_open versus_asked(const struct versus_options *options,
                                bool has_turns);

/* Of what was asked for. */
struct versus_open versus_open(const struct result *result);

/* Puts back what an earlier look has said of what it closed: it has had its
 * part of the error, and of what came later there is more of the other kind
 * alone.
 */
enum versus_kind {
    VERSUS_TURNS,
    VERSUS_CELLS,
};

void versus_keep(const struct result_comparison *earlier, enum versus_kind kind,
                 struct arena *arena, struct result *result);

/* What it comes to, after the judge, where there was another build: worse
 * fails, and so does a limit that this build passed in a pair; what is not
 * decided leaves open, and so does a limit that the other one passed. */
void versus_conclude(struct result *result);

#endif
