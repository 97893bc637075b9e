/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_DBPOOL_TALLY_H
#define TESTS_SUPPORT_DBPOOL_TALLY_H

#include <stdint.h>

#include "dbpool.h"

/* What a long random run has asked for and got, kept apart from what the
 * library counts. */
enum { TALLY_KINDS = DBPOOL_REQUEST_MANY + 1 };

struct tally {
    uint64_t seed;
    uint64_t submitted[TALLY_KINDS];
    uint64_t answered[TALLY_KINDS];
    uint64_t failed;
    uint64_t canceled; /* these two are of failed */
    uint64_t timed_out;
    uint64_t refused;
    uint64_t chunks;
    uint64_t cancels; /* asked for, of what was unanswered */
    uint64_t closes;
    uint64_t pools;
    uint64_t faults; /* times that something was made to fail, and did */
};

uint64_t tally_sum(const uint64_t counts[TALLY_KINDS]);

void tally_answer(struct tally *tally, enum dbpool_request_kind kind,
                  const struct dbpool_request *request);

void tally_print(const struct tally *tally);

/* Fails the test unless what was submitted is what was answered, of each kind,
 * and enough of everything has happened. */
void tally_expect(const struct tally *tally, uint64_t requests_wanted);

/* For callbacks, where cmocka's assertions would jump out of the loop's own
 * work: says which promise is broken, and the seed, and ends the process. */
#define TALLY_KEEP(tally, kept, promise)                                       \
    ((kept) ? (void)0 : tally_broken(tally, promise, __FILE__, __LINE__))
_Noreturn void tally_broken(const struct tally *tally, const char *promise,
                            const char *file, int line);

#endif
