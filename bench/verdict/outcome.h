/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_OUTCOME_H
#define PLUNGE_VERDICT_OUTCOME_H

struct arena;
struct result_comparison;

/* One answer from those of all figures, and one sentence: worse where any is,
 * else not decided where any is, else better where any is, else the same. Where
 * nothing was compared, nothing is decided; and where something is @missing (a
 * sentence; or NULL), what is there may be worse, but is no more than not
 * decided. */
void outcome_take(struct result_comparison *comparison, const char *missing,
                  struct arena *arena);

#endif
