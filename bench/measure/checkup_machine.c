/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/checkup_parts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/quantity.h"
#include "measure/checkup.h"
#include "measure/kernel_text.h"

#define BYTES_PER_KIB 1024.0
#define MEMORY_MIN (256.0 * 1024 * 1024)
#define CPU "/sys/devices/system/cpu/"
#define CLOCKSOURCE                                                            \
    "/sys/devices/system/clocksource/clocksource0/current_clocksource"

static const char *or_unknown(const char *text) {
    return text == NULL || *text == '\0' ? "the machine does not tell" : text;
}

static void add_processors(struct checkup *checkup, const char *cpuinfo) {
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const char *model = kernel_value(checkup->arena, cpuinfo, "model name");
    struct checkup_item *item = checkup_add(
        checkup, "processors", cores < 2 ? CHECKUP_NOTE : CHECKUP_GOOD,
        arena_format(checkup->arena, "%ld x %s", cores, or_unknown(model)));
    item->number = (double)cores;
    if (cores < 2) {
        item->advice = "loop and pool take turns: throughput is that of one";
    }
}

static void add_frequency(struct checkup *checkup) {
    struct arena *arena = checkup->arena;
    const char *governor =
        kernel_text(arena, CPU "cpu0/cpufreq/scaling_governor");
    const bool varies =
        governor != NULL && strcmp(governor, "performance") != 0;
    struct checkup_item *item =
        checkup_add(checkup, "governor",
                    varies || governor == NULL ? CHECKUP_NOTE : CHECKUP_GOOD,
                    or_unknown(governor));
    if (varies) {
        item->advice = "the frequency follows the load: "
                       "cpupower frequency-set -g performance";
    }
    const char *no_turbo = kernel_text(arena, CPU "intel_pstate/no_turbo");
    const char *boost = kernel_text(arena, CPU "cpufreq/boost");
    const bool known = no_turbo != NULL || boost != NULL;
    const bool on = (no_turbo != NULL && strcmp(no_turbo, "0") == 0) ||
                    (boost != NULL && strcmp(boost, "1") == 0);
    item = checkup_add(checkup, "turbo",
                       on || !known ? CHECKUP_NOTE : CHECKUP_GOOD,
                       !known ? or_unknown(NULL)
                       : on   ? "on"
                              : "off");
    if (on) {
        item->advice = "the frequency follows the temperature: turn it off "
                       "for figures that are to be compared";
    }
}

static void add_virtualisation(struct checkup *checkup, const char *cpuinfo) {
    const char *flags = kernel_value(checkup->arena, cpuinfo, "flags");
    const bool guest = flags != NULL && kernel_has_word(flags, "hypervisor");
    struct checkup_item *item = checkup_add(checkup, "virtualisation",
                                            guest ? CHECKUP_NOTE : CHECKUP_GOOD,
                                            flags == NULL ? or_unknown(NULL)
                                            : guest ? "a guest of a hypervisor"
                                                    : "none");
    if (guest) {
        item->advice = "other guests share the processors and their caches; "
                       "only what they take whole shows as steal";
    }
}

static void add_clock(struct checkup *checkup) {
    const char *source = kernel_text(checkup->arena, CLOCKSOURCE);
    const bool slow = source != NULL && (strcmp(source, "hpet") == 0 ||
                                         strcmp(source, "acpi_pm") == 0 ||
                                         strcmp(source, "jiffies") == 0);
    struct checkup_item *item =
        checkup_add(checkup, "clock source", slow ? CHECKUP_NOTE : CHECKUP_GOOD,
                    or_unknown(source));
    if (slow) {
        item->advice = "each reading of the clock is a system call: what is "
                       "measured costs more than what it measures";
    }
}

/* In bytes; 0: the machine does not tell. */
static double memory_of(struct arena *arena, const char *meminfo,
                        const char *key) {
    const char *value = kernel_value(arena, meminfo, key);
    return value == NULL ? 0 : strtod(value, NULL) * BYTES_PER_KIB;
}

static void add_memory(struct checkup *checkup) {
    struct arena *arena = checkup->arena;
    const char *meminfo = kernel_text(arena, "/proc/meminfo");
    const double free_bytes = memory_of(arena, meminfo, "MemAvailable");
    char total[QUANTITY_SIZE];
    char available[QUANTITY_SIZE];
    const bool few = free_bytes != 0 && free_bytes < MEMORY_MIN;
    struct checkup_item *item = checkup_add(
        checkup, "memory", few ? CHECKUP_MISSING : CHECKUP_GOOD,
        arena_format(
            arena, "%s available of %s", quantity_size(available, free_bytes),
            quantity_size(total, memory_of(arena, meminfo, "MemTotal"))));
    item->number = free_bytes;
    if (few) {
        item->advice = "a run and its database want 256 MiB";
    }
    const double swap = memory_of(arena, meminfo, "SwapTotal");
    const double used = swap - memory_of(arena, meminfo, "SwapFree");
    item = checkup_add(checkup, "swap", used > 0 ? CHECKUP_NOTE : CHECKUP_GOOD,
                       swap == 0 ? "none"
                                 : arena_format(arena, "%s used of %s",
                                                quantity_size(available, used),
                                                quantity_size(total, swap)));
    item->number = swap;
    if (used > 0) {
        item->advice = "what was swapped out is not in the resident memory "
                       "that is measured";
    }
}

void checkup_machine(struct checkup *checkup) {
    const char *cpuinfo = kernel_text(checkup->arena, "/proc/cpuinfo");
    add_processors(checkup, cpuinfo);
    add_frequency(checkup);
    add_virtualisation(checkup, cpuinfo);
    add_clock(checkup);
    add_memory(checkup);
}
