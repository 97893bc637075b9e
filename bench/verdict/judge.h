/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_JUDGE_H
#define PLUNGE_VERDICT_JUDGE_H

struct arena;
struct expectation;
struct result;
struct scenario;

/* Decides every expectation of @scenario over the cells of @result, written
 * and implied, fills in expectations, audit and verdict:
 * figures on the median over the blocks, counts and leftovers in every block,
 * pairs for subjects, no samples is false, an untrusted run is undecided. */
void judge_result(const struct scenario *scenario, struct arena *arena,
                  struct result *result);

#endif
