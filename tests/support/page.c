/* SPDX-License-Identifier: Apache-2.0 */
#include "support/page.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "support/suite.h"

#define FILE_SIZE_MAX ((size_t)1024 * 1024)

bool words_have(const struct words *words, const char *word) {
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->items[i], word) == 0) {
            return true;
        }
    }
    return false;
}

void words_add(struct words *words, const char *bytes, size_t size) {
    char word[WORD_SIZE];
    assert_true(size < sizeof word);
    (void)snprintf(word, sizeof word, "%.*s", (int)size, bytes);
    if (!words_have(words, word)) {
        assert_true(words->count < WORDS_MAX);
        memcpy(words->items[words->count++], word, sizeof word);
    }
}

void words_expect(const struct words *words, const struct words *in,
                  const char *where) {
    for (size_t i = 0; i < words->count; i++) {
        if (!words_have(in, words->items[i])) {
            fail_msg("%s is not in %s", words->items[i], where);
        }
    }
}

bool words_are_of(char character) {
    return isalnum((unsigned char)character) != 0 || character == '_';
}

void words_add_names(struct words *words, const char *text, const char *prefix,
                     const char *or_prefix) {
    while (*text != '\0') {
        size_t size = 0;
        while (words_are_of(text[size])) {
            size++;
        }
        if (size != 0 && (strncmp(text, prefix, strlen(prefix)) == 0 ||
                          strncmp(text, or_prefix, strlen(or_prefix)) == 0)) {
            words_add(words, text, size);
        }
        text += size == 0 ? 1 : size;
    }
}

void page_read(struct text *text, const char *path) {
    text_init(text);
    assert_int_equal(file_read(path, FILE_SIZE_MAX, text), 0);
}

void page_blank_comments(char *text) {
    for (char *at = strstr(text, "/*"); at != NULL; at = strstr(at, "/*")) {
        char *end = strstr(at, "*/");
        assert_non_null(end);
        for (; at != end + 2; at++) {
            *at = *at == '\n' ? '\n' : ' ';
        }
    }
}

const char *page_next_line(const char *at) {
    const char *end = strchr(at, '\n');
    return end == NULL || end[1] == '\0' ? NULL : end + 1;
}

bool page_begins(const char *at, const char *with) {
    return strncmp(at, with, strlen(with)) == 0;
}

const char *page_behind(const char *page, const char *heading) {
    const char *at = strstr(page, heading);
    if (at == NULL) {
        fail_msg("there is no%s", heading);
    }
    return at + strlen(heading);
}

const char *page_read_display(const char *page, struct text *text) {
    static const struct {
        const char *escape;
        const char *meaning;
    } escapes[] = {{"\\e", "\\"}, {"\\-", "-"}, {"\\(aq", "'"}, {"\\&", ""}};
    const char *at = page_next_line(page_behind(page, "\n.Bd -literal"));
    const char *end = strstr(at, "\n.Ed\n");
    assert_non_null(end);
    while (at <= end) {
        size_t i = 0;
        while (i < 4 && !page_begins(at, escapes[i].escape)) {
            i++;
        }
        if (i < 4) {
            text_append(text, escapes[i].meaning);
            at += strlen(escapes[i].escape);
        } else {
            assert_true(*at != '\\');
            text_append_n(text, at++, 1);
        }
    }
    return end + 1;
}
