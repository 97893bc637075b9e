/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BASE_ANNOTATE_H
#define PLUNGE_BASE_ANNOTATE_H

/* As in lib/annotate.h: what helgrind and DRD cannot see for themselves. Only
 * debug builds tell them. */
#ifdef DBPOOL_VALGRIND
#include <valgrind/helgrind.h>
/* The second one: its macros are to be DRD's. */
#include <valgrind/drd.h>
#define ANNOTATE_UNCHECKED(variable)                                           \
    do {                                                                       \
        VALGRIND_HG_DISABLE_CHECKING(&(variable), sizeof(variable));           \
        DRD_IGNORE_VAR(variable);                                              \
    } while (0)
#define ANNOTATE_UNCHECKED_BYTES(address, size)                                \
    do {                                                                       \
        VALGRIND_HG_DISABLE_CHECKING(address, size);                           \
        ANNOTATE_BENIGN_RACE_SIZED(address, size, "");                         \
    } while (0)
#define ANNOTATE_TOLD 1
#else
#define ANNOTATE_UNCHECKED_BYTES(address, size) ((void)0)
#define ANNOTATE_UNCHECKED(variable) ((void)0)
#define ANNOTATE_TOLD 0
#endif

#endif
