/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_USER_COMMAND_H
#define PLUNGE_SCENARIO_USER_COMMAND_H

#include <stdbool.h>

struct arena;
struct expectation;
struct node;
struct problems;
struct scenario_command;
struct value;

/* pool.subject: {command: [./mine, --flag]}: a program of the user's. It is
 * seen from outside alone, so that much of the language means nothing beside
 * it, and is refused. */
#define USER_COMMAND_EXAMPLE "{command: [./mine, --flag]}"

/* Judges @subject, a mapping; what is wrong is added to @problems. */
bool user_command_check(struct problems *problems, const struct node *subject);

/* @subject is good. Memory: in @arena. */
void user_command_read(struct arena *arena, const struct node *subject,
                       struct scenario_command *command_out);

/* Whether @pool, the value of the file's `pool`, names a command, good or
 * not. */
bool user_command_is_given(const struct value *pool);

/* A program of the user's has its own way to load and to end. @root_values:
 * the file's own keys. */
void user_command_refuse_beside(struct problems *problems,
                                const struct node *pool,
                                const struct value *root_values);

/* Refuses what cannot be told of a command. @item: the line under `expect`. */
void user_command_refuse_expectation(struct problems *problems,
                                     const struct node *item,
                                     const struct expectation *expectation);

#endif
