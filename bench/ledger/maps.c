/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/maps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "ledger/proc_text.h"

/* "7f0c-7f0d r--s 00000000 fe:00 4711      /tmp/users.db-shm" */
static bool parse_area(const char *line, struct arena *arena,
                       struct maps_area *area_out) {
    char modes[5];
    unsigned major = 0;
    unsigned minor = 0;
    int taken = 0;
    *area_out = (struct maps_area){0};
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*x %x:%x %" SCNu64 "%n",
               &area_out->begin, &area_out->end, modes, &major, &minor,
               &area_out->inode, &taken) != 6) {
        return false;
    }
    const char *name = line + taken + strspn(line + taken, " ");
    area_out->name = arena_text_n(arena, name, strcspn(name, "\n"));
    area_out->device = (uint64_t)major << 32 | minor;
    area_out->is_code = area_out->inode != 0 && strchr(modes, 'x') != NULL;
    return true;
}

static bool is_same_file(const struct maps_area *one,
                         const struct maps_area *other) {
    return one->inode != 0 && one->device == other->device &&
           one->inode == other->inode;
}

/* Of a library all areas are code's, its data too. */
static void spread_code(const struct maps *maps) {
    for (size_t i = 0; i < maps->count; i++) {
        for (size_t j = 0; maps->areas[i].is_code && j < maps->count; j++) {
            if (is_same_file(&maps->areas[i], &maps->areas[j])) {
                maps->areas[j].is_code = true;
            }
        }
    }
}

struct maps maps_parse(const char *text, struct arena *arena) {
    struct maps maps = {0};
    for (const char *line = text; line != NULL; line = proc_next_line(line)) {
        struct maps_area area;
        if (parse_area(line, arena, &area)) {
            maps.areas = arena_more(arena, maps.areas, maps.count, sizeof area);
            maps.areas[maps.count++] = area;
        }
    }
    spread_code(&maps);
    return maps;
}

const struct maps_area *maps_find(const struct maps *maps, uint64_t address) {
    size_t low = 0;
    size_t high = maps->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (maps->areas[middle].end <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < maps->count && maps->areas[low].begin <= address
               ? &maps->areas[low]
               : NULL;
}

bool maps_is_known(const struct maps *maps, const struct maps_area *area) {
    for (size_t i = 0; &maps->areas[i] != area; i++) {
        if (is_same_file(&maps->areas[i], area)) {
            return true;
        }
    }
    return false;
}
