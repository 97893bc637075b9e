/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_CONTRAST_COUNTS_H
#define PLUNGE_VERDICT_CONTRAST_COUNTS_H

#include <stdbool.h>

struct arena;
struct contrast;

/* Answers what counting answers, in @contrast's row; false: it takes samples.
 *
 *   in no block of one, in any of the other      better, worse
 *   held                                         by the ranges of the blocks,
 *                                                exactly
 *   luck, with so many blocks that one sees it   the same, if every block says
 *                                                so; better, worse, if each run
 *                                                agrees with itself
 *   luck, with fewer                             the same, if by and large
 *
 * Both need blocks in which it was measured. */
#define CONTRAST_BLOCKS_MIN 4
bool contrast_counts(struct contrast *contrast, struct arena *arena);

#endif
