/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_HARDENED_H
#define TESTS_SUPPORT_HARDENED_H

#include <stdbool.h>

/* Which lines ran while a fault was injected: in a coverage build, and where
 * $COVERAGE_HARDENED names a folder, they are written there, apart from all
 * others (ci/coverage). Otherwise nothing happens. */

/* The next call may be let fail: what ran up to here had none. */
void hardened_begin(void);

/* The test ends. What ran since the first hardened_begin() goes into the
 * folder's faults/ if a fault was @injected, else to all others. */
void hardened_end(bool injected);

/* The whole program plants faults, and so does whom it starts: all of it goes
 * into plants/. */
void hardened_program(void);

#endif
