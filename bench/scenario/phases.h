/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_PHASES_H
#define PLUNGE_SCENARIO_PHASES_H

struct node;
struct problems;
struct scenario_settings;

/* Reads `load`: @node is a phase's mapping, or a list of them. */
void phases_read(struct problems *problems, const struct node *node,
                 struct scenario_settings *settings_out);

#define PHASES_DEFAULT_NAME "main"

/* A shorter one is never called steady (load/settled.h). */
#define PHASES_STEADY_S 8

#endif
