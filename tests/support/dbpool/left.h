/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_DBPOOL_LEFT_H
#define TESTS_SUPPORT_DBPOOL_LEFT_H

struct pool_fixture;

/* The proof of emptiness after a test: see fixture_teardown(). What a test that
 * has failed did not come to close is named, too; then it is no leak, and what
 * failed first is no line of left.c. */
void left_expect_nothing(struct pool_fixture *fixture);

#endif
