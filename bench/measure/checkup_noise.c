/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/checkup_parts.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/machine.h"
#include "base/quantity.h"
#include "measure/checkup.h"
#include "measure/jitter.h"

#define LISTEN_NS CLOCK_NS_PER_S
#define WORK_NS (12 * CLOCK_NS_PER_MS) /* twice JITTER_PAIRS of them */

/* What the audit of a run lets pass, too. */
#define STEAL_MAX 0.05
#define OTHERS_MAX 0.1
#define PRESSURE_MAX 0.1
#define LOST_MAX 0.05
#define RESOLUTION_NS_MAX 1000

static void add_share(struct checkup *checkup, const char *check, double share,
                      double limit, const char *advice) {
    const bool high = share > limit;
    struct checkup_item *item = checkup_add(
        checkup, check, high ? CHECKUP_NOISY : CHECKUP_GOOD,
        isnan(share) ? "the kernel does not tell"
                     : arena_format(checkup->arena, "%.1f %%", share * 100));
    item->number = share;
    item->advice = high ? advice : NULL;
}

static void add_load(struct checkup *checkup) {
    double average = 0;
    const double cores = (double)sysconf(_SC_NPROCESSORS_ONLN);
    if (getloadavg(&average, 1) != 1) {
        (void)checkup_add(checkup, "load average", CHECKUP_NOTE,
                          "the kernel does not tell");
        return;
    }
    const bool high = average > cores / 2;
    struct checkup_item *item = checkup_add(
        checkup, "load average", high ? CHECKUP_NOTE : CHECKUP_GOOD,
        arena_format(checkup->arena, "%.2f in the last minute", average));
    item->number = average;
    if (high) {
        item->advice = "others have used half of the processors or more";
    }
}

static void add_timer(struct checkup *checkup, const struct jitter *jitter) {
    struct arena *arena = checkup->arena;
    char duration[QUANTITY_SIZE];
    const bool coarse =
        jitter->resolution_ns == 0 || jitter->resolution_ns > RESOLUTION_NS_MAX;
    struct checkup_item *item =
        checkup_add(checkup, "timer", coarse ? CHECKUP_NOISY : CHECKUP_GOOD,
                    arena_format(arena, "two readings are %s apart at least",
                                 quantity_duration(
                                     duration, (double)jitter->resolution_ns)));
    item->number = (double)jitter->resolution_ns;
    item->advice = coarse ? "lookups are faster than this clock" : NULL;
}

static void add_lost(struct checkup *checkup, const struct jitter *jitter) {
    struct arena *arena = checkup->arena;
    char duration[QUANTITY_SIZE];
    const double lost = (double)jitter->lost_ns / (double)jitter->duration_ns;
    const bool high = lost > LOST_MAX;
    struct checkup_item *item = checkup_add(
        checkup, "time lost", high ? CHECKUP_NOISY : CHECKUP_GOOD,
        arena_format(arena,
                     "%.2f %% of a second without any wait, %s at the longest",
                     lost * 100,
                     quantity_duration(duration, (double)jitter->largest_ns)));
    item->number = lost;
    item->advice = high ? "a thread that never waits does not get a whole "
                          "processor"
                        : NULL;
}

static void add_difference(struct checkup *checkup) {
    checkup->smallest_difference = jitter_same_work(WORK_NS);
    const bool high = checkup->smallest_difference > CHECKUP_USABLE_MAX;
    struct checkup_item *item = checkup_add(
        checkup, "same work twice", high ? CHECKUP_NOISY : CHECKUP_GOOD,
        arena_format(checkup->arena, "%.1f %% apart at most, in 19 of 20 pairs",
                     checkup->smallest_difference * 100));
    item->number = checkup->smallest_difference;
    item->advice = high ? "smaller differences between two runs say nothing; "
                          "more blocks help"
                        : NULL;
}

void checkup_noise(struct checkup *checkup) {
    struct machine_moment begin;
    struct machine_moment end;
    struct jitter jitter;
    add_load(checkup);
    machine_moment_take(&begin);
    jitter_measure(&jitter, LISTEN_NS);
    add_timer(checkup, &jitter);
    add_lost(checkup, &jitter);
    add_difference(checkup);
    machine_moment_take(&end);
    const struct machine_noise noise =
        machine_noise_between(&begin, &end, machine_tick_ns());
    add_share(checkup, "steal", noise.steal, STEAL_MAX,
              "other machines take the processors: times are undecided");
    add_share(checkup, "other processes", noise.others, OTHERS_MAX,
              "they take the processors: times are undecided");
    add_share(checkup, "pressure", noise.pressure, PRESSURE_MAX,
              "something waits for a processor");
}
