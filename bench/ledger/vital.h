/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_VITAL_H
#define PLUNGE_LEDGER_VITAL_H

#include <stdbool.h>
#include <stdint.h>

/* Signs of life of another process, cheap enough for ten times a second. */
struct vital {
    uint64_t threads;
    uint64_t fds;            /* RESULT_UNKNOWN: cannot be read */
    uint64_t rss_bytes;      /* RESULT_UNKNOWN as well */
    uint64_t rss_peak_bytes; /* since it became this program */
    uint64_t cpu_ticks;      /* of its descendants, too */
    bool busy; /* one of its threads, or theirs, runs, wants to, or waits for
                  a disk */
};

/* false: it has gone. */
bool vital_take(int64_t process, struct vital *vital_out);

/* Whether none of its threads can go on. */
bool vital_is_stopped(int64_t process);

#endif
