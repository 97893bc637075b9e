/* SPDX-License-Identifier: Apache-2.0 */
#include "support/dbpool/tally.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/suite.h"

static const char *const kind_names[TALLY_KINDS] = {
    [DBPOOL_REQUEST_QUERY] = "queries",
    [DBPOOL_REQUEST_OPERATION] = "operations",
    [DBPOOL_REQUEST_INTERACTION] = "interactions",
    [DBPOOL_REQUEST_WITH_CONNECTION] = "whole connections",
    [DBPOOL_REQUEST_STREAM] = "streams",
    [DBPOOL_REQUEST_MANY] = "many rows",
};

uint64_t tally_sum(const uint64_t counts[TALLY_KINDS]) {
    uint64_t sum = 0;
    for (int i = 0; i < TALLY_KINDS; i++) {
        sum += counts[i];
    }
    return sum;
}

void tally_answer(struct tally *tally, enum dbpool_request_kind kind,
                  const struct dbpool_request *request) {
    tally->answered[kind]++;
    tally->failed += request->status != DBPOOL_OK;
    tally->canceled += request->status == DBPOOL_ECANCELED;
    tally->timed_out += request->status == DBPOOL_ETIMEDOUT;
}

void tally_print(const struct tally *tally) {
    const struct {
        const char *name;
        uint64_t count;
    } sums[] = {
        {"submitted", tally_sum(tally->submitted)},
        {"answered", tally_sum(tally->answered)},
        {"failed", tally->failed},
        {"of these canceled", tally->canceled},
        {"of these timed out", tally->timed_out},
        {"refused", tally->refused},
        {"chunks of streams", tally->chunks},
        {"cancels", tally->cancels},
        {"closes", tally->closes},
        {"pools", tally->pools},
        {"faults", tally->faults},
    };
    for (int i = 0; i < TALLY_KINDS; i++) {
        print_message("%10llu %s\n", (unsigned long long)tally->answered[i],
                      kind_names[i]);
    }
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        print_message("%10llu %s\n", (unsigned long long)sums[i].count,
                      sums[i].name);
    }
}

void tally_expect(const struct tally *tally, uint64_t requests_wanted) {
    for (int i = 0; i < TALLY_KINDS; i++) {
        assert_int_equal(tally->submitted[i], tally->answered[i]);
        assert_true(tally->answered[i] > 0);
    }
    assert_true(tally_sum(tally->answered) >= requests_wanted);
    assert_true(tally->canceled > 0);
    /* All the time, not once at the beginning. */
    assert_true(tally->faults > tally_sum(tally->submitted) / 1000);
}

_Noreturn void tally_broken(const struct tally *tally, const char *promise,
                            const char *file, int line) {
    (void)fprintf(stderr, "%s:%d: DBPOOL_STRESS_SEED=%llu: %s\n", file, line,
                  (unsigned long long)tally->seed, promise);
    abort();
}
