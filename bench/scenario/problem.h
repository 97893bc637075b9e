/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_PROBLEM_H
#define PLUNGE_SCENARIO_PROBLEM_H

#include <stddef.h>

struct arena;
struct text;

/* Everything that is wrong with a scenario, found in one go.
 *
 * Lines and columns count from 1; a column counts characters, not bytes. */
struct problem {
    unsigned line;
    unsigned column;
    const char *key;     /* "load.in_flight", or NULL */
    const char *message; /* expected a count such as 10k, got "fast" */
    const char *advice;  /* did you mean "uniform"?, or NULL */
};

struct problems {
    struct arena *arena;
    const char *path;
    const char *source; /* the file's text: for the line that is shown */
    struct problem *items;
    size_t count;
};

void problems_init(struct problems *problems, struct arena *arena,
                   const char *path, const char *source);
void problems_add(struct problems *problems, unsigned line, unsigned column,
                  const char *key, const char *advice, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* All of them, sorted by place, each as
 *
 *   scenarios/rush.yaml:14:16: load.in_flight: expected a count such as 10k,
 *   got "fast"                                          (on one line)
 *      14 |     in_flight: fast
 *         |                ^
 *         did you mean ...?
 */
void problems_render(const struct problems *problems, struct text *text);

#endif
