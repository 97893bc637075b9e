/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_JUDGE_H
#define PLUNGE_VERDICT_JUDGE_H

struct arena;
struct baseline;
struct expectation;
struct result;
struct scenario;

/* Decides every expectation of @scenario over the cells of @result, written
 * and implied, fills in expectations, audit and verdict:
 * figures on the median over the blocks, counts and leftovers in every block,
 * pairs for subjects, no samples is false, an untrusted run is undecided. */
void judge_result(const struct scenario *scenario, struct arena *arena,
                  struct result *result);

/* The same beside a baseline, which fills in the comparison, too: what is worse
 * than it fails. NULL: there is none. */
void judge_result_beside(const struct scenario *scenario,
                         const struct baseline *baseline, struct arena *arena,
                         struct result *result);

#endif
