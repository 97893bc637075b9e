/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/source.h"

#include <string.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* The smallest code that needs so many bytes: less is overlong. */
static const uint32_t code_min[] = {0, 0, 0x80, 0x800, 0x10000};

static size_t size_of_first(unsigned char first) {
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xc2 && first < 0xe0) {
        return 2;
    }
    if (first >= 0xe0 && first < 0xf0) {
        return 3;
    }
    return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

size_t source_character(const char *bytes, size_t size, uint32_t *code_out) {
    if (size == 0) {
        return 0;
    }
    const unsigned char first = (unsigned char)bytes[0];
    const size_t wanted = size_of_first(first);
    if (wanted == 0 || wanted > size) {
        return 0;
    }
    uint32_t code = wanted == 1 ? first : first & (0x7fU >> wanted);
    for (size_t i = 1; i < wanted; i++) {
        const unsigned char next = (unsigned char)bytes[i];
        if ((next & 0xc0U) != 0x80) {
            return 0;
        }
        code = code << 6 | (next & 0x3fU);
    }
    if (code < code_min[wanted] || code > 0x10ffff ||
        (code >= 0xd800 && code < 0xe000)) {
        return 0;
    }
    *code_out = code;
    return wanted;
}

const char *source_skip_mark(const char *text) {
    const size_t mark = strlen(BYTE_ORDER_MARK);
    return strncmp(text, BYTE_ORDER_MARK, mark) == 0 ? text + mark : text;
}

size_t source_break(const char *bytes, size_t size) {
    uint32_t code = 0;
    const size_t taken = source_character(bytes, size, &code);
    if (taken == 0) {
        return 0;
    }
    if (code == '\r' && size > 1 && bytes[1] == '\n') {
        return 2;
    }
    return code == '\n' || code == '\r' || code == 0x85 || code == 0x2028 ||
                   code == 0x2029
               ? taken
               : 0;
}

static size_t line_size(const char *bytes, size_t size) {
    size_t i = 0;
    while (i < size && source_break(bytes + i, size - i) == 0) {
        i++;
    }
    return i;
}

const char *source_line(const char *text, unsigned line, size_t *size_out) {
    size_t rest = strlen(text);
    for (unsigned i = 1; i < line; i++) {
        size_t size = line_size(text, rest);
        if (size == rest) {
            return NULL;
        }
        size += source_break(text + size, rest - size);
        text += size;
        rest -= size;
    }
    *size_out = line_size(text, rest);
    return text;
}

unsigned source_characters_count(const char *text, size_t size) {
    unsigned count = 0;
    for (size_t i = 0; i < size; i++) {
        count += ((unsigned char)text[i] & 0xc0U) != 0x80;
    }
    return count;
}
