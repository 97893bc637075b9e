/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_FILES_IN_H
#define TESTS_SUPPORT_FILES_IN_H

#include <stddef.h>

/* Calls @each with "FOLDER/NAME" for every file of @folder whose name ends in
 * @ending (".yaml"), in no order. Returns how many there were; fails the test
 * where there is no such folder. */
size_t files_in(const char *folder, const char *ending,
                void (*each)(void *data, const char *path), void *data);

#endif
