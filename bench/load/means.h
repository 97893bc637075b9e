/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_MEANS_H
#define PLUNGE_LOAD_MEANS_H

#include <stdbool.h>
#include <stddef.h>

#include "load/answers.h"

struct load_board;
struct load_outcome;
struct phase;
struct subject_error;
struct tally_error;
struct uv_loop_s;
struct watch;

/* What a load lends to the part of it that runs the phases. */
struct means {
    struct uv_loop_s *loop;
    struct watch *watch;
    struct answers answers;
    bool errands;             /* requests have one: not all are lookups */
    struct load_board *board; /* of the cycle: the unmeasured one has another */
    struct tally_error *error; /* the first failure of all */
};

/* The phases of one cycle, in order. */
struct phases {
    struct phase *items;
    size_t count;
};

#endif
