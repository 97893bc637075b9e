/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_RUN_FIND_H
#define PLUNGE_RUN_FIND_H

struct arena;
struct result;
struct run_options;
struct scenario;

/* Runs a scenario that has something to find: all its blocks for each value
 * that verdict/search.h asks for, and for longer what that has found. The
 * result has the cells of every question in the order in which they were
 * asked, each with its value; its expectations, audit and verdict are those of
 * the question that decided, which for a value that was found is the one that
 * confirmed it. The search ends before that where a cell does not come to its
 * end, or something that is implied does not hold.
 *
 * As run_scenario(), but what keeps a later question from being measured is
 * told in result->find, with verdict error, beside what was measured before.
 * @options has no tool. */
int run_find(const struct scenario *scenario, const struct run_options *options,
             struct arena *arena, struct result **result_out,
             const char **problem_out);

#endif
