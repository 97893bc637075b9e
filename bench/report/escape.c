/* SPDX-License-Identifier: Apache-2.0 */
#include "report/escape.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "report/display.h"

/* What stands for a character. */
struct replacement {
    char character;
    const char *string;
};

static void replace(struct text *text, const char *string,
                    const struct replacement *replacements, size_t count) {
    struct text safe;
    text_init(&safe);
    display_append(&safe, string);
    for (size_t i = 0; i < safe.size; i++) {
        size_t at = 0;
        while (at < count && replacements[at].character != safe.bytes[i]) {
            at++;
        }
        if (at < count) {
            text_append(text, replacements[at].string);
        } else {
            text_append_n(text, &safe.bytes[i], 1);
        }
    }
    text_fini(&safe);
}

#define REPLACE(text, string, replacements)                                    \
    replace((text), (string), (replacements),                                  \
            sizeof(replacements) / sizeof(replacements)[0])

/* U+FFFE and U+FFFF are UTF-8, but no characters of XML: U+FFFD instead. */
static void without_noncharacters(struct text *text, size_t start) {
    for (size_t i = start; i + 2 < text->size; i++) {
        if (memcmp(text->bytes + i, "\xef\xbf\xbe", 3) == 0 ||
            memcmp(text->bytes + i, "\xef\xbf\xbf", 3) == 0) {
            text->bytes[i + 2] = (char)0xbd;
        }
    }
}

void escape_xml(struct text *text, const char *string) {
    static const struct replacement replacements[] = {
        {'&', "&amp;"},  {'<', "&lt;"},   {'>', "&gt;"},
        {'"', "&quot;"}, {'\'', "&#39;"},
    };
    const size_t start = text->size;
    REPLACE(text, string, replacements);
    without_noncharacters(text, start);
}

/* Both look for names and numbers behind these signs, and for a sign behind a
 * word, when all else is done: a comment between the two ends that. */
static bool refers(char sign, char next) {
    return strchr(":@#!%~&$^", sign) != NULL &&
           (isalnum((unsigned char)next) != 0 || strchr("_\"+-", next) != NULL);
}

/* What they would format has a backslash before it, and what HTML would take is
 * an entity. */
static void append_markdown(struct text *text, char character) {
    static const struct replacement entities[] = {
        {'&', "&amp;"},
        {'<', "&lt;"},
        {'>', "&gt;"},
    };
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
        if (entities[i].character == character) {
            text_append(text, entities[i].string);
            return;
        }
    }
    text_append(text, strchr("\\`*_[]|$#!~", character) != NULL ? "\\" : "");
    text_append_n(text, &character, 1);
}

void escape_markdown(struct text *text, const char *string) {
    struct text safe;
    text_init(&safe);
    display_append(&safe, string);
    for (size_t i = 0; i < safe.size; i++) {
        append_markdown(text, safe.bytes[i]);
        if (i + 1 < safe.size && refers(safe.bytes[i], safe.bytes[i + 1])) {
            text_append(text, "<!-- -->");
        }
    }
    text_fini(&safe);
}

/* In HTML's form, for in Markdown's nothing escapes a backtick or, in a table,
 * a bar. Numbers, for what they are is formatted no more. */
void escape_markdown_code(struct text *text, const char *string) {
    static const struct replacement replacements[] = {
        {'&', "&amp;"}, {'<', "&lt;"},   {'>', "&gt;"},  {'\\', "&#92;"},
        {'`', "&#96;"}, {'*', "&#42;"},  {'_', "&#95;"}, {'[', "&#91;"},
        {']', "&#93;"}, {'|', "&#124;"}, {'$', "&#36;"}, {'~', "&#126;"},
    };
    text_append(text, "<code>");
    REPLACE(text, string, replacements);
    text_append(text, "</code>");
}

void escape_command_data(struct text *text, const char *string) {
    static const struct replacement replacements[] = {{'%', "%25"}};
    REPLACE(text, string, replacements);
}

void escape_command_property(struct text *text, const char *string) {
    static const struct replacement replacements[] = {
        {'%', "%25"},
        {':', "%3A"},
        {',', "%2C"},
    };
    REPLACE(text, string, replacements);
}

void escape_label(struct text *text, const char *string) {
    static const struct replacement replacements[] = {
        {'\\', "\\\\"},
        {'"', "\\\""},
    };
    REPLACE(text, string, replacements);
}

void escape_csv(struct text *text, const char *string) {
    static const struct replacement replacements[] = {{'"', "\"\""}};
    const char *quote = strpbrk(string, ",\"\r\n") == NULL ? "" : "\"";
    text_append(text, quote);
    REPLACE(text, string, replacements);
    text_append(text, quote);
}
