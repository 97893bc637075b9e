/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BASE_LEFTOVER_H
#define PLUNGE_BASE_LEFTOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"

struct text;

/* How much a cell left behind, kind by kind.
 *
 * What has gone by itself was only late. Up to this much the kernel is
 * forgiven: it may show a joined thread a moment longer. */
#define LEFTOVER_LATE_MS_MAX 50.0

/* Whether the ledger looks for @kind in such a cell at all: of what nobody has
 * looked for, none was found, and that proves nothing. From inside all are
 * looked for; the heap where it was counted. */
bool leftover_is_watched(const struct result_cell *cell, enum result_kind kind);

/* Whether @kind can be seen of a program of the user's. */
bool leftover_is_seen_outside(enum result_kind kind);

bool leftover_counts(const struct result_leftover *leftover);

/* Sums the entries that count, by kind; returns how many there are in all. */
uint64_t leftover_sum(const struct result_cell *cell,
                      uint64_t counts[RESULT_KINDS_COUNT]);

/* "3 threads", "1 process". */
void leftover_append_kind(struct text *text, enum result_kind kind,
                          uint64_t count);

/* "1 pool, 3 threads", in the order of the kinds; "nothing". */
void leftover_append(struct text *text,
                     const uint64_t counts[RESULT_KINDS_COUNT]);

#endif
