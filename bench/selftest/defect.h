/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SELFTEST_DEFECT_H
#define PLUNGE_SELFTEST_DEFECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

struct arena;

/* What is planted, and what plunge has to say of it then. */

enum defect_sign {
    DEFECT_LEFT,    /* a leftover of a kind, from a site */
    DEFECT_ENDED,   /* the cell's process ended in another way */
    DEFECT_WRONG,   /* an answer is counted as wrong */
    DEFECT_COUNTED, /* more instructions a lookup, under callgrind */
    DEFECT_TIMED,   /* more time a lookup */
};

struct defect {
    const char *name;  /* "fd": its scenario is selftest/fd.yaml */
    const char *title; /* "a descriptor left open" */
    const char *detector;
    const char *plant; /* plant/plant.h */
    const char *text;  /* of the scenario, behind its title */
    enum defect_sign sign;
    uint64_t cycle; /* that it is planted in; 0: several */

    /* Of DEFECT_LEFT. */
    enum result_kind kind;
    unsigned also;        /* kinds that it owns, a bit each */
    unsigned line;        /* of the scenario, that is its site; 0: the plant's
                             own line is */
    bool no_cycle;        /* what is made on the loop, or seen from outside, is
                             of no cycle's pool */
    const char *metric;   /* that must be a leak, too; NULL: none must */
    uint64_t first_cycle; /* that the metric has to name */

    /* Of DEFECT_ENDED. */
    enum result_state state;
    int signal;        /* 0: none */
    const char *words; /* of the outcome's detail; NULL: any */

    unsigned repeats; /* with --full */
};

extern const struct defect defects[];
extern const size_t defects_count;

/* What must not be suspected of anything. */
struct clean {
    const char *name;
    const char *plant; /* NULL: none */
    const char *text;
};

extern const struct clean cleans[];
extern const size_t cleans_count;

/* "thread", "crashed", "wrong": what it has to be taken for. */
const char *defect_expected(const struct defect *defect);

/* What a site has to contain; "": nothing but the cycle. In @arena. */
const char *defect_site(const struct defect *defect, struct arena *arena);

/* selftest/NAME.yaml */
const char *defect_path(const char *name, struct arena *arena);

#endif
