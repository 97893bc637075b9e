/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_GIVEN_H
#define PLUNGE_SCENARIO_GIVEN_H

#include "scenario/problem.h"

struct node;
struct scenario_override;

/* One word of -s, by itself.
 *
 * Memory: in the arena of what is given. */

/* "-s pool.max=8": where that stands. */
struct place given_place(struct arena *arena,
                         const struct scenario_override *given);

/* A list or a mapping is read as YAML, anything else taken as it is, so that
 * -s title="a: b" needs no quotes inside of its quotes. NULL: it is no YAML, a
 * problem says so. */
const struct node *given_value(struct problems *problems,
                               const struct scenario_override *given,
                               struct place place);

#endif
