/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/proc_text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/text.h"

#define PIECE_SIZE ((size_t)16 * 1024)
#define SIZE_MAX_READ ((size_t)64 * 1024 * 1024)

int __real_open(const char *path, int flags, ...);
int __real_close(int fd);

static bool read_all(int fd, struct text *text) {
    char piece[PIECE_SIZE];
    for (;;) {
        ssize_t size = read(fd, piece, sizeof piece);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size <= 0) {
            return size == 0;
        }
        text_append_n(text, piece, (size_t)size);
        if (text->size > SIZE_MAX_READ) {
            return false;
        }
    }
}

const char *proc_text(int64_t process, const char *name, struct arena *arena) {
    const char *path =
        process == PROC_SELF
            ? arena_format(arena, "/proc/self/%s", name)
            : arena_format(arena, "/proc/%" PRId64 "/%s", process, name);
    int fd = __real_open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return NULL;
    }
    struct text text;
    text_init(&text);
    const char *copy =
        read_all(fd, &text) ? arena_text_n(arena, text.bytes, text.size) : NULL;
    text_fini(&text);
    (void)__real_close(fd);
    return copy;
}

const char *proc_next_line(const char *line) {
    const char *end = line == NULL ? NULL : strchr(line, '\n');
    return end == NULL || end[1] == '\0' ? NULL : end + 1;
}

const char *proc_field(const char *text, const char *name) {
    size_t size = strlen(name);
    for (const char *line = text; line != NULL; line = proc_next_line(line)) {
        if (strncmp(line, name, size) == 0 && line[size] == ':') {
            line += size + 1;
            return line + strspn(line, " \t");
        }
    }
    return NULL;
}
