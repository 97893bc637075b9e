/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_EXPECTATION_H
#define PLUNGE_SCENARIO_EXPECTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "scenario/scenario.h"

/* One line under `expect:`, parsed. The grammar is in plunge(1). */

enum expectation_metric {
    EXPECTATION_THROUGHPUT,
    EXPECTATION_LATENCY, /* percentile, min, max or mean: see statistic */
    EXPECTATION_SERVICE, /* service.<statistic> */
    EXPECTATION_ERRORS,
    EXPECTATION_WRONG,
    EXPECTATION_REJECTED,
    EXPECTATION_COMPLETED,
    EXPECTATION_LEFT_BEHIND, /* see kind */
    EXPECTATION_THREADS,
    EXPECTATION_FDS,
    EXPECTATION_RSS,
    EXPECTATION_HEAP,
    EXPECTATION_EXHAUSTED,
    EXPECTATION_EXHAUSTED_AT,
    EXPECTATION_ERROR,
    EXPECTATION_DURATION,
    EXPECTATION_INSTRUCTIONS,
    EXPECTATION_ALLOCATIONS,
    EXPECTATION_SYSCALLS,
    EXPECTATION_CONTEXT_SWITCHES,
};

enum expectation_statistic {
    EXPECTATION_P50,
    EXPECTATION_P90,
    EXPECTATION_P99,
    EXPECTATION_P99_9,
    EXPECTATION_P99_99,
    EXPECTATION_MAX,
    EXPECTATION_MIN,
    EXPECTATION_MEAN,
};

enum expectation_operator {
    EXPECTATION_EQ,
    EXPECTATION_NE,
    EXPECTATION_LT,
    EXPECTATION_LE,
    EXPECTATION_GT,
    EXPECTATION_GE,
};

enum expectation_operand {
    EXPECTATION_VALUE,   /* value, in base units (ns, bytes, 1, 1/s) */
    EXPECTATION_SUBJECT, /* value * the same metric of subject */
    EXPECTATION_PREDICTED,
    EXPECTATION_NOTHING,
    EXPECTATION_RESOURCE, /* word: threads, fds, memory */
    EXPECTATION_MAP,      /* kinds */
    EXPECTATION_WORDS,    /* word: a quoted string */
    EXPECTATION_BASELINE, /* not worse than baseline by value (a share) */
};

#define EXPECTATION_ANY UINT64_MAX

struct expectation_kind {
    enum result_kind kind;
    uint64_t count; /* EXPECTATION_ANY: any number */
};

struct expectation {
    const char *text;
    unsigned line; /* 0: implied, or of the command line */
    bool implied;
    enum expectation_metric metric;
    enum expectation_statistic statistic; /* LATENCY and SERVICE */
    bool kind_given;                      /* left_behind.KIND */
    enum result_kind kind;
    const char *phase; /* NULL: the measured phases together */
    bool per_cycle;
    enum expectation_operator op;
    enum expectation_operand operand;
    double value;
    enum scenario_subject subject;
    const char *word;
    struct expectation_kind *kinds;
    size_t kinds_count;
};

/* What is wrong with a line: where (from 0, in characters), and one sentence,
 * both about the line alone. */
struct expectation_problem {
    unsigned offset;
    const char *message;
    const char *advice; /* or NULL */
};

/* Parses @text. 0, or -1 with the problem. Memory: in @arena. */
int expectation_parse(const char *text, struct arena *arena,
                      struct expectation *expectation_out,
                      struct expectation_problem *problem_out);

const char *expectation_operator_name(enum expectation_operator op);

#endif
