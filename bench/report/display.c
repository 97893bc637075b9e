/* SPDX-License-Identifier: Apache-2.0 */
#include "report/display.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define REPLACEMENT UINT32_C(0xfffd)

struct range {
    uint32_t first;
    uint32_t last;
};

/* Marks that stand on the character before them. */
static const struct range narrow[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a},
    {0x064b, 0x065f}, {0x0900, 0x0902}, {0x0e31, 0x0e31}, {0x0e34, 0x0e3a},
    {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200d}, {0x20d0, 0x20ff},
    {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff},
};

/* East Asian wide characters and pictures: two columns. */
static const struct range wide[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x33ff},
    {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xa000, 0xa4cf},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
    {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f},
    {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

/* Could make a text read otherwise than it is. */
static const struct range turning[] = {
    {0x200e, 0x200f},
    {0x2028, 0x202e},
    {0x2066, 0x2069},
};

static bool is_in(uint32_t point, const struct range *ranges, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (point >= ranges[i].first && point <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

#define IS_IN(point, ranges)                                                   \
    is_in((point), (ranges), sizeof(ranges) / sizeof((ranges)[0]))

/* Bytes of the sequence that @lead begins; 0: it begins none. */
static size_t sequence_size(unsigned char lead) {
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xc2 && lead <= 0xdf) {
        return 2;
    }
    if (lead >= 0xe0 && lead <= 0xef) {
        return 3;
    }
    return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/* Takes one character off @string. What is no UTF-8 is taken byte by byte. */
static uint32_t take(const char **string) {
    static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)*string;
    size_t size = sequence_size(bytes[0]);
    (*string)++;
    if (size <= 1) {
        return size == 1 ? bytes[0] : REPLACEMENT;
    }
    uint32_t point = bytes[0] & (0x7fU >> size);
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xc0U) != 0x80) {
            return REPLACEMENT;
        }
        point = point << 6 | (bytes[i] & 0x3fU);
    }
    if (point < lowest[size] || point > 0x10ffff ||
        (point >= 0xd800 && point <= 0xdfff)) {
        return REPLACEMENT;
    }
    *string += size - 1;
    return point;
}

/* How one character is shown: its bytes, and the columns that they fill. */
#define GLYPH_SIZE 8
struct glyph {
    char bytes[GLYPH_SIZE];
    size_t columns;
};

static struct glyph glyph_of(const char *start, const char *end,
                             uint32_t point) {
    struct glyph glyph = {.columns = 1};
    if (point == '\n' || point == '\t' || point == '\r') {
        glyph.bytes[0] = ' ';
    } else if (point < 0x20 || (point >= 0x7f && point < 0xa0)) {
        int size = snprintf(glyph.bytes, sizeof glyph.bytes, "\\x%02x",
                            (unsigned)point);
        glyph.columns = (size_t)size;
    } else if (point == REPLACEMENT || IS_IN(point, turning)) {
        memcpy(glyph.bytes, "\xef\xbf\xbd", 3);
    } else {
        memcpy(glyph.bytes, start, (size_t)(end - start));
        if (IS_IN(point, narrow)) {
            glyph.columns = 0;
        } else if (IS_IN(point, wide)) {
            glyph.columns = 2;
        }
    }
    return glyph;
}

static struct glyph next_glyph(const char **string) {
    const char *start = *string;
    uint32_t point = take(string);
    return glyph_of(start, *string, point);
}

size_t display_width(const char *string) {
    size_t columns = 0;
    while (*string != '\0') {
        columns += next_glyph(&string).columns;
    }
    return columns;
}

void display_append(struct text *text, const char *string) {
    while (*string != '\0') {
        struct glyph glyph = next_glyph(&string);
        text_append(text, glyph.bytes);
    }
}

void display_spaces(struct text *text, size_t count) {
    text_format(text, "%*s", (int)count, "");
}

void display_painted(struct text *text, bool color, enum display_paint paint,
                     const char *string) {
    static const char *const codes[] = {
        [DISPLAY_BOLD] = "1",   [DISPLAY_DIM] = "2",     [DISPLAY_RED] = "31",
        [DISPLAY_GREEN] = "32", [DISPLAY_YELLOW] = "33",
    };
    bool painted = color && paint != DISPLAY_PLAIN && *string != '\0';
    if (painted) {
        text_format(text, "\033[%sm", codes[paint]);
    }
    display_append(text, string);
    if (painted) {
        text_append(text, "\033[0m");
    }
}
