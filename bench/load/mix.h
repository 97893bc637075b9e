/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_MIX_H
#define PLUNGE_LOAD_MIX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/permutation.h"
#include "scenario/scenario.h"
#include "subject/subject.h"

/* Which operation a request is: of as many requests as the weights add up to,
 * in one block, exactly so many are of each kind, in an order of the block's
 * own. So which one request k is, and how many of a kind were before its block,
 * needs no counting, and is the same whoever draws it.
 *
 * Thread: any, once initialised. */
struct mix {
    uint64_t weights[SUBJECT_OPERATIONS_COUNT];
    uint64_t all;
    struct permutation order;
};

struct mix_place {
    enum subject_operation operation;
    uint64_t number;    /* of its kind: each from 0 on is one request's */
    uint64_t signed_up; /* sign-ups in the blocks before */
};

void mix_init(struct mix *mix, const struct scenario_operations *operations);

/* Request @k of a cycle's @stream (keys_stream()). */
struct mix_place mix_draw(const struct mix *mix, uint64_t stream, uint64_t k);

#endif
