/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_OVERRIDE_H
#define PLUNGE_SCENARIO_OVERRIDE_H

struct let;
struct node;
struct problems;
struct scenario_source;

/* @root with all that -s says but variables, which @let has; theirs are
 * replaced in what is given here, too. Memory: in the arena of @problems. */
const struct node *override_apply(struct problems *problems,
                                  const struct node *root, struct let *let,
                                  const struct scenario_source *from);

#endif
