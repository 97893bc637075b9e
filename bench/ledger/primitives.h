/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_PRIMITIVES_H
#define PLUNGE_LEDGER_PRIMITIVES_H

#include <stdbool.h>
#include <stdint.h>

/* The primitives under libuv, SQLite and dbpool, wrapped by the linker
 * (-Wl,--wrap=...): who acquired what, on whose behalf (dbpool_activity()),
 * in which cycle, and whether it was given back.
 *
 * Thread: any. */

/* Live threads of this process that were started through pthread_create, plus
 * the main one. */
uint64_t primitives_threads_live(void);

/* Lets pthread_create fail for real once @limit threads are alive: it asks the
 * C library for a stack that cannot be mapped, which answers EAGAIN, and works
 * again as soon as a thread is gone. Under valgrind, which would answer EINVAL,
 * EAGAIN is returned here. 0: no limit. */
void primitives_threads_limit(uint64_t limit);

/* "budget" or "budget (simulated)". */
const char *primitives_threads_mechanism(void);

/* From now on the limit is met by another refusal: the kernel is told, for good
 * and by a filter, to start no thread of this process any more (refusal.h). */
void primitives_threads_refuse_by_filter(void);

/* How many threads were alive when pthread_create first said EAGAIN; 0: it
 * never did. */
uint64_t primitives_threads_refused_at(void);

/* EMFILE where a wrapped primitive ever said so, else 0. */
int primitives_fds_refused(void);

#endif
