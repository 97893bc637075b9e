/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "support/suite.h"

#include <stdlib.h>

/* A read behind the end of a block. */
static void planted(void **state) {
    (void)state;
    char *volatile block = calloc(8, 1);
    volatile char beyond = block[8];
    (void)beyond;
    free(block);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted),
    };
    return SUITE_RUN(tests, argc, argv);
}
