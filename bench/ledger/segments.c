/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/segments.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/result.h"
#include "ledger/proc.h"
#include "ledger/proc_text.h"
#include "ledger/shared.h"

#define FOLDER SHARED_FOLDER

struct segments_seen {
    const char *path;
    uint64_t inode;
};

void segments_init(struct segments *segments, struct arena *arena) {
    *segments = (struct segments){.arena = arena};
    DIR *folder = opendir(FOLDER);
    if (folder == NULL) {
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        segments->before =
            arena_more(arena, segments->before, segments->before_count,
                       sizeof segments->before[0]);
        segments->before[segments->before_count++] = entry->d_ino;
    }
    (void)closedir(folder);
}

/* ---- While it runs -------------------------------------------------------*/

static bool is_known(const struct segments *segments, uint64_t inode) {
    for (size_t i = 0; i < segments->before_count; i++) {
        if (segments->before[i] == inode) {
            return true;
        }
    }
    for (size_t i = 0; i < segments->seen_count; i++) {
        if (segments->seen[i].inode == inode) {
            return true;
        }
    }
    return false;
}

/* @path: up to the end of its line; it may say "(deleted)" behind it. */
static void note(struct segments *segments, const char *path,
                 struct arena *passing) {
    struct arena *arena = segments->arena;
    struct stat info;
    const char *name = arena_text_n(passing, path, strcspn(path, "\n"));
    if (lstat(name, &info) != 0 || is_known(segments, info.st_ino)) {
        return;
    }
    segments->seen = arena_more(arena, segments->seen, segments->seen_count,
                                sizeof segments->seen[0]);
    segments->seen[segments->seen_count++] = (struct segments_seen){
        .path = arena_text(arena, name), .inode = info.st_ino};
}

void segments_look(struct segments *segments, int64_t process) {
    struct arena *arena = arena_new();
    segments->process = process;
    for (const char *line = proc_text(process, "maps", arena); line != NULL;
         line = proc_next_line(line)) {
        size_t size = strcspn(line, "\n");
        const char *path = memmem(line, size, FOLDER, strlen(FOLDER));
        if (path != NULL) {
            note(segments, path, arena);
        }
    }
    struct proc_fds fds = proc_fds_of(process, arena);
    for (size_t i = 0; i < fds.count; i++) {
        if (strncmp(fds.items[i].target, FOLDER, strlen(FOLDER)) == 0) {
            note(segments, fds.items[i].target, arena);
        }
    }
    arena_free(arena);
}

/* ---- After its end -------------------------------------------------------*/

struct found {
    struct result_leftover *items;
    size_t count;
};

static void add(struct found *found, struct arena *arena, const char *identity,
                const char *site, uint64_t bytes) {
    found->items =
        arena_more(arena, found->items, found->count, sizeof found->items[0]);
    found->items[found->count++] = (struct result_leftover){
        .kind = RESULT_SHM,
        .identity = identity,
        .site = site,
        .count = 1,
        .bytes = bytes,
    };
}

static void find_posix(const struct segments *segments, struct found *found) {
    for (size_t i = 0; i < segments->seen_count; i++) {
        const struct segments_seen *seen = &segments->seen[i];
        struct stat info;
        if (lstat(seen->path, &info) == 0 && info.st_ino == seen->inode) {
            add(found, segments->arena,
                arena_format(segments->arena, "shm %s", seen->path),
                "seen open or mapped by the program", (uint64_t)info.st_size);
        }
    }
}

static void find_system_v(const struct segments *segments,
                          struct found *found) {
    struct shared_items all = shared_take(segments->arena);
    for (size_t i = 0; i < all.count; i++) {
        const struct shared_item *item = &all.items[i];
        if (item->maker == segments->process) {
            add(found, segments->arena,
                arena_format(segments->arena, "shm of System V, id %" PRId64,
                             item->id),
                "made by the program", item->bytes);
        }
    }
}

struct result_leftover *segments_left(const struct segments *segments,
                                      size_t *count_out) {
    struct found found = {0};
    find_posix(segments, &found);
    if (segments->process != 0) {
        find_system_v(segments, &found);
    }
    *count_out = found.count;
    return found.items;
}
