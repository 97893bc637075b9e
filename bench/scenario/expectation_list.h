/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_EXPECTATION_LIST_H
#define PLUNGE_SCENARIO_EXPECTATION_LIST_H

#include <stddef.h>

struct node;
struct problems;
struct scenario;

/* Reads `expect` (@list is NULL where there is none) into
 * scenario->expectations, the implied ones behind the written ones. The cells
 * are there already: phases are looked up in the first. */
void expectation_list_read(struct problems *problems, const struct node *list,
                           struct scenario *scenario);

/* Puts @lines, which the command line gives as @option ("--expect"), in place
 * of all that @scenario expects; what is implied follows from them. A problem
 * stands at the line's number in @option: --expect:1:5. */
void expectation_list_replace(struct problems *problems, const char *option,
                              const char *const *lines, size_t lines_count,
                              struct scenario *scenario);

#endif
