/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BASE_CHECK_H
#define PLUNGE_BASE_CHECK_H

/* A bug of ours, not a condition of the machine: says which and aborts, in
 * release too. */
#define CHECK(condition)                                                       \
    ((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__))

_Noreturn void check_failed(const char *condition, const char *file, int line);

/* Writes "plunge: out of memory" and ends the process with status 3. */
_Noreturn void check_out_of_memory(void);

#endif
