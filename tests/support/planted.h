/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_PLANTED_H
#define TESTS_SUPPORT_PLANTED_H

#include <stdbool.h>

/* A test program that is plunge, too, with a defect in the process of its
 * cells: the one that the scenario names in its title, "plant: leak". With
 * program->itself the test runs itself; main() begins with
 *
 *     if (planted_is_asked(argc, argv)) {
 *         return planted_main(argc, argv);
 *     }
 *
 * Each defect is a function of that name, which a stack shows:
 *
 *   plant_leak      loses 40 bytes
 *   plant_free      reads what it has freed
 *   plant_race      writes in two threads without a lock
 *   plant_overflow  goes beyond INT_MAX
 *   plant_crash     dies by SIGSEGV
 *   plant_hang      does not get to the load */
bool planted_is_asked(int argc, char **argv);
int planted_main(int argc, char **argv);

/* A scenario's text with a small load and that title; static. */
const char *planted_scenario(const char *plant);

#endif
