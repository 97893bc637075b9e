/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_YAML_WRITE_H
#define PLUNGE_SCENARIO_YAML_WRITE_H

struct node;
struct text;

/* Appends @mapping as YAML that reads as the same tree, as one would write it
 * by hand: a key a line, lists of words on one line. No variable is read into
 * what it says. */
void yaml_write(const struct node *mapping, struct text *text);

/* The same on one line, without its end. */
void yaml_write_line(const struct node *mapping, struct text *text);

#endif
