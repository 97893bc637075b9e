/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_COMMAND_PROGRESS_H
#define PLUNGE_COMMAND_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* One line on standard error that is refreshed in place, and only where
 * standard error is a terminal. */
struct progress {
    bool shown; /* there is a line to be cleared */
    bool enabled;
    const char *what;    /* of the work under way, to notice a new one */
    uint64_t started_ns; /* of the work under way */
    uint64_t refreshed_ns;
};

void progress_init(struct progress *progress, bool quiet);

/* "generating users  [#####.....] 51 %  1,020,311/s  0.5 s left". */
void progress_show(struct progress *progress, const char *what, uint64_t done,
                   uint64_t total);

/* "rush pool.max=8  [#####.....] 51 %  1,200,000 answered"; the fraction is
 * below zero where nobody knows. */
void progress_show_run(struct progress *progress, const char *what,
                       double fraction, uint64_t answered);

/* "missing-shutdown: will fail at ...", on a line that stays. */
void progress_say(struct progress *progress, const char *what,
                  const char *words);

/* Leaves the terminal's line as it was. */
void progress_clear(struct progress *progress);

#endif
