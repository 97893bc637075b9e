/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_COMMAND_PROGRESS_H
#define PLUNGE_COMMAND_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Lines on standard error that are refreshed in place, and only where standard
 * error is a terminal. */
struct progress {
    unsigned shown; /* lines that are to be cleared */
    bool enabled;
    const char *what;    /* of the work under way, to notice a new one */
    uint64_t started_ns; /* of the work under way */
    uint64_t refreshed_ns;
};

void progress_init(struct progress *progress, bool quiet);

/* "generating users  [#####.....] 51 %  1,020,311/s  0.5 s left". */
void progress_show(struct progress *progress, const char *what, uint64_t done,
                   uint64_t total);

/* Whether it is time for progress_show_block(), of the work called @what. */
bool progress_is_due(struct progress *progress, const char *what);

/* @count lines, each ended. */
void progress_show_block(struct progress *progress, const char *block,
                         unsigned count);

/* How many columns the terminal has; 80 where it does not say. */
unsigned progress_width(void);

/* "missing-shutdown: will fail at ...", on a line that stays. */
void progress_say(struct progress *progress, const char *what,
                  const char *words);

/* Leaves the terminal's lines as they were. */
void progress_clear(struct progress *progress);

#endif
