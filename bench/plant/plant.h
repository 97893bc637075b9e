/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_PLANT_PLANT_H
#define PLUNGE_PLANT_PLANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dbpool;
struct subject_calls;
struct uv_loop_s;

/* Defects, planted into the process of a cell so that plunge can be seen to
 * find them: what a program would do that makes the mistake, by the same calls.
 * They are asked for by `plunge selftest` alone, in a cell's order; no scenario
 * can name them. */

/* What a defect finds where it is planted. */
struct plant_place {
    struct uv_loop_s *loop;
    const char *database; /* path */
    struct dbpool *pool;  /* the cell's own; NULL: it has none */
    uint64_t cycle;       /* from 1; 0: the unmeasured one */
};

enum plant_where {
    PLANT_NOWHERE,
    PLANT_ON_THREAD, /* in a function that one of the pool's threads runs */
    PLANT_ON_LOOP,   /* in the callback of an answer */
    PLANT_IN_ANSWER, /* the answer itself is another */
    PLANT_IN_CLOSE,  /* the close is */
};

enum plant_answer {
    PLANT_ANSWER_TWICE,
    PLANT_ANSWER_NEVER,
    PLANT_ANSWER_AFTER_CLOSE,
    PLANT_ANSWER_WRONG,
};

/* Plants it, and returns 0; asked with NULL it plants nothing, and returns the
 * line that it would have been made at. */
typedef unsigned (*plant_fn)(const struct plant_place *place);

struct plant {
    const char *name; /* "fd" */
    enum plant_where where;
    plant_fn plant;
    const char *file;     /* of plant() */
    const char *function; /* its name, where that is what is to be named */
    uint64_t every;       /* in each cycle that this divides */
    bool each_answer;     /* and at each answer there, not only at the first */
    /* On the loop in the unmeasured cycle, so that what it makes is in the
     * baseline; or NULL. plant_wait() has the cycle wait for what it began. */
    void (*prepare)(const struct plant_place *place);
    enum plant_answer answer;
};

/* NULL: there is none of that name. */
const struct plant *plant_find(const char *name);

/* "bench/plant/leftovers.c:31": where it is made, or "plant_slow_counted
 * bench/plant/conduct.c"; "" where it is at no line. */
#define PLANT_SITE_SIZE 96
void plant_site(const struct plant *plant, char site_out[PLANT_SITE_SIZE]);

/* The subject of that name ("dbpool" or "null"), with the defect in it. One a
 * process. */
const struct subject_calls *plant_subject(const struct plant *plant,
                                          const char *subject);

/* ---- For those who plant -------------------------------------------------*/

/* In a plant_fn, in front of the line that makes the thing. */
#define PLANT_NEXT_LINE(place)                                                 \
    if ((place) == NULL) {                                                     \
        return __LINE__ + 1;                                                   \
    }

/* The cycle is not closed before both have been called equally often. On the
 * loop. */
void plant_wait(void);
void plant_waited(void);

/* One list a file. */
extern const struct plant plants_leftover[];
extern const size_t plants_leftover_count;
extern const struct plant plants_pooled[];
extern const size_t plants_pooled_count;
extern const struct plant plants_conduct[];
extern const size_t plants_conduct_count;

#endif
