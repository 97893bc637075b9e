/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include <stdlib.h>

#include "due.h"
#include "support/suite.h"

enum { REQUESTS = 300, STEPS = 20000, SEEDS = 20 };

static struct dbpool_request requests[REQUESTS];
static uint64_t due_ns[REQUESTS]; /* 0: not in it */

static void add(struct dbpool__due *due, int which, uint64_t ns) {
    assert_int_equal(dbpool__due_add(due, &requests[which], ns), DBPOOL_OK);
    due_ns[which] = ns;
}

static void take_out(struct dbpool__due *due, int which) {
    dbpool__due_remove(due, &requests[which]);
    due_ns[which] = 0;
}

/* Each knows its place, and the first is nobody's later. */
static void expect_whole(const struct dbpool__due *due) {
    uint64_t first = UINT64_MAX;
    uint32_t count = 0;
    for (int i = 0; i < REQUESTS; i++) {
        if (due_ns[i] == 0) {
            assert_int_equal(requests[i].due, 0);
            continue;
        }
        assert_in_range(requests[i].due, 1, due->count);
        assert_ptr_equal(due->entries[requests[i].due - 1].request,
                         &requests[i]);
        first = due_ns[i] < first ? due_ns[i] : first;
        count++;
    }
    assert_int_equal(due->count, count);
    assert_null(dbpool__due_by(due, first - 1));
    if (count != 0) {
        assert_non_null(dbpool__due_by(due, first));
    }
}

static void any_order_of_coming_and_going_is_kept(void **state) {
    (void)state;
    for (unsigned seeds = 1; seeds <= SEEDS; seeds++) {
        unsigned seed = seeds;
        struct dbpool__due due = {0};
        for (int step = 0; step < STEPS; step++) {
            int which = rand_r(&seed) % REQUESTS;
            if (due_ns[which] != 0) {
                take_out(&due, which);
            } else {
                add(&due, which, 1 + (uint64_t)rand_r(&seed) % 1000);
            }
            if (step % 100 == 0) {
                expect_whole(&due);
            }
        }
        expect_whole(&due);
        uint64_t last = 0;
        struct dbpool_request *request;
        while ((request = dbpool__due_by(&due, UINT64_MAX)) != NULL) {
            assert_true(due_ns[request - requests] >= last);
            last = due_ns[request - requests];
            take_out(&due, (int)(request - requests));
        }
        expect_whole(&due);
        free(due.entries);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_of_coming_and_going_is_kept),
    };
    return SUITE_RUN(tests, argc, argv);
}
