/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_FOREIGN_H
#define TESTS_SUPPORT_FOREIGN_H

/* Small programs that are subjects of a scenario: the test itself, started
 * again with FOREIGN and a name. */
#define FOREIGN "--subject"

/* Becomes the program of that name. Most never return: they leave one thing
 * between "ready" and "closed", and wait to be ended. Returns an exit status.
 * "shm" makes $COMMAND_TEST_SHM. */
int foreign_be(const char *name);

#endif
