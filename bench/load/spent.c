/* SPDX-License-Identifier: Apache-2.0 */
#include "load/spent.h"

#include <math.h>

#include "base/result.h"

static void add(uint64_t *sum, uint64_t from, uint64_t to) {
    if (*sum == RESULT_UNKNOWN || from == RESULT_UNKNOWN ||
        to == RESULT_UNKNOWN || to < from) {
        *sum = RESULT_UNKNOWN;
    } else {
        *sum += to - from;
    }
}

void spent_add(struct load_spent *sum, const struct load_spent *from,
               const struct load_spent *to) {
    add(&sum->instructions, from->instructions, to->instructions);
    add(&sum->allocations, from->allocations, to->allocations);
    add(&sum->syscalls, from->syscalls, to->syscalls);
    add(&sum->context_switches, from->context_switches, to->context_switches);
}

static double share(uint64_t spent, uint64_t lookups) {
    return spent == RESULT_UNKNOWN || lookups == 0
               ? (double)NAN
               : (double)spent / (double)lookups;
}

struct result_cost spent_per_lookup(const struct load_spent *spent,
                                    uint64_t lookups) {
    return (struct result_cost){
        .instructions = share(spent->instructions, lookups),
        .allocations = share(spent->allocations, lookups),
        .syscalls = share(spent->syscalls, lookups),
        .context_switches = share(spent->context_switches, lookups),
    };
}
