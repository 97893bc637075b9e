/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BASE_CLOCK_H
#define PLUNGE_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_NS_PER_S UINT64_C(1000000000)
#define CLOCK_NS_PER_MS UINT64_C(1000000)

/* Nanoseconds since an arbitrary point; never goes back. Thread: any. */
static inline uint64_t clock_now_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * CLOCK_NS_PER_S + (uint64_t)now.tv_nsec;
}

/* "2026-09-24T10:00:00Z" of this moment, into @text. */
#define CLOCK_STAMP_SIZE 32
void clock_stamp(char text[CLOCK_STAMP_SIZE]);

#endif
