/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_ENTRIES_H
#define PLUNGE_LEDGER_ENTRIES_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

struct arena;

/* A ledger from inside: one entry for each real thing, whoever saw it. */

/* What makes a thing the same one in two ledgers. Numbers that are used again
 * (addresses, ids of threads) never stand alone. */
struct ledger_key {
    enum result_kind kind;
    uint64_t numbers[3];
    const char *text; /* never NULL */
};

struct ledger_entry {
    struct ledger_key key;
    const char *identity; /* for people */
    const char *gone;     /* what to say of it when it is there no more;
                             NULL: that is as it should be */
    const char *site;     /* NULL: unknown */
    uint64_t bytes;       /* 0: it has none */
    uint64_t cycle;       /* 0: unknown */
    double late_ms;       /* 0: still there */
    unsigned stack;       /* stacks.h; 0: not taken */
};

/* Owner: the arena holds all of it, this struct too. */
struct ledger {
    struct arena *arena;
    struct ledger_entry *entries; /* sorted by key */
    size_t count;
    const char *disputed; /* the first contradiction between observers */
    size_t disputes_count;
};

/* An empty one. */
struct ledger *entries_new(void);

void entries_add(struct ledger *ledger, const struct ledger_entry *entry);
void entries_dispute(struct ledger *ledger, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* After the last entry. */
void entries_sort(struct ledger *ledger);

int entries_compare_keys(const struct ledger_key *left,
                         const struct ledger_key *right);

#endif
