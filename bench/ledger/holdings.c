/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/holdings.h"

#include "base/result.h"
#include "dbpool.h"
#include "ledger/registry.h"

/* A process that holds more was made to leak, and has been seen to by then. */
#define CENSUS_MAX 1024

static uint64_t positive(int64_t value) {
    return value > 0 ? (uint64_t)value : 0;
}

uint64_t holdings_heap_bytes(void) {
    int64_t bytes = 0;
    if (!heap_is_counted()) {
        return RESULT_UNKNOWN;
    }
    for (int i = 0; i < HEAP_OWNERS_COUNT; i++) {
        bytes += heap_held((enum heap_owner)i).bytes;
    }
    return positive(bytes);
}

static void take_heap(struct holdings *holdings) {
    bool counted = heap_is_counted();
    holdings->values[HOLDING_HEAP] = holdings_heap_bytes();
    for (int i = 0; i < HEAP_OWNERS_COUNT; i++) {
        struct heap_held held = heap_held((enum heap_owner)i);
        holdings->values[HOLDING_BLOCKS + i] =
            counted ? positive(held.blocks) : RESULT_UNKNOWN;
        holdings->values[HOLDING_BYTES + i] =
            counted ? positive(held.bytes) : RESULT_UNKNOWN;
    }
}

static void take_census(struct holdings *holdings) {
    static struct dbpool_census_entry entries[CENSUS_MAX];
    uint64_t *values = holdings->values;
    size_t count = dbpool_census(NULL, 0);
    bool fits = count <= CENSUS_MAX;
    if (fits && count != 0) {
        count = dbpool_census(entries, CENSUS_MAX);
        fits = count <= CENSUS_MAX;
    }
    values[HOLDING_POOLS] = fits ? 0 : RESULT_UNKNOWN;
    values[HOLDING_STATEMENTS] = fits ? 0 : RESULT_UNKNOWN;
    values[HOLDING_TRANSACTIONS] = fits ? 0 : RESULT_UNKNOWN;
    for (size_t i = 0; fits && i < count; i++) {
        enum dbpool_kind kind = entries[i].kind;
        values[HOLDING_POOLS] += kind == DBPOOL_KIND_POOL;
        values[HOLDING_STATEMENTS] += kind == DBPOOL_KIND_STATEMENT;
        values[HOLDING_TRANSACTIONS] += kind == DBPOOL_KIND_TRANSACTION;
    }
}

void holdings_take(struct holdings *holdings_out,
                   const struct result_usage *usage) {
    uint64_t *values = holdings_out->values;
    values[HOLDING_THREADS] = usage->threads;
    values[HOLDING_FDS] = usage->fds;
    values[HOLDING_CONNECTIONS] = registry_count(REGISTRY_CONNECTION);
    values[HOLDING_HANDLES] = registry_count(REGISTRY_HANDLE);
    take_census(holdings_out);
    take_heap(holdings_out);
}

const char *holding_name(enum holding holding) {
    static const char *const names[HOLDINGS_COUNT] = {
        [HOLDING_THREADS] = "threads",
        [HOLDING_FDS] = "fds",
        [HOLDING_HEAP] = "heap",
        [HOLDING_POOLS] = "pool",
        [HOLDING_CONNECTIONS] = "connection",
        [HOLDING_STATEMENTS] = "statement",
        [HOLDING_TRANSACTIONS] = "transaction",
        [HOLDING_HANDLES] = "handle",
        [HOLDING_BLOCKS + HEAP_DBPOOL] = "dbpool blocks",
        [HOLDING_BLOCKS + HEAP_LIBUV] = "libuv blocks",
        [HOLDING_BLOCKS + HEAP_SQLITE] = "SQLite blocks",
        [HOLDING_BYTES + HEAP_DBPOOL] = "dbpool bytes",
        [HOLDING_BYTES + HEAP_LIBUV] = "libuv bytes",
        [HOLDING_BYTES + HEAP_SQLITE] = "SQLite bytes",
    };
    return names[holding];
}

bool holding_is_size(enum holding holding) {
    return holding == HOLDING_HEAP || holding >= HOLDING_BYTES;
}
