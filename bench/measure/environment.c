/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/environment.h"

#include <gnu/libc-version.h>
#include <math.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <uv.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/result.h"
#include "base/text.h"

/* /proc/cpuinfo has a good kilobyte a core. */
#define PROC_SIZE_MAX ((size_t)8 * 1024 * 1024)
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

/* The whole of a file of the kernel's without its last line feed, or NULL. */
static char *kernel_file(struct arena *arena, const char *path) {
    struct text text;
    text_init(&text);
    char *content = NULL;
    if (file_read(path, PROC_SIZE_MAX, &text) == 0) {
        const bool ended = text.size > 0 && text.bytes[text.size - 1] == '\n';
        content = arena_text_n(arena, text.bytes, text.size - (ended ? 1 : 0));
    }
    text_fini(&text);
    return content;
}

/* What follows "@key   : " on the first line that starts with it, or NULL. */
static char *value_of(struct arena *arena, const char *lines, const char *key) {
    const size_t size = strlen(key);
    while (lines != NULL) {
        const char *after = lines + size;
        if (strncmp(lines, key, size) == 0) {
            after += strspn(after, " \t");
            if (*after == ':') {
                after++;
                after += strspn(after, " \t");
                return arena_text_n(arena, after, strcspn(after, "\n"));
            }
        }
        lines = strchr(lines, '\n');
        lines = lines == NULL ? NULL : lines + 1;
    }
    return NULL;
}

static bool has_word(const char *words, const char *word) {
    const size_t size = strlen(word);
    while (*words != '\0') {
        const size_t length = strcspn(words, " ");
        if (length == size && strncmp(words, word, size) == 0) {
            return true;
        }
        words += length;
        words += strspn(words, " ");
    }
    return false;
}

static void add_processor(struct facts *facts) {
    const char *lines = kernel_file(facts->arena, "/proc/cpuinfo");
    add_text(facts, "processor", value_of(facts->arena, lines, "model name"));
    add_number(facts, "cores", (double)sysconf(_SC_NPROCESSORS_ONLN));
    const char *flags = value_of(facts->arena, lines, "flags");
    if (flags != NULL) {
        add_text(facts, "hypervisor",
                 has_word(flags, "hypervisor") ? "yes" : "no");
    }
    add_text(
        facts, "governor",
        kernel_file(facts->arena,
                    "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
}

static void add_memory(struct facts *facts) {
    const char *lines = kernel_file(facts->arena, "/proc/meminfo");
    const char *total = value_of(facts->arena, lines, "MemTotal");
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
             kernel_file(facts->arena, "/proc/sys/kernel/random/boot_id"));
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
