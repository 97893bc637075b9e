/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include "support/suite.h"

/* A program that has forgotten its tests. */
int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {{0}};
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return _cmocka_run_group_tests("tests", tests, 0, NULL, NULL);
}
