/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_LEDGER_H
#define PLUNGE_LEDGER_LEDGER_H

#include <stdint.h>

struct arena;
struct uv_loop_s;
struct result_cell;
struct result_usage;

/* Everything that this process holds, by identity: every kind of result.h but
 * files, which are looked at from outside (the heap where its blocks are
 * listed: heap.h). Two observers are joined: what was
 * acquired and not given back (dbpool's census, and the primitives that are
 * wrapped at link time: primitives.h), and what the kernel shows under
 * /proc/self.
 *
 * Thread: the loop's. Nothing of it may run while another thread acquires. */
struct ledger;

/* Takes stock. A joined thread may show under /proc a moment longer: it is
 * waited for, 50 ms at most. One that went later is an entry with its lateness;
 * one that did not go, an entry like any other. */
struct ledger *ledger_take(struct uv_loop_s *loop);
void ledger_free(struct ledger *ledger);

/* What is in @after and was not in @before, each with kind, identity, site and
 * cycle: cell->leftovers (in @arena). Blocks of the heap that were made at one
 * place in one cycle are one entry, with their number and bytes. Past
 * RESULT_LEFTOVERS_MAX one entry a kind, with its count. Where the observers
 * disagree about @after, cell->ledger_disputed says how. */
void ledger_difference(const struct ledger *before, const struct ledger *after,
                       struct arena *arena, struct result_cell *cell);

/* Threads, descriptors, RSS and heap of this process at this moment. What
 * cannot be read (no descriptor is left to read it with) is RESULT_UNKNOWN, and
 * the heap where it is not counted (heap.h).
 * Cheap enough for every cycle. */
void ledger_usage(struct result_usage *usage_out);

/* The same without opening a descriptor even for a moment, so that one of the
 * @fds_max that there may be is never taken from others: without the RSS. */
void ledger_usage_aside(uint64_t fds_max, struct result_usage *usage_out);

#endif
