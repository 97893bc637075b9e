/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "support/suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A test that leaves a temporary file behind. */
static void planted(void **state) {
    char path[512];
    (void)state;
    snprintf(path, sizeof path, "%s/litter", getenv("TMPDIR"));
    close(open(path, O_CREAT | O_WRONLY, 0600));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted),
    };
    return SUITE_RUN(tests, argc, argv);
}
