/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/outside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "ledger/entries.h"

/* Mapped files, each once, however many pieces of it are mapped where. What
 * grows and shrinks by itself is no entry: memory without a file (the heap,
 * arenas, stacks of threads), and files with code in them, which stay once
 * they are loaded. */
struct map {
    uint64_t device;
    uint64_t inode;
    const char *name; /* up to the end of its line */
    size_t name_size;
    bool code;
};

/* "7f0c-7f0d r--s 00000000 fe:00 4711      /tmp/users.db-shm" */
static bool parse_map(const char *line, struct map *map_out) {
    char modes[5];
    unsigned major = 0;
    unsigned minor = 0;
    int taken = 0;
    *map_out = (struct map){0};
    if (sscanf(line, "%*x-%*x %4s %*x %x:%x %" SCNu64 "%n", modes, &major,
               &minor, &map_out->inode, &taken) != 4) {
        return false;
    }
    map_out->name = line + taken + strspn(line + taken, " ");
    map_out->name_size = strcspn(map_out->name, "\n");
    map_out->device = (uint64_t)major << 32 | minor;
    map_out->code = strchr(modes, 'x') != NULL;
    return map_out->inode != 0;
}

static bool is_same(const struct map *one, const struct map *other) {
    return one->device == other->device && one->inode == other->inode;
}

struct maps {
    struct map *items;
    size_t count;
};

static void note_map(struct maps *maps, const struct map *map,
                     struct arena *arena) {
    for (size_t i = 0; i < maps->count; i++) {
        if (is_same(&maps->items[i], map)) {
            maps->items[i].code = maps->items[i].code || map->code;
            return;
        }
    }
    maps->items =
        arena_more(arena, maps->items, maps->count, sizeof maps->items[0]);
    maps->items[maps->count++] = *map;
}

void outside_maps(int64_t process, struct ledger *ledger) {
    struct arena *arena = ledger->arena;
    struct maps maps = {0};
    for (const char *line = outside_read(process, "maps", arena); line != NULL;
         line = outside_next_line(line)) {
        struct map map;
        if (parse_map(line, &map)) {
            note_map(&maps, &map, arena);
        }
    }
    for (size_t i = 0; i < maps.count; i++) {
        const struct map *map = &maps.items[i];
        if (map->code) {
            continue;
        }
        const char *name = arena_text_n(arena, map->name, map->name_size);
        entries_add(ledger, &(struct ledger_entry){
                                .key = {.kind = RESULT_MAP,
                                        .numbers = {map->device, map->inode},
                                        .text = name},
                                .identity = arena_format(arena, "map %s", name),
                            });
    }
}
