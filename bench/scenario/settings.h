/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_SETTINGS_H
#define PLUNGE_SCENARIO_SETTINGS_H

struct node;
struct problems;
struct scenario_settings;

/* Resolves all that a cell needs from a scenario's tree: each value in its
 * range, no contradictions, defaults filled in. @root is a mapping.
 *
 * What is wrong is added to @problems; @settings_out is complete only where
 * nothing was. */
void settings_read(struct problems *problems, const struct node *root,
                   struct scenario_settings *settings_out);

#endif
