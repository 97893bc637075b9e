/* SPDX-License-Identifier: Apache-2.0 */
#include "report/html_escape.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "report/display.h"
#include "report/escape.h"

/* Up to @size bytes of @string, but no half of a character. */
static size_t whole_characters(const char *string, size_t size) {
    if (string[size] == '\0') {
        return size;
    }
    size_t end = size;
    while (end > 0 && ((unsigned char)string[end] & 0xc0U) == 0x80 &&
           size - end < 4) {
        end--;
    }
    return end;
}

/* escape_xml() shows a line feed as a space: line by line. */
void html_escape(struct text *text, const char *string) {
    const size_t size = strnlen(string, HTML_STRING_MAX);
    const size_t end = whole_characters(string, size);
    struct text line;
    text_init(&line);
    for (size_t from = 0; from < end;) {
        const char *feed = memchr(string + from, '\n', end - from);
        const size_t until = feed == NULL ? end : (size_t)(feed - string);
        text_clear(&line);
        text_append_n(&line, string + from, until - from);
        escape_xml(text, line.bytes);
        text_append(text, feed == NULL ? "" : "\n");
        from = until + 1;
    }
    text_append(text, string[end] == '\0' ? "" : "...");
    text_fini(&line);
}

/* U+FFFE and U+FFFF, which XML has not: the last bit tells them apart. */
static bool is_no_character(const char *string) {
    return (unsigned char)string[0] == 0xef &&
           (unsigned char)string[1] == 0xbf &&
           ((unsigned char)string[2] & 0xfeU) == 0xbe;
}

void html_escape_json(struct text *text, const char *json) {
    while (*json != '\0') {
        const size_t plain = strcspn(json, "<>&\xef");
        text_append_n(text, json, plain);
        json += plain;
        if (is_no_character(json)) {
            text_append(text,
                        (unsigned char)json[2] == 0xbe ? "\\ufffe" : "\\uffff");
            json += 3;
        } else if (*json == '\xef') {
            text_append_n(text, json++, 1);
        } else if (*json != '\0') {
            text_format(text, "\\u%04x", (unsigned)(unsigned char)*json);
            json++;
        }
    }
}

void html_json_string(struct text *text, const char *string) {
    struct text shown;
    struct text quoted;
    text_init(&shown);
    text_init(&quoted);
    display_append(&shown, string);
    for (size_t i = 0; i < shown.size; i++) {
        const char byte = shown.bytes[i];
        if (strchr("\"\\'", byte) != NULL) {
            text_format(&quoted, "\\u%04x", (unsigned)(unsigned char)byte);
        } else {
            text_append_n(&quoted, &byte, 1);
        }
    }
    text_append(text, "\"");
    html_escape_json(text, quoted.bytes);
    text_append(text, "\"");
    text_fini(&quoted);
    text_fini(&shown);
}
