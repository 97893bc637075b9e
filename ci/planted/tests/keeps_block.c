/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "support/suite.h"

#include <stdlib.h>

/* A block that nobody gives back, and that is still known. */
static char *volatile block;

static void planted(void **state) {
    (void)state;
    block = malloc(100);
    assert_non_null(block);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted),
    };
    return SUITE_RUN(tests, argc, argv);
}
