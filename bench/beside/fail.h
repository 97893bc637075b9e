/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BESIDE_FAIL_H
#define PLUNGE_BESIDE_FAIL_H

/* Says why on standard error and ends the program with 1: a measuring program
 * goes on with nothing that is not as it should be. */
_Noreturn void fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

#endif
