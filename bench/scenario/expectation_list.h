/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_EXPECTATION_LIST_H
#define PLUNGE_SCENARIO_EXPECTATION_LIST_H

struct node;
struct problems;
struct scenario;

/* Reads `expect` (@list is NULL where there is none) into
 * scenario->expectations, the implied ones behind the written ones. The cells
 * are there already: phases are looked up in the first. */
void expectation_list_read(struct problems *problems, const struct node *list,
                           struct scenario *scenario);

#endif
