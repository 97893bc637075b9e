/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_SUITE_H
#define TESTS_SUPPORT_SUITE_H

/* cmocka.h needs these four before it; sorting includes would break that, so
 * tests take it from here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Runs all tests of the file, or those whose names match the pattern given as
 * the first argument ('close_*'). Use: return SUITE_RUN(tests, argc, argv); */
#define SUITE_RUN(tests, argc, argv)                                           \
    ((argc) > 1 ? cmocka_set_test_filter((argv)[1]) : (void)0,                 \
     cmocka_run_group_tests(tests, NULL, NULL))

#endif
