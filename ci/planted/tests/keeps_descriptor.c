/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "support/suite.h"

#include <fcntl.h>

/* A descriptor that nobody closes. */
static void planted(void **state) {
    (void)state;
    assert_true(open("/dev/zero", O_RDONLY | O_CLOEXEC) >= 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted),
    };
    return SUITE_RUN(tests, argc, argv);
}
