/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_SPENT_H
#define PLUNGE_LOAD_SPENT_H

#include <stdbool.h>
#include <stdint.h>

struct result_cost;

/* What a process has spent, of things that can be counted; RESULT_UNKNOWN:
 * nobody counts them. */
struct load_spent {
    uint64_t instructions;
    uint64_t allocations;
    uint64_t syscalls;
    uint64_t context_switches;
};

/* Up to now. Asked where a measured phase begins, and where it ends. */
typedef void (*load_spent_fn)(bool begins, struct load_spent *spent_out);

/* Adds what was spent from @from to @to; what is not known at one of them is
 * not known of the sum. */
void spent_add(struct load_spent *sum, const struct load_spent *from,
               const struct load_spent *to);

/* Divided by @lookups; with none nothing is known. */
struct result_cost spent_per_lookup(const struct load_spent *spent,
                                    uint64_t lookups);

#endif
