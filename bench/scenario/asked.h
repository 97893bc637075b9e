/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_ASKED_H
#define PLUNGE_SCENARIO_ASKED_H

struct problems;
struct scenario_keys;
struct scenario_phase;
struct value;

/* What a phase asks for. @value may be no good, or not given: then what is
 * there already stays. */
void asked_read_keys(struct problems *problems, const struct value *value,
                     struct scenario_keys *keys_out);

/* Reads @operations into @phase, and says where they contradict @misses. */
void asked_read_operations(struct problems *problems,
                           const struct value *operations,
                           const struct value *misses,
                           struct scenario_phase *phase);

#endif
