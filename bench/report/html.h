/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_HTML_H
#define PLUNGE_REPORT_HTML_H

struct arena;
struct result;
struct text;

/* The result as one page: a file that asks for nothing, neither from the
 * network nor from beside it. Its charts need JavaScript, which is in it; every
 * figure of them stands in a table, too. It is well-formed XML, and never
 * larger than HTML_SIZE_MAX: of what is too much some is not drawn, or not
 * there as data, and then it says so.
 *
 * The same result gives the same bytes. */
#define HTML_SIZE_MAX ((size_t)1500000)

void html_write(const struct result *result, struct arena *arena,
                struct text *text);

#endif
