/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "support/suite.h"

#include <stdlib.h>

/* A block that is lost when its program ends. */
static void planted(void **state) {
    (void)state;
    char *volatile block = malloc(100);
    assert_non_null(block);
    block = NULL;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted),
    };
    return SUITE_RUN(tests, argc, argv);
}
