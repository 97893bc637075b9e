/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_CONSTANCY_H
#define PLUNGE_LEDGER_CONSTANCY_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/holdings.h"

/* The exact plane: what is held after each cycle is compared with what was held
 * after the second, which has made all that is made once. In memory for two
 * cycles, however many there are. Pure.
 *
 * (Of two cycles the second is compared with the first: the unmeasured cycle
 * before them has made most of it.) */
struct constancy {
    struct holdings first;
    struct holdings reference;
    uint64_t latest[HOLDINGS_COUNT];       /* that was known */
    uint64_t latest_cycle[HOLDINGS_COUNT]; /* after which */
    uint64_t differed_cycle[HOLDINGS_COUNT];
    uint64_t first_cycle;
    uint64_t reference_cycle;
    uint64_t cycles;
};

void constancy_init(struct constancy *constancy);

/* After each completed cycle, in rising order. */
void constancy_note(struct constancy *constancy, uint64_t cycle,
                    const struct holdings *holdings);

enum constancy_verdict {
    CONSTANCY_SAME,   /* after every cycle */
    CONSTANCY_MORE,   /* at the end */
    CONSTANCY_MOVED,  /* but not more at the end */
    CONSTANCY_UNKNOWN /* too few cycles, or not counted */
};

struct constancy_answer {
    enum constancy_verdict verdict;
    double per_cycle;        /* at the end, on average; NAN: unknown */
    int64_t difference;      /* at the end */
    uint64_t cycles;         /* that this is of */
    uint64_t differed_cycle; /* after which it was first another; 0: none */
};

struct constancy_answer constancy_answer(const struct constancy *constancy,
                                         enum holding holding);

#endif
