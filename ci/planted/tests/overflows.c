/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "support/suite.h"

#include <limits.h>

/* Signed arithmetic that C does not define. */
static void planted(void **state) {
    volatile int most = INT_MAX;
    (void)state;
    most = most + 1;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted),
    };
    return SUITE_RUN(tests, argc, argv);
}
