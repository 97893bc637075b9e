/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck */
#include "ledger/origins.h"

#include <stdint.h>

#include "ledger/origin.h"
#include "ledger/stacks.h"
#include "support/suite.h"

enum { OF_CYCLE = 1000, ONE_OF = 64 };

static int setup(void **state) {
    (void)state;
    stacks_begin();
    return 0;
}

static int teardown(void **state) {
    (void)state;
    origin_set_cycle(0);
    stacks_end();
    return 0;
}

/* How many of so many have a stack. */
static unsigned stacks_of(unsigned count) {
    unsigned found = 0;
    for (unsigned i = 0; i < count; i++) {
        uint64_t tag = 0;
        found += origins_now("malloc", &tag)->stack != 0;
    }
    return found;
}

static void an_origin_is_kept_once(void **state) {
    (void)state;
    uint64_t tag = 0;
    const struct origin *one[3];
    stacks_end();
    for (int i = 0; i < 3; i++) {
        one[i] = origins_now("malloc", &tag);
    }
    assert_ptr_equal(one[0], one[1]);
    assert_ptr_equal(one[0], one[2]);
    assert_ptr_not_equal(one[0], origins_now("calloc", &tag));
}

static void each_cycles_first_have_a_stack_and_some_of_the_rest(void **state) {
    (void)state;
    for (uint64_t cycle = 1; cycle <= 3; cycle++) {
        origin_set_cycle(cycle);
        assert_int_equal(stacks_of(OF_CYCLE), OF_CYCLE);
        assert_int_equal(stacks_of(ONE_OF - OF_CYCLE % ONE_OF - 1), 0);
        assert_int_equal(stacks_of(1), 1);
        assert_int_equal(stacks_of(3 * ONE_OF), 3);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_origin_is_kept_once, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            each_cycles_first_have_a_stack_and_some_of_the_rest, setup,
            teardown),
    };
    return SUITE_RUN(tests, argc, argv);
}
