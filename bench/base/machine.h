/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BASE_MACHINE_H
#define PLUNGE_BASE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

/* What the machine's processors did, beside this process, from one moment to
 * another: as the kernel shows it in /proc/stat and /proc/pressure/cpu, in
 * which it counts ticks of 10 ms. Taking a moment opens and closes two files.
 */
struct machine_moment {
    uint64_t monotonic_ns;
    int64_t realtime_ns;
    uint64_t own_ns; /* processor time of this process */
    bool is_counted; /* else the kernel does not tell, and these are 0 */
    uint64_t all_ticks;
    uint64_t busy_ticks;  /* running something */
    uint64_t steal_ticks; /* wanted to, and another machine ran */
    bool has_pressure;
    uint64_t pressure_us; /* in which something waited for a processor */
};

void machine_moment_take(struct machine_moment *moment);

/* The two files, as text; NULL is allowed. Pure. */
void machine_moment_read(struct machine_moment *moment, const char *stat,
                         const char *pressure);

/* Shares of the time of all processors (pressure: of the time); NAN: it is not
 * known, or too short a time to tell. */
#define MACHINE_NS_MIN UINT64_C(500000000)

struct machine_noise {
    double duration_s;
    double steal;
    double others; /* used by other processes */
    double pressure;
    double clock_step_s; /* that the wall clock went ahead of the other one */
};

/* @tick_ns: of /proc/stat. Pure. */
struct machine_noise machine_noise_between(const struct machine_moment *begin,
                                           const struct machine_moment *end,
                                           uint64_t tick_ns);

/* Of this machine. */
uint64_t machine_tick_ns(void);

#endif
