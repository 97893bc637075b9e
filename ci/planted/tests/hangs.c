/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "support/suite.h"

#include <unistd.h>

/* A test that does not end. */
static void planted(void **state) {
    (void)state;
    for (;;) {
        pause();
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted),
    };
    return SUITE_RUN(tests, argc, argv);
}
