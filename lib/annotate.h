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
#else
#define DBPOOL__IS_ATOMIC(variable) ((void)0)
#endif

struct sqlite3;

/* The flag that sqlite3_interrupt() sets, in a connection that was just opened
 * and has not run anything. */
void dbpool__annotate_interrupt(struct sqlite3 *handle);

#endif
