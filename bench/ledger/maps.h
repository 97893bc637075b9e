/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_MAPS_H
#define PLUNGE_LEDGER_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* /proc/PROCESS/maps: the areas of memory, in their order. The kernel makes one
 * area of neighbours that differ in nothing. */
struct maps_area {
    uint64_t begin;
    uint64_t end;
    uint64_t device;
    uint64_t inode;   /* 0: of no file */
    const char *name; /* of the file; "" or "[heap]" without one */
    bool is_code;     /* the file is a program or a library: one area of it may
                         be executed */
};

struct maps {
    struct maps_area *areas;
    size_t count;
};

/* @text: of that file; NULL: none. All that it points to is in @arena. */
struct maps maps_parse(const char *text, struct arena *arena);

/* The area that has @address; NULL: none. */
const struct maps_area *maps_find(const struct maps *maps, uint64_t address);

/* Whether an earlier area is of the same file. */
bool maps_is_known(const struct maps *maps, const struct maps_area *area);

#endif
