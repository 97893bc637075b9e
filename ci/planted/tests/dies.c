/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "support/suite.h"

#include <signal.h>
#include <stdlib.h>

/* A test that takes its program down. */
static void planted(void **state) {
    (void)state;
    signal(SIGABRT, SIG_DFL);
    abort();
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted),
    };
    return SUITE_RUN(tests, argc, argv);
}
