/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_OUTLINE_H
#define PLUNGE_VERDICT_OUTLINE_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* The lines of a scenario's text that say what is run: without comments, empty
 * lines, and the section `expect`, which is about what was; but those in it
 * that name rss or heap change what a cell does (scenario/memory.h). */
struct outline {
    const char *line; /* not NUL-terminated; "" at the end */
    size_t size;
    unsigned number; /* of the text, from 1 */
    const char *rest;
    bool in_expect;
};

struct outline outline_of(const char *text);

/* Steps to the next line; false: there is none. */
bool outline_next(struct outline *outline);

/* The line in quotes, cut where it is long; "missing" at the end. In @arena. */
const char *outline_quote(const struct outline *outline, struct arena *arena);

#endif
