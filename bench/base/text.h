/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BASE_TEXT_H
#define PLUNGE_BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>

/* A growing text. bytes[size] is always NUL; an empty text points to "".
 *
 * Owner:  the caller; text_fini() gives the block back.
 * Errors: none, as in arena.h. */
struct text {
    char *bytes;
    size_t size;
    size_t capacity;
};

void text_init(struct text *text);
void text_fini(struct text *text);
void text_clear(struct text *text);
void text_append(struct text *text, const char *string);
void text_append_n(struct text *text, const char *bytes, size_t size);
void text_format(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void text_vformat(struct text *text, const char *format, va_list list)
    __attribute__((format(printf, 2, 0)));

#endif
