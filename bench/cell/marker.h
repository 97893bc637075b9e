/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_MARKER_H
#define PLUNGE_CELL_MARKER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct arena;

/* The lines by which a program of the user's says how far it is, on descriptor
 * 3: "plunge: opened". Each may be written once, none after one that stands
 * behind it in this order, and any may be left out. Lines that do not begin
 * with "plunge:" mean nothing to us and are counted. */
enum marker {
    MARKER_READY,    /* all but the pool is up: the baseline */
    MARKER_OPENED,   /* the pool is open */
    MARKER_ANSWERED, /* all answers are there */
    MARKER_CLOSED,   /* the pool is closed: what is there now is left */
    MARKER_COUNT,    /* none */
};

struct markers {
    bool seen[MARKER_COUNT];
    enum marker last; /* MARKER_COUNT: none yet */
    size_t strange_count;
    struct text line; /* the beginning of one that has no end yet */
};

void markers_init(struct markers *markers);
void markers_fini(struct markers *markers);

/* Takes what was read. false: a line begins with "plunge:" and is no marker, or
 * comes too late or again; then @problem_out says so in one sentence, in
 * @arena. */
bool markers_feed(struct markers *markers, const char *bytes, size_t size,
                  struct arena *arena, const char **problem_out);

/* "opened" */
const char *marker_name(enum marker marker);

#endif
