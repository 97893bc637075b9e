/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/checkup_parts.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <uv.h>

#include "base/arena.h"
#include "measure/checkup.h"

/* NULL: it is in no folder of $PATH. */
static const char *find_program(struct arena *arena, const char *name) {
    const char *at = getenv("PATH");
    while (at != NULL && *at != '\0') {
        const size_t size = strcspn(at, ":");
        const char *path = arena_format(arena, "%.*s/%s", (int)size, at, name);
        if (size != 0 && access(path, X_OK) == 0) {
            return path;
        }
        at += size;
        at += *at == ':' ? 1 : 0;
    }
    return NULL;
}

static void add_program(struct checkup *checkup, const char *name,
                        const char *advice) {
    const char *path = find_program(checkup->arena, name);
    struct checkup_item *item =
        checkup_add(checkup, name, path == NULL ? CHECKUP_NOTE : CHECKUP_GOOD,
                    path == NULL ? "not found" : path);
    item->advice = path == NULL ? advice : NULL;
}

static void add_libdw(struct checkup *checkup) {
#if __has_include(<elfutils/libdwfl.h>)
    (void)checkup_add(checkup, "libdw", CHECKUP_GOOD, "built in");
#else
    checkup_add(checkup, "libdw", CHECKUP_NOTE, "not built in")->advice =
        "backtraces are named by addr2line, more slowly";
#endif
}

static void add_versions(struct checkup *checkup) {
    struct arena *arena = checkup->arena;
    struct utsname system;
    if (uname(&system) == 0) {
        (void)checkup_add(checkup, "kernel", CHECKUP_GOOD,
                          arena_format(arena, "%s %s %s", system.sysname,
                                       system.release, system.machine));
    }
    (void)checkup_add(checkup, "SQLite", CHECKUP_GOOD, sqlite3_libversion());
    (void)checkup_add(checkup, "libuv", CHECKUP_GOOD, uv_version_string());
    const bool release = strcmp(PLUNGE_VARIANT, "release") == 0;
    struct checkup_item *item =
        checkup_add(checkup, "build", release ? CHECKUP_GOOD : CHECKUP_NOTE,
                    "plunge " PLUNGE_VERSION ", " PLUNGE_VARIANT);
    item->advice = release ? NULL
                           : "times of another build than release are "
                             "not to be compared with it";
}

void checkup_tools(struct checkup *checkup) {
    add_versions(checkup);
    add_program(checkup, "valgrind", "plunge run --under is not to be had");
    add_libdw(checkup);
    add_program(checkup, "addr2line",
                "without libdw backtraces have addresses and no lines");
    add_program(checkup, "setarch",
                "make tsan may not start where addresses are spread widely");
}
