/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_PROBLEM_H
#define PLUNGE_SCENARIO_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct text;

/* A file that the scenario includes. */
struct place_file {
    const char *path;
    const char *text;
    unsigned line; /* of the scenario itself, where it is included */
};

/* Where something stands: in a file, or on the command line.
 *
 * Lines and columns count from 1; a column counts characters, not bytes. */
struct place {
    const char *origin; /* "-s pool.max=8", then line is 0; NULL: a file */
    const struct place_file *file; /* NULL: the scenario itself */
    unsigned line;
    unsigned column;
};

struct problem {
    struct place place;
    const char *key;     /* "load.in_flight", or NULL */
    const char *message; /* expected a count such as 10k, got "fast" */
    const char *advice;  /* did you mean "uniform"?, or NULL */
};

/* Everything that is wrong with a scenario, found in one go.
 *
 * Invariant: sorted by place, the command line first; no two are the same; at
 *            most PROBLEMS_MAX, and `more` says that there were others. */
#define PROBLEMS_MAX 100

struct problems {
    struct arena *arena;
    const char *path;
    const char *source; /* the file's text: for the line that is shown */
    struct problem *items;
    size_t count;
    bool more;
};

/* Owner: @path and @source are borrowed for as long as @problems is used. */
void problems_init(struct problems *problems, struct arena *arena,
                   const char *path, const char *source);

/* The text of the file that @place is in. */
const char *problem_source(const struct problems *problems,
                           const struct place *place);

/* @key and @advice are copied. One that is there already is not added. */
void problems_add(struct problems *problems, struct place place,
                  const char *key, const char *advice, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* " in line 9", " in line 9 of common.yaml", or " by -s pool.max=8": the other
 * place that a message at @from names. */
const char *problem_where(const struct problems *problems,
                          const struct place *place, const struct place *from);

/* @text in quotes, fit for a message: at most 60 characters of it, and nothing
 * that a terminal would obey. */
const char *problem_quoted(struct arena *arena, const char *text);

/* All of them, each as
 *
 *   scenarios/rush.yaml:14:16: load.in_flight: expected a count such as 10k,
 *   got "fast"                                          (on one line)
 *      14 |     in_flight: fast
 *         |                ^
 *         did you mean ...?
 *
 * and those of the command line as `-s pool.max=x: pool.max: expected ...`. */
void problems_render(const struct problems *problems, struct text *text);

#endif
