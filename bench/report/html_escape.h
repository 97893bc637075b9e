/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_HTML_ESCAPE_H
#define PLUNGE_REPORT_HTML_ESCAPE_H

struct text;

/* Text for a page. What it is made of comes from files and programs of others,
 * so nothing in it may become markup: & < > and both quotes are written as
 * references, in elements and in attributes alike. Control characters, what is
 * no UTF-8, and what turns the direction of writing are shown as display.h has
 * it; line feeds stay. Longer than HTML_STRING_MAX bytes it ends with "...". */
#define HTML_STRING_MAX ((size_t)4096)

void html_escape(struct text *text, const char *string);

/* JSON for the inside of <script type="application/json">, where neither the
 * end of the script nor a comment may begin: < > & are written as \u003c and so
 * on, which JSON allows wherever they can stand (in strings). */
void html_escape_json(struct text *text, const char *json);

/* A JSON string, with its quotes, for the same place. */
void html_json_string(struct text *text, const char *string);

#endif
