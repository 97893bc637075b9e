/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/token.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define IN_WORD LETTERS DIGITS "_-."
#define IN_OTHER_STOP " \t\r\n"

/* The string that begins with the quote at @at, or TOKEN_OTHER. In double
 * quotes a backslash takes the next character as it is; in single quotes two
 * quotes stand for one: as in YAML. */
static struct token read_string(const char *text, size_t *offset,
                                struct arena *arena) {
    const size_t start = *offset;
    const char quote = text[start];
    char *content = arena_alloc(arena, strlen(text + start) + 1);
    size_t size = 0;
    size_t at = start + 1;
    for (; text[at] != '\0'; at++) {
        const bool escaped = quote == '"'
                                 ? text[at] == '\\' && text[at + 1] != '\0'
                                 : text[at] == quote && text[at + 1] == quote;
        if (escaped) {
            at++;
        } else if (text[at] == quote) {
            *offset = at + 1;
            return (struct token){TOKEN_STRING, start, content};
        }
        content[size++] = text[at];
    }
    *offset = at;
    return (struct token){TOKEN_OTHER, start, arena_text(arena, text + start)};
}

static bool is_one_of(char character, const char *set) {
    return character != '\0' && strchr(set, character) != NULL;
}

struct token token_next(const char *text, size_t *offset, struct arena *arena) {
    *offset += strspn(text + *offset, IN_OTHER_STOP);
    const char *at = text + *offset;
    if (*at == '"' || *at == '\'') {
        return read_string(text, offset, arena);
    }
    struct token token = {.kind = TOKEN_OTHER, .offset = *offset};
    size_t size = strcspn(at, IN_OTHER_STOP);
    if (*at == '\0') {
        token.kind = TOKEN_END;
    } else if (is_one_of(*at, LETTERS)) {
        token.kind = TOKEN_WORD;
        size = strspn(at, IN_WORD);
    } else if (is_one_of(*at, DIGITS)) {
        token.kind = TOKEN_NUMBER;
        size = strcspn(at, IN_OTHER_STOP "*{}:,=!<>\"'");
    } else if (is_one_of(*at, "=!<>")) {
        token.kind = TOKEN_OPERATOR;
        size = strspn(at, "=!<>");
    } else if (is_one_of(*at, "*{}:,")) {
        token.kind = TOKEN_MARK;
        size = 1;
    }
    token.text = arena_text_n(arena, at, size);
    *offset += size;
    return token;
}
