/* SPDX-License-Identifier: Apache-2.0 */
#include "support/suite.h"

/* A program that does not declare where it runs, and so would nowhere. */
int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {{0}};
    return SUITE_RUN(tests, argc, argv);
}
