/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_ANNOTATE_H
#define DBPOOL_ANNOTATE_H

/* Neither helgrind nor DRD knows C11's atomics. Beside each of them stands
 * this; only debug builds contain it. */
#ifdef DBPOOL_VALGRIND
#include <valgrind/helgrind.h>
/* The second one: its macros are to be DRD's. */
#include <valgrind/drd.h>
#define DBPOOL__IS_ATOMIC(variable)                                            \
    do {                                                                       \
        VALGRIND_HG_DISABLE_CHECKING(&(variable), sizeof(variable));           \
        DRD_IGNORE_VAR(variable);                                              \
    } while (0)
/* A timed wait that runs out while it is signalled passes the signal on, from
 * inside the C library and after it has given the mutex back. For helgrind that
 * is a signal without its lock. In between no line of ours runs. */
#define DBPOOL__WAIT_BEGINS() VALGRIND_DISABLE_ERROR_REPORTING
#define DBPOOL__WAIT_ENDS() VALGRIND_ENABLE_ERROR_REPORTING
#else
#define DBPOOL__IS_ATOMIC(variable) ((void)0)
#define DBPOOL__WAIT_BEGINS() ((void)0)
#define DBPOOL__WAIT_ENDS() ((void)0)
#endif

struct sqlite3;

/* The flag that sqlite3_interrupt() sets, in a connection that was just opened
 * and has not run anything. */
void dbpool__annotate_interrupt(struct sqlite3 *handle);

/* SQLite's index of the write-ahead log, for all connections from now on. It
 * lies in memory that processes share, and is guarded by locks of the file, by
 * atomics and, its header, by two copies that are compared: no thread tool sees
 * any of that. Called before each connection is opened. */
void dbpool__annotate_log_index(void);

#endif
