/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/environment.h"

#include <gnu/libc-version.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <uv.h>

#include "base/arena.h"
#include "base/result.h"
#include "measure/kernel_text.h"

#define BYTES_PER_KIB 1024.0

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

struct facts {
    struct arena *arena;
    struct result_fact *items;
    size_t count;
};

static struct result_fact *fact_new(struct facts *facts, const char *name) {
    facts->items = arena_more(facts->arena, facts->items, facts->count,
                              sizeof *facts->items);
    struct result_fact *fact = &facts->items[facts->count++];
    *fact = (struct result_fact){.name = name, .number = NAN};
    return fact;
}

/* NULL: the machine does not tell. */
static void add_text(struct facts *facts, const char *name, const char *text) {
    if (text != NULL && *text != '\0') {
        fact_new(facts, name)->text = arena_text(facts->arena, text);
    }
}

/* Not above 0: the machine does not tell. */
static void add_number(struct facts *facts, const char *name, double number) {
    if (number > 0) {
        fact_new(facts, name)->number = number;
    }
}

static void add_processor(struct facts *facts) {
    const char *lines = kernel_text(facts->arena, "/proc/cpuinfo");
    add_text(facts, "processor",
             kernel_value(facts->arena, lines, "model name"));
    add_number(facts, "cores", (double)sysconf(_SC_NPROCESSORS_ONLN));
    const char *flags = kernel_value(facts->arena, lines, "flags");
    if (flags != NULL) {
        add_text(facts, "hypervisor",
                 kernel_has_word(flags, "hypervisor") ? "yes" : "no");
    }
    add_text(
        facts, "governor",
        kernel_text(facts->arena,
                    "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
}

static void add_memory(struct facts *facts) {
    const char *lines = kernel_text(facts->arena, "/proc/meminfo");
    const char *total = kernel_value(facts->arena, lines, "MemTotal");
    if (total != NULL) {
        add_number(facts, "memory_bytes", strtod(total, NULL) * BYTES_PER_KIB);
    }
}

static void add_system(struct facts *facts) {
    struct utsname system;
    if (uname(&system) == 0) {
        add_text(facts, "kernel",
                 arena_format(facts->arena, "%s %s %s", system.sysname,
                              system.release, system.machine));
    }
    add_text(facts, "boot_id",
             kernel_text(facts->arena, "/proc/sys/kernel/random/boot_id"));
}

static void add_software(struct facts *facts) {
    add_text(facts, "libc",
             arena_format(facts->arena, "glibc %s", gnu_get_libc_version()));
    add_text(facts, "sqlite", sqlite3_libversion());
    add_text(facts, "libuv", uv_version_string());
    add_text(facts, "compiler", COMPILER);
    add_text(facts, "variant", PLUNGE_VARIANT);
}

static void add_load(struct facts *facts) {
    double average = 0;
    if (getloadavg(&average, 1) == 1) {
        fact_new(facts, "load_average")->number = average;
    }
}

struct result_fact *environment_facts(struct arena *arena, size_t *count_out) {
    struct facts facts = {.arena = arena};
    add_processor(&facts);
    add_memory(&facts);
    add_system(&facts);
    add_software(&facts);
    add_load(&facts);
    *count_out = facts.count;
    return facts.items;
}
