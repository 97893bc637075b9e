/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/checkup_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/quantity.h"
#include "measure/checkup.h"
#include "measure/kernel_text.h"

#define FILES_MIN 64
#define FILES_ENOUGH 1024
#define PROCESSES_ENOUGH 1024
#define ROOM_MIN (64.0 * 1024 * 1024)
#define ROOM_ENOUGH (1024.0 * 1024 * 1024)
#define SYNC_NS_MAX (50 * CLOCK_NS_PER_MS)

static const char *limit_text(struct arena *arena, rlim_t limit) {
    char count[QUANTITY_SIZE];
    return limit == RLIM_INFINITY
               ? "no limit"
               : arena_text(arena, quantity_count(count, limit));
}

static void add_limit(struct checkup *checkup, const char *check,
                      enum __rlimit_resource resource, rlim_t least,
                      rlim_t enough) {
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    (void)getrlimit(resource, &limit);
    const enum checkup_level level = limit.rlim_cur < least    ? CHECKUP_MISSING
                                     : limit.rlim_cur < enough ? CHECKUP_NOTE
                                                               : CHECKUP_GOOD;
    struct checkup_item *item = checkup_add(
        checkup, check, level, limit_text(checkup->arena, limit.rlim_cur));
    if (limit.rlim_cur != RLIM_INFINITY) {
        item->number = (double)limit.rlim_cur;
    }
    if (level != CHECKUP_GOOD) {
        item->advice = "pools that are left open meet it before they meet "
                       "the limit of a scenario: see ulimit";
    }
}

/* ---- Control groups ------------------------------------------------------*/

/* The group's folder in the one hierarchy of version 2; "" where this is not
 * known, for it is the root then. */
static const char *group_path(struct arena *arena) {
    const char *lines = kernel_text(arena, "/proc/self/cgroup");
    while (lines != NULL) {
        if (strncmp(lines, "0::/", 4) == 0) {
            return arena_text_n(arena, lines + 3, strcspn(lines + 3, "\n"));
        }
        lines = strchr(lines, '\n');
        lines = lines == NULL ? NULL : lines + 1;
    }
    return "";
}

/* The first limit from the group up to the root; NULL: there is none. */
static const char *group_limit(struct arena *arena, const char *file,
                               const char *old_path) {
    char *path = arena_text(arena, group_path(arena));
    for (;;) {
        const char *text = kernel_text(
            arena, arena_format(arena, "/sys/fs/cgroup%s/%s", path, file));
        if (text != NULL && strncmp(text, "max", 3) != 0) {
            return text;
        }
        char *slash = strrchr(path, '/');
        if (slash == NULL) {
            break;
        }
        *slash = '\0';
    }
    const char *old =
        kernel_text(arena, arena_format(arena, "/sys/fs/cgroup/%s", old_path));
    return old == NULL || strncmp(old, "max", 3) == 0 || *old == '-' ? NULL
                                                                     : old;
}

static void add_group(struct checkup *checkup, const char *check,
                      const char *limit, const char *advice) {
    struct checkup_item *item =
        checkup_add(checkup, check, limit == NULL ? CHECKUP_GOOD : CHECKUP_NOTE,
                    limit == NULL ? "no limit" : limit);
    item->advice = limit == NULL ? NULL : advice;
    if (limit != NULL) {
        item->number = strtod(limit, NULL);
    }
}

static void add_groups(struct checkup *checkup) {
    struct arena *arena = checkup->arena;
    add_group(checkup, "cgroup cpu",
              group_limit(arena, "cpu.max", "cpu/cpu.cfs_quota_us"),
              "us of each period: who has used them up stands still for the "
              "rest of it");
    const char *memory =
        group_limit(arena, "memory.max", "memory/memory.limit_in_bytes");
    /* Version 1 has no word for it. */
    const bool none = memory != NULL && strtod(memory, NULL) > 0x1p60;
    add_group(checkup, "cgroup memory", none ? NULL : memory,
              "bytes: a cell that takes more is killed");
    add_group(checkup, "cgroup pids",
              group_limit(arena, "pids.max", "pids/pids.max"),
              "threads, of all processes together: exhaustions may come early");
}

void checkup_limits(struct checkup *checkup) {
    add_limit(checkup, "open files", RLIMIT_NOFILE, FILES_MIN, FILES_ENOUGH);
    add_limit(checkup, "processes", RLIMIT_NPROC, 0, PROCESSES_ENOUGH);
    add_groups(checkup);
}

/* ---- Where databases are kept --------------------------------------------*/

/* How long it took to write and sync a page; -errno where it cannot be. */
static int64_t sync_ns(struct arena *arena, const char *folder) {
    static const char page[4096];
    char *path = arena_format(arena, "%s/doctor.XXXXXX", folder);
    const int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0) {
        return -(int64_t)errno;
    }
    const uint64_t began_ns = clock_now_ns();
    const bool written =
        write(fd, page, sizeof page) == (ssize_t)sizeof page && fsync(fd) == 0;
    const int64_t result =
        written ? (int64_t)(clock_now_ns() - began_ns) : -(int64_t)errno;
    (void)close(fd);
    (void)unlink(path);
    return result;
}

static void add_sync(struct checkup *checkup, const char *folder) {
    struct arena *arena = checkup->arena;
    const int64_t took = sync_ns(arena, folder);
    char duration[QUANTITY_SIZE];
    if (took < 0) {
        checkup_add(checkup, "disk sync", CHECKUP_MISSING,
                    arena_format(arena, "%s: %s", folder, strerror((int)-took)))
            ->advice = "set PLUNGE_CACHE to a folder that can be written";
        return;
    }
    const bool slow = (uint64_t)took > SYNC_NS_MAX;
    struct checkup_item *item =
        checkup_add(checkup, "disk sync", slow ? CHECKUP_NOTE : CHECKUP_GOOD,
                    arena_format(arena, "%s for a page",
                                 quantity_duration(duration, (double)took)));
    item->number = (double)took;
    item->advice = slow ? "writes wait for the disk" : NULL;
}

void checkup_folder(struct checkup *checkup, const char *folder,
                    const char *problem) {
    struct arena *arena = checkup->arena;
    struct statvfs disk;
    if (folder == NULL || statvfs(folder, &disk) != 0) {
        checkup_add(checkup, "disk room", CHECKUP_MISSING,
                    folder != NULL
                        ? arena_format(arena, "%s: %s", folder, strerror(errno))
                        : problem)
            ->advice = "databases are kept there";
        (void)checkup_add(checkup, "disk sync", CHECKUP_MISSING, "no folder");
        return;
    }
    const double room = (double)disk.f_bavail * (double)disk.f_frsize;
    char size[QUANTITY_SIZE];
    const enum checkup_level level = room < ROOM_MIN      ? CHECKUP_MISSING
                                     : room < ROOM_ENOUGH ? CHECKUP_NOTE
                                                          : CHECKUP_GOOD;
    struct checkup_item *item = checkup_add(
        checkup, "disk room", level,
        arena_format(arena, "%s in %s", quantity_size(size, room), folder));
    item->number = room;
    if (level != CHECKUP_GOOD) {
        item->advice = "databases are generated there";
    }
    add_sync(checkup, folder);
}
