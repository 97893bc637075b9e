/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/shared.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "ledger/proc_text.h"

static const struct {
    const char *file; /* of /proc */
    const char *name;
} ipcs[SHARED_IPCS_COUNT] = {
    [SHARED_SEGMENT] = {"../sysvipc/shm", "segment of System V"},
    [SHARED_SEMAPHORES] = {"../sysvipc/sem", "semaphores of System V"},
    [SHARED_QUEUE] = {"../sysvipc/msg", "queue of System V"},
};

const char *shared_ipc_name(enum shared_ipc ipc) {
    return ipcs[ipc].name;
}

uint64_t shared_ipc_key(enum shared_ipc ipc, int id) {
    return (uint64_t)ipc << 32 | (uint32_t)id;
}

/* "       key      shmid perms       size  cpid  lpid ..." */
static bool parse_item(const char *line, enum shared_ipc ipc,
                       struct shared_item *item_out) {
    *item_out = (struct shared_item){.ipc = ipc};
    if (ipc != SHARED_SEGMENT) {
        return sscanf(line, "%*d %" SCNd64, &item_out->id) == 1;
    }
    return sscanf(line, "%*d %" SCNd64 " %*o %" SCNu64 " %" SCNd64,
                  &item_out->id, &item_out->bytes, &item_out->maker) == 3;
}

struct shared_items shared_take(struct arena *arena) {
    struct shared_items items = {0};
    for (int i = 0; i < SHARED_IPCS_COUNT; i++) {
        for (const char *line = proc_text(PROC_SELF, ipcs[i].file, arena);
             line != NULL; line = proc_next_line(line)) {
            struct shared_item item;
            if (parse_item(line, (enum shared_ipc)i, &item)) {
                items.items =
                    arena_more(arena, items.items, items.count, sizeof item);
                items.items[items.count++] = item;
            }
        }
    }
    return items;
}

const struct shared_item *shared_find(const struct shared_items *items,
                                      uint64_t key) {
    for (size_t i = 0; i < items->count; i++) {
        if (shared_ipc_key(items->items[i].ipc, (int)items->items[i].id) ==
            key) {
            return &items->items[i];
        }
    }
    return NULL;
}

bool shared_file_is_there(const char *path, uint64_t inode,
                          uint64_t *bytes_out) {
    struct stat info;
    if (lstat(path, &info) != 0 || info.st_ino != inode) {
        return false;
    }
    *bytes_out = (uint64_t)info.st_size;
    return true;
}

bool shared_is_file(const char *path) {
    size_t size = strlen(SHARED_FOLDER);
    return strncmp(path, SHARED_FOLDER, size) == 0 && path[size] != '\0' &&
           strchr(path + size, '/') == NULL;
}
