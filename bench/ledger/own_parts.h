/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_OWN_PARTS_H
#define PLUNGE_LEDGER_OWN_PARTS_H

struct arena;
struct own_values;

/* Of own_take(), one part each. @status: the text of /proc/self/status, or
 * NULL. */
void own_timers(struct own_values *values, struct arena *arena);
void own_signals(struct own_values *values, struct arena *arena);
void own_settings(struct own_values *values, const char *status,
                  struct arena *arena);

#endif
