/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define CAPACITY_FIRST 64

/* What an empty text points to; it is never written, because its capacity is
 * 0. */
static char nothing[1] = "";

void text_init(struct text *text) {
    *text = (struct text){.bytes = nothing};
}

void text_fini(struct text *text) {
    if (text->capacity != 0) {
        free(text->bytes);
    }
    text_init(text);
}

void text_clear(struct text *text) {
    text->size = 0;
    if (text->capacity != 0) {
        text->bytes[0] = '\0';
    }
}

/* Room for @size more bytes and the NUL. */
static void reserve(struct text *text, size_t size) {
    if (size >= SIZE_MAX / 2 - text->size) {
        check_out_of_memory();
    }
    size_t wanted = text->size + size + 1;
    if (wanted <= text->capacity) {
        return;
    }
    size_t capacity = text->capacity == 0 ? CAPACITY_FIRST : text->capacity;
    while (capacity < wanted) {
        capacity *= 2;
    }
    char *old = text->capacity == 0 ? NULL : text->bytes;
    char *bytes = realloc(old, capacity);
    if (bytes == NULL) {
        check_out_of_memory();
    }
    text->bytes = bytes;
    text->capacity = capacity;
}

void text_append(struct text *text, const char *string) {
    text_append_n(text, string, strlen(string));
}

void text_append_n(struct text *text, const char *bytes, size_t size) {
    if (size == 0) {
        return;
    }
    reserve(text, size);
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    text->bytes[text->size] = '\0';
}

void text_format(struct text *text, const char *format, ...) {
    va_list list;
    va_start(list, format);
    text_vformat(text, format, list);
    va_end(list);
}

void text_vformat(struct text *text, const char *format, va_list list) {
    va_list again;
    va_copy(again, list);
    int length = vsnprintf(NULL, 0, format, list);
    CHECK(length >= 0);
    reserve(text, (size_t)length);
    (void)vsnprintf(text->bytes + text->size, (size_t)length + 1, format,
                    again);
    text->size += (size_t)length;
    va_end(again);
}
