/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "load/load.h"

#include "dbpool.h"
#include "support/suite.h"

static void a_load_stands_above_the_ground(void **state) {
    (void)state;
    assert_int_equal(load_level(), 1);
}

static void the_answer_is_known(void **state) {
    (void)state;
    assert_int_equal(dbpool_answer(), 42);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_load_stands_above_the_ground),
        cmocka_unit_test(the_answer_is_known),
    };
    return SUITE_RUN(tests, argc, argv);
}
