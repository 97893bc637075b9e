/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_SEGMENTS_H
#define PLUNGE_LEDGER_SEGMENTS_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct result_leftover;

/* Shared memory that outlives its process. A segment of System V names who made
 * it. A file in /dev/shm does not: it is its process's where that was seen to
 * have it open or mapped, and where it was not there before. */
struct segments {
    struct arena *arena;
    int64_t process;
    uint64_t *before; /* inodes */
    size_t before_count;
    struct segments_seen *seen;
    size_t seen_count;
};

/* Before the process is begun. Memory: in @arena. */
void segments_init(struct segments *segments, struct arena *arena);

/* What the process has at this moment. */
void segments_look(struct segments *segments, int64_t process);

/* After its end: what is still there. Nothing is removed. In the arena. */
struct result_leftover *segments_left(const struct segments *segments,
                                      size_t *count_out);

#endif
