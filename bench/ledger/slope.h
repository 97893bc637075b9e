/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_SLOPE_H
#define PLUNGE_LEDGER_SLOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/constancy.h"
#include "measure/minima.h"
#include "measure/sequence.h"

struct arena;
struct result_cell;
struct result_slope;

/* How what is held moves from cycle to cycle, in bounded memory for any number
 * of cycles. What can be counted is compared (constancy.h); RSS and PSS, which
 * move by pages and at the whim of allocators, are estimated from the block
 * minima of a window of cycles, with a bounded chance to be wrong however often
 * the window is doubled (measure/sequence.h). */

/* Of RSS and PSS, bytes per cycle: what no leak may exceed where an expectation
 * names none, and where it says "nothing". */
#define SLOPE_LIMIT_DEFAULT 64.0

/* Growth over a window that says nothing yet: some pages are touched for the
 * first time long after the first cycle. */
#define SLOPE_FLOOR_BYTES (64.0 * 1024)

/* RSS and PSS are read that often a window, PSS being costly; always as often
 * as the window has cycles where these are fewer. */
#define SLOPE_WINDOW_SAMPLES 4096

enum slope_memory {
    SLOPE_RSS,
    SLOPE_PSS,
    SLOPE_MEMORIES_COUNT,
};

struct slope {
    struct constancy constancy;
    double limit;
    bool watches_pss;
    struct minima minima[SLOPE_MEMORIES_COUNT];
    bool unknown[SLOPE_MEMORIES_COUNT]; /* one of them could not be read */
    uint64_t stride;
    uint64_t window_first; /* its first cycle; 0: none yet */
    uint64_t samples;
    struct sequence sequence;
    struct sequence_answer answers[SLOPE_MEMORIES_COUNT];
    uint64_t looked_at; /* cycles, of the last look */
};

/* @limit is in bytes per cycle; SLOPE_LIMIT_DEFAULT for 0. Without
 * @watches_pss there is none of PSS. */
void slope_init(struct slope *slope, double limit, bool watches_pss);

/* A new window of about @cycles cycles begins with the next one. Without it the
 * first begins with the first. */
void slope_window(struct slope *slope, uint64_t cycles);

/* Whether slope_sample() has a use for RSS and PSS in @cycle. */
bool slope_wants_memory(const struct slope *slope, uint64_t cycle);

/* After each completed cycle. */
struct slope_sample {
    struct holdings holdings;
    uint64_t rss_bytes;
    uint64_t pss_bytes;
};

void slope_sample(struct slope *slope, uint64_t cycle,
                  const struct slope_sample *sample);

/* At the end of a window: whether it is known of RSS that it leaks or that it
 * does not. (PSS, which other processes move too, is looked at beside it.) Each
 * look has half of the last one's chance to be wrong. */
bool slope_look(struct slope *slope);

/* Threads, fds, heap and RSS, and PSS where it was watched; and whatever else
 * has changed in the exact plane. NULL and 0 with fewer than two cycles. */
struct result_slope *slope_results(struct slope *slope, struct arena *arena,
                                   size_t *count_out);

/* Adds to cell->leftovers the heap that is held beyond what was after the
 * second cycle, of those owners of whom the ledger names no block (one that was
 * there before has grown): one entry an owner. Not with fewer than three
 * cycles. */
void slope_leftovers(const struct slope *slope, struct arena *arena,
                     struct result_cell *cell);

#endif
