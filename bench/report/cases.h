/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_CASES_H
#define PLUNGE_REPORT_CASES_H

#include <stddef.h>

struct arena;
struct result;

/* A result as what programs for tests know: a list of cases, the same ones
 * with every run of the scenario, each with one of four answers. */
enum case_state {
    CASE_GOOD,
    CASE_FAILED, /* what was promised does not hold */
    CASE_ERROR,  /* it could not be measured */
    CASE_OPEN,   /* measured, but not decided */
};

/* That of a comparison as a whole, before those of its figures. */
#define CASE_COMPARISON "not worse than what it is compared with"

struct test_case {
    const char *group; /* "": the expectations; "cells", "audit", "compare" */
    const char *name;  /* no two of a group have the same */
    enum case_state state;
    unsigned line;        /* of the scenario; 0: none */
    double time_s;        /* that it took */
    const char *measured; /* "7.12 ms", or NULL */
    const char *why;      /* in one sentence; NULL where it is good */
};

/* In the order in which they are told. In @arena. */
struct test_case *case_list(const struct result *result, struct arena *arena,
                            size_t *count_out);

/* "7.12 ms: p99 is not < 5 ms": all that is known of one that is not good. */
const char *case_message(const struct test_case *item, struct arena *arena);

#endif
