/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_OVERRIDE_H
#define PLUNGE_SCENARIO_OVERRIDE_H

#include "scenario/problem.h"

struct let;
struct node;
struct scenario_override;
struct scenario_source;

/* What -s says.
 *
 * Memory: in the arena of what is given. */

/* "-s pool.max=8": where that stands. */
struct place override_place(struct arena *arena,
                            const struct scenario_override *given);

/* A list or a mapping is read as YAML, anything else taken as it is, so that
 * -s title="a: b" needs no quotes inside of its quotes. NULL: it is no YAML, a
 * problem says so. */
const struct node *override_value(struct problems *problems,
                                  const struct scenario_override *given,
                                  struct place place);

/* @root with all of them but variables, which @let has; theirs are replaced in
 * what is given here, too. */
const struct node *override_apply(struct problems *problems,
                                  const struct node *root, struct let *let,
                                  const struct scenario_source *from);

#endif
