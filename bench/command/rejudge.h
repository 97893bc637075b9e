/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_COMMAND_REJUDGE_H
#define PLUNGE_COMMAND_REJUDGE_H

#include <stddef.h>

struct arena;
struct result;

/* What a saved result is judged by instead of its scenario's `expect`. */
struct rejudge {
    const char *const *lines; /* of --expect; none: the scenario's own */
    size_t lines_count;
};

/* Judges @result of @path anew, over what was measured then: the scenario is
 * read from the text in it. Fills in expectations, audit and verdict. Says on
 * standard error why it cannot.
 *
 * Returns: 0, or 2. */
int rejudge(const struct rejudge *rejudge, const char *path,
            struct arena *arena, struct result *result);

#endif
