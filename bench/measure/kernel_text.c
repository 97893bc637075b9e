/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/kernel_text.h"

#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"

/* /proc/cpuinfo has a good kilobyte a core. */
#define PROC_SIZE_MAX ((size_t)8 * 1024 * 1024)

char *kernel_text(struct arena *arena, const char *path) {
    struct text text;
    text_init(&text);
    char *content = NULL;
    if (file_read(path, PROC_SIZE_MAX, &text) == 0) {
        const bool ended = text.size > 0 && text.bytes[text.size - 1] == '\n';
        content = arena_text_n(arena, text.bytes, text.size - (ended ? 1 : 0));
    }
    text_fini(&text);
    return content;
}

char *kernel_value(struct arena *arena, const char *lines, const char *key) {
    const size_t size = strlen(key);
    while (lines != NULL) {
        const char *after = lines + size;
        if (strncmp(lines, key, size) == 0) {
            after += strspn(after, " \t");
            if (*after == ':') {
                after++;
                after += strspn(after, " \t");
                return arena_text_n(arena, after, strcspn(after, "\n"));
            }
        }
        lines = strchr(lines, '\n');
        lines = lines == NULL ? NULL : lines + 1;
    }
    return NULL;
}

bool kernel_has_word(const char *words, const char *word) {
    const size_t size = strlen(word);
    while (*words != '\0') {
        const size_t length = strcspn(words, " ");
        if (length == size && strncmp(words, word, size) == 0) {
            return true;
        }
        words += length;
        words += strspn(words, " ");
    }
    return false;
}
