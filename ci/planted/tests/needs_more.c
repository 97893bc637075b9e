/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include "support/suite.h"

/* Tests that never begin, because what they need is not there. */
static int set_up(void **state) {
    (void)state;
    return -1;
}

static void planted(void **state) {
    (void)state;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(planted, set_up),
        cmocka_unit_test_setup(planted, set_up),
    };
    return SUITE_RUN(tests, argc, argv);
}
