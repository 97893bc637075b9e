/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/own_parts.h"

#include <errno.h>
#include <fenv.h>
#include <limits.h>
#include <locale.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/arena.h"
#include "ledger/makers.h"
#include "ledger/own_values.h"
#include "ledger/proc_text.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

/* What is shown of a long value. */
#define VALUE_SHOWN 60

enum which {
    FOLDER,
    UMASK,
    VARIABLE,
    LIMIT,
    LOCALE,
    LOCALE_OF_THREAD,
    FLOATING_POINT,
    PRIORITY,
    NAME,
    PROCESSORS,
};

_Static_assert(UMASK == MAKERS_UMASK, "a maker is found by it");

static void add(struct own_values *values, struct arena *arena,
                enum which which, const char *name, const char *value) {
    own_add(values, arena,
            &(struct own_value){
                .kind = RESULT_SETTING,
                .numbers = {(uint64_t)which},
                .value = value,
                .identity = arena_format(arena, "setting %s: %s", name, value),
            });
}

static void add_folder(struct own_values *values, struct arena *arena) {
    char path[PATH_MAX];
    const char *folder = getcwd(path, sizeof path);
    add(values, arena, FOLDER, "working directory",
        folder == NULL ? strerrordesc_np(errno) : arena_text(arena, folder));
}

static void add_field(struct own_values *values, struct arena *arena,
                      enum which which, const char *name, const char *field) {
    if (field != NULL) {
        add(values, arena, which, name,
            arena_text_n(arena, field, strcspn(field, "\n")));
    }
}

/* ---- Environment --------------------------------------------------------- */

static uint64_t hash_of(const char *name, size_t size) {
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ (unsigned char)name[i]) * UINT64_C(0x100000001B3);
    }
    return hash;
}

static void add_variable(struct own_values *values, const char *variable,
                         struct arena *arena) {
    size_t size = strcspn(variable, "=");
    const char *more = strlen(variable) > size + 1 + VALUE_SHOWN ? "..." : "";
    own_add(values, arena,
            &(struct own_value){
                .kind = RESULT_SETTING,
                .numbers = {VARIABLE, hash_of(variable, size)},
                .value = arena_text(arena, variable),
                .identity =
                    arena_format(arena, "setting environment: %.*s%s",
                                 (int)size + 1 + VALUE_SHOWN, variable, more),
                .gone = arena_format(
                    arena, "setting environment: %.*s is not set any more",
                    (int)size, variable),
            });
}

/* ---- Limits -------------------------------------------------------------- */

static const struct {
    __rlimit_resource_t which;
    const char *name;
} limits[] = {
    {RLIMIT_AS, "RLIMIT_AS"},
    {RLIMIT_CORE, "RLIMIT_CORE"},
    {RLIMIT_CPU, "RLIMIT_CPU"},
    {RLIMIT_DATA, "RLIMIT_DATA"},
    {RLIMIT_FSIZE, "RLIMIT_FSIZE"},
    {RLIMIT_LOCKS, "RLIMIT_LOCKS"},
    {RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK"},
    {RLIMIT_MSGQUEUE, "RLIMIT_MSGQUEUE"},
    {RLIMIT_NICE, "RLIMIT_NICE"},
    {RLIMIT_NOFILE, "RLIMIT_NOFILE"},
    {RLIMIT_NPROC, "RLIMIT_NPROC"},
    {RLIMIT_RSS, "RLIMIT_RSS"},
    {RLIMIT_RTPRIO, "RLIMIT_RTPRIO"},
    {RLIMIT_RTTIME, "RLIMIT_RTTIME"},
    {RLIMIT_SIGPENDING, "RLIMIT_SIGPENDING"},
    {RLIMIT_STACK, "RLIMIT_STACK"},
};

static const char *limit_text(rlim_t limit, struct arena *arena) {
    return limit == RLIM_INFINITY
               ? "unlimited"
               : arena_format(arena, "%llu", (unsigned long long)limit);
}

static void add_limits(struct own_values *values, struct arena *arena) {
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct rlimit now;
        if (getrlimit(limits[i].which, &now) != 0) {
            continue;
        }
        const char *text = arena_format(arena, "%s of at most %s",
                                        limit_text(now.rlim_cur, arena),
                                        limit_text(now.rlim_max, arena));
        own_add(values, arena,
                &(struct own_value){
                    .kind = RESULT_SETTING,
                    .numbers = {LIMIT, (uint64_t)limits[i].which},
                    .value = text,
                    .identity = arena_format(arena, "setting %s: %s",
                                             limits[i].name, text),
                });
    }
}

/* ---- The rest ------------------------------------------------------------ */

static void add_locale(struct own_values *values, struct arena *arena) {
    const char *name = setlocale(LC_ALL, NULL);
    add(values, arena, LOCALE, "locale",
        name == NULL ? "" : arena_text(arena, name));
    add(values, arena, LOCALE_OF_THREAD, "locale of the loop's thread",
        uselocale((locale_t)0) == LC_GLOBAL_LOCALE ? "the process's"
                                                   : "another");
}

static const char *rounding_text(void) {
    switch (fegetround()) {
    case FE_TONEAREST:
        return "to nearest";
    case FE_UPWARD:
        return "upward";
    case FE_DOWNWARD:
        return "downward";
    default:
        return "toward zero";
    }
}

/* Numbers that are too small become 0 at once: "flush" and "denormals are". */
static unsigned zeroing(void) {
#if defined(__x86_64__)
    return _mm_getcsr() & 0x8040u;
#else
    return 0;
#endif
}

static void add_floating_point(struct own_values *values, struct arena *arena) {
    add(values, arena, FLOATING_POINT, "floating point of the loop's thread",
        arena_format(arena, "rounds %s, traps %x%s", rounding_text(),
                     (unsigned)fegetexcept(),
                     zeroing() != 0 ? ", denormals are zero" : ""));
}

static void add_priority(struct own_values *values, struct arena *arena) {
    errno = 0;
    int nice_now = getpriority(PRIO_PROCESS, 0);
    add(values, arena, PRIORITY, "priority of the loop's thread",
        arena_format(arena, "nice %d, policy %d", nice_now,
                     sched_getscheduler(0)));
}

static void add_name(struct own_values *values, struct arena *arena) {
    char name[17] = "";
    (void)prctl(PR_GET_NAME, name);
    add(values, arena, NAME, "name of the loop's thread",
        arena_text(arena, name));
}

void own_settings(struct own_values *values, const char *status,
                  struct arena *arena) {
    add_folder(values, arena);
    /* umask() would set it, for all threads. */
    add_field(values, arena, UMASK, "umask", proc_field(status, "Umask"));
    for (char **variable = environ; variable != NULL && *variable != NULL;
         variable++) {
        add_variable(values, *variable, arena);
    }
    add_limits(values, arena);
    add_locale(values, arena);
    add_floating_point(values, arena);
    add_priority(values, arena);
    add_name(values, arena);
    add_field(values, arena, PROCESSORS, "processors of the loop's thread",
              proc_field(status, "Cpus_allowed_list"));
}
