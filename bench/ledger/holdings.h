/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_HOLDINGS_H
#define PLUNGE_LEDGER_HOLDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/heap.h"

struct result_usage;

/* What a process holds, as numbers that are exact: the same load leaves the
 * same, to the byte, so any difference means something. */
enum holding {
    HOLDING_THREADS,
    HOLDING_FDS,
    HOLDING_HEAP, /* bytes, of all its owners */
    HOLDING_POOLS,
    HOLDING_CONNECTIONS,
    HOLDING_STATEMENTS,
    HOLDING_TRANSACTIONS,
    HOLDING_HANDLES,
    HOLDING_BLOCKS, /* one an owner of the heap, in their order */
    HOLDING_BYTES = HOLDING_BLOCKS + HEAP_OWNERS_COUNT,
    HOLDINGS_COUNT = HOLDING_BYTES + HEAP_OWNERS_COUNT,
};

/* RESULT_UNKNOWN: not counted, or too many to count after every cycle. */
struct holdings {
    uint64_t values[HOLDINGS_COUNT];
};

/* At this moment, with the threads and descriptors of @usage. Bounded, however
 * much is held. */
void holdings_take(struct holdings *holdings_out,
                   const struct result_usage *usage);

/* "threads", "heap", "statement", "SQLite blocks": a metric's name. */
const char *holding_name(enum holding holding);

/* Bytes, not a count. */
bool holding_is_size(enum holding holding);

/* The heap of all its owners at this moment; RESULT_UNKNOWN: not counted. */
uint64_t holdings_heap_bytes(void);

#endif
