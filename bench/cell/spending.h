/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_SPENDING_H
#define PLUNGE_CELL_SPENDING_H

#include <stdbool.h>

#include "load/spent.h"

struct result_cell;
struct scenario;

/* What a cell's process spends, its load and its sampler included.
 *
 * - context switches: of all its threads, voluntary or not (getrusage).
 * - allocations: of dbpool, libuv and SQLite, where the heap is counted
 *   (ledger/heap.h).
 * - instructions in user space, and system calls: by the kernel's counters,
 *   where an expectation names them and this machine and user may have them
 *   (perf_event_open: a processor whose counters are passed on to it, the
 *   tracepoint raw_syscalls:sys_enter).
 *
 * Under a tool of valgrind it is valgrind whom the kernel counts, so nothing of
 * the kernel's is taken. callgrind is told to count in measured phases alone.
 */

/* Opens what @scenario asks for, in this process and in all threads that it
 * will start. A descriptor each, from here to the process's end: so before the
 * ledger's baseline, and before other threads start. */
void spending_begin(const struct scenario *scenario, bool under_tool);

/* For load_options. */
void spending_now(bool begins, struct load_spent *spent_out);

/* In the supervisor: the instructions of measured phases, of what callgrind has
 * written for a cell that went through. */
void spending_read_callgrind(const char *text, struct result_cell *cell);

#endif
