/* SPDX-License-Identifier: Apache-2.0 */
#include "base/machine.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

/* Some kilobytes, and 100 bytes a processor and interrupt. */
#define PROC_SIZE_MAX ((size_t)8 * 1024 * 1024)

/* The columns of the first line of /proc/stat. What guests use is in user and
 * nice, too. */
enum column {
    COLUMN_USER,
    COLUMN_NICE,
    COLUMN_SYSTEM,
    COLUMN_IDLE,
    COLUMN_IOWAIT,
    COLUMN_IRQ,
    COLUMN_SOFTIRQ,
    COLUMN_STEAL,
    COLUMNS_COUNT,
};

void machine_moment_read(struct machine_moment *moment, const char *stat,
                         const char *pressure) {
    uint64_t ticks[COLUMNS_COUNT];
    moment->is_counted =
        stat != NULL &&
        sscanf(stat,
               "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
               " %" SCNu64 " %" SCNu64 " %" SCNu64,
               &ticks[COLUMN_USER], &ticks[COLUMN_NICE], &ticks[COLUMN_SYSTEM],
               &ticks[COLUMN_IDLE], &ticks[COLUMN_IOWAIT], &ticks[COLUMN_IRQ],
               &ticks[COLUMN_SOFTIRQ], &ticks[COLUMN_STEAL]) == COLUMNS_COUNT;
    moment->all_ticks = 0;
    for (size_t i = 0; moment->is_counted && i < COLUMNS_COUNT; i++) {
        moment->all_ticks += ticks[i];
    }
    moment->steal_ticks = moment->is_counted ? ticks[COLUMN_STEAL] : 0;
    moment->busy_ticks = moment->is_counted
                             ? moment->all_ticks - ticks[COLUMN_IDLE] -
                                   ticks[COLUMN_IOWAIT] - ticks[COLUMN_STEAL]
                             : 0;
    const char *total = pressure == NULL || strncmp(pressure, "some ", 5) != 0
                            ? NULL
                            : strstr(pressure, "total=");
    moment->pressure_us = 0;
    moment->has_pressure = total != NULL && sscanf(total, "total=%" SCNu64,
                                                   &moment->pressure_us) == 1;
}

static uint64_t own_ns(void) {
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) *
               CLOCK_NS_PER_S +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

void machine_moment_take(struct machine_moment *moment) {
    struct text stat;
    struct text pressure;
    text_init(&stat);
    text_init(&pressure);
    const bool has_stat = file_read("/proc/stat", PROC_SIZE_MAX, &stat) == 0;
    const bool has_pressure =
        file_read("/proc/pressure/cpu", PROC_SIZE_MAX, &pressure) == 0;
    machine_moment_read(moment, has_stat ? stat.bytes : NULL,
                        has_pressure ? pressure.bytes : NULL);
    text_fini(&stat);
    text_fini(&pressure);
    struct timespec wall;
    (void)clock_gettime(CLOCK_REALTIME, &wall);
    moment->realtime_ns =
        (int64_t)wall.tv_sec * (int64_t)CLOCK_NS_PER_S + (int64_t)wall.tv_nsec;
    moment->monotonic_ns = clock_now_ns();
    moment->own_ns = own_ns();
}

uint64_t machine_tick_ns(void) {
    const long per_second = sysconf(_SC_CLK_TCK);
    return CLOCK_NS_PER_S / (per_second > 0 ? (uint64_t)per_second : 100);
}

/* Ticks may be set back: of processors that were taken away. */
static double share(uint64_t from, uint64_t to, double all) {
    return to < from ? 0 : (double)(to - from) / all;
}

struct machine_noise machine_noise_between(const struct machine_moment *begin,
                                           const struct machine_moment *end,
                                           uint64_t tick_ns) {
    const uint64_t ns = end->monotonic_ns - begin->monotonic_ns;
    const double seconds = (double)ns / (double)CLOCK_NS_PER_S;
    struct machine_noise noise = {
        .duration_s = seconds,
        .steal = (double)NAN,
        .others = (double)NAN,
        .pressure = (double)NAN,
        .clock_step_s =
            (double)(end->realtime_ns - begin->realtime_ns - (int64_t)ns) /
            (double)CLOCK_NS_PER_S,
    };
    if (ns < MACHINE_NS_MIN) {
        return noise;
    }
    const bool counted = begin->is_counted && end->is_counted &&
                         end->all_ticks > begin->all_ticks;
    if (counted) {
        const double all = (double)(end->all_ticks - begin->all_ticks);
        const double own =
            (double)(end->own_ns - begin->own_ns) / (double)tick_ns / all;
        noise.steal = share(begin->steal_ticks, end->steal_ticks, all);
        noise.others =
            fmax(share(begin->busy_ticks, end->busy_ticks, all) - own, 0);
    }
    if (begin->has_pressure && end->has_pressure) {
        noise.pressure =
            share(begin->pressure_us, end->pressure_us, seconds * 1e6);
    }
    return noise;
}
