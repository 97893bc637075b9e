/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_PEOPLE_NAMES_H
#define PLUNGE_PEOPLE_NAMES_H

#include <stdint.h>

/* What people are called: accents, spaces, apostrophes and hyphens, as in a
 * table of real users, a forname and a name always from one language. */
#define NAMES_PER_LANGUAGE UINT64_C(32)

struct names_pick {
    const char *forname;
    const char *name;
};

/* Any number picks one; equal numbers pick the same. */
struct names_pick names_pick(uint64_t number);

#endif
