/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug speed */
#include "support/suite.h"

/* A program that declares a variant that there is not. */
int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {{0}};
    return SUITE_RUN(tests, argc, argv);
}
