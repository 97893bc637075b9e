/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_CHECKUP_H
#define PLUNGE_MEASURE_CHECKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* What this machine is, how noisy at the moment, and what is missing. */
enum checkup_level {
    CHECKUP_GOOD,
    CHECKUP_NOTE,    /* worth knowing; advice says what it costs */
    CHECKUP_NOISY,   /* times are not to be had like this */
    CHECKUP_MISSING, /* nothing can be run like this */
};

struct checkup_item {
    const char *check; /* "processors" */
    enum checkup_level level;
    const char *value;  /* as people read it */
    double number;      /* in base units; NAN: it is none */
    const char *advice; /* NULL: none */
};

/* Of what clocks show here. */
enum checkup_grade {
    CHECKUP_QUIET,  /* differences of 2 % can be seen, and less */
    CHECKUP_USABLE, /* of 10 % */
    CHECKUP_LOUD,
};

#define CHECKUP_QUIET_MAX 0.02
#define CHECKUP_USABLE_MAX 0.1

struct checkup {
    struct arena *arena;
    struct checkup_item *items;
    size_t count;
    double smallest_difference; /* a share: see jitter_smallest() */
    enum checkup_grade grade;
};

bool checkup_is_missing(const struct checkup *checkup);

const char *checkup_level_name(enum checkup_level level);
const char *checkup_grade_name(enum checkup_grade grade);

/* The grade, by what was found and by the smallest difference. Pure. */
enum checkup_grade checkup_grade(const struct checkup *checkup);

/* One more; number and advice are for the caller to fill in. */
struct checkup_item *checkup_add(struct checkup *checkup, const char *check,
                                 enum checkup_level level, const char *value);

#endif
