/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_DATABASE_SECTION_H
#define PLUNGE_SCENARIO_DATABASE_SECTION_H

struct node;
struct problems;
struct scenario_database;
struct scenario_settings;
struct value;

/* What stands under `database`: users that are generated, in the form that is
 * asked for, or a file of the user's with what to ask of it. */

/* @values are those of @section, or "not given". */
void database_section_read(struct problems *problems,
                           const struct node *section,
                           const struct value *values,
                           struct scenario_database *database_out);

/* What of @values does not go with pool and load, which have been read. */
void database_section_check(struct problems *problems,
                            const struct node *section,
                            const struct scenario_settings *settings);

#endif
