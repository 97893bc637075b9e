/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_LET_H
#define PLUNGE_SCENARIO_LET_H

#include <stdbool.h>
#include <stddef.h>

struct let;
struct node;
struct problems;
struct scenario_override;

/* Variables: `let: {n: 10k}` gives what $(n) stands for, in any value but
 * that of `include`. A value that is $(n) alone becomes what the variable is, a
 * list or a mapping too; within a longer text it has to be a text. $$( is a $(
 * that is meant. A variable may use others.
 *
 * What is wrong is told where it is used or written: unknown variables, those
 * that need themselves, and those of the scenario itself (an included file may
 * have more than one scenario needs) that nobody uses. A value with such a
 * problem is marked as refused, so that it is not told again.
 *
 * Memory: in the arena of @problems. */

/* Reads the variables of @root, a mapping. What -s says of let.NAME among
 * @overrides takes the place of what the file says. */
struct let *let_read(struct problems *problems, const struct node *root,
                     const struct scenario_override *overrides,
                     size_t overrides_count);

/* Whether a word of the command line is about a variable. */
bool let_is_override(const struct scenario_override *override);

/* @node with all variables replaced. */
const struct node *let_apply(struct let *let, const struct node *node);

/* Tells of variables that nobody has used. */
void let_check_use(struct let *let);

#endif
