/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_SOURCE_H
#define PLUNGE_SCENARIO_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#define SOURCE_BYTES_MAX ((size_t)1024 * 1024) /* of a file */

/* Text as libyaml counts it, so that its lines and columns and ours are the
 * same: columns are characters of UTF-8, and a line ends at \n, \r, \r\n,
 * U+0085, U+2028 or U+2029.
 *
 * Thread: any. */

/* The size in bytes of the character that @bytes begins with and its code;
 * 0: it is not UTF-8 (overlong, a surrogate, cut off, or @size is 0). */
size_t source_character(const char *bytes, size_t size, uint32_t *code_out);

/* @text behind its byte order mark, if there is one. */
const char *source_skip_mark(const char *text);

/* The size in bytes of the line break that @bytes begins with; 0: none. */
size_t source_break(const char *bytes, size_t size);

/* Where line @line (from 1) of @text begins, and its size without the break;
 * NULL: the text has fewer lines. */
const char *source_line(const char *text, unsigned line, size_t *size_out);

/* How many characters the first @size bytes of @text are. */
unsigned source_characters_count(const char *text, size_t size);

#endif
