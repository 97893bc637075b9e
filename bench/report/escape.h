/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_ESCAPE_H
#define PLUNGE_REPORT_ESCAPE_H

struct text;

/* What others wrote (titles, labels, what a program said), put where it can
 * neither end what it stands in nor begin anything. What a terminal must not
 * see (display.h) is replaced before: line breaks by spaces, control characters
 * by their number, what is no UTF-8 by U+FFFD. */

/* Text of an element, or an attribute in quotes, of XML 1.0. */
void escape_xml(struct text *text, const char *string);

/* Text of Markdown as GitHub and GitLab read it: nothing is formatted, nobody
 * is mentioned, no issue referred to. */
void escape_markdown(struct text *text, const char *string);

/* The same as code, in a table, too. */
void escape_markdown_code(struct text *text, const char *string);

/* The message of a workflow command of GitHub, and one of its properties. */
void escape_command_data(struct text *text, const char *string);
void escape_command_property(struct text *text, const char *string);

/* The value of a label of OpenMetrics, between double quotes. */
void escape_label(struct text *text, const char *string);

/* One field of a line of CSV, in quotes where it takes them. */
void escape_csv(struct text *text, const char *string);

#endif
