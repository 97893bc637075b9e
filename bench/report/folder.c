/* SPDX-License-Identifier: Apache-2.0 */
#include "report/folder.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/result_json.h"
#include "base/text.h"
#include "report/format.h"

#define SOURCE "result.json" /* of all others */

static int write_file(const char *folder, const char *name, const char *bytes,
                      size_t size, struct arena *arena,
                      const char **problem_out) {
    const char *path = arena_format(arena, "%s/%s", folder, name);
    int status = file_write(path, bytes, size);
    if (status != 0) {
        *problem_out =
            arena_format(arena, "cannot write %s: %s", path, strerror(-status));
        return -1;
    }
    return 0;
}

/* A file for each part of the result. */
static int write_parts(const struct format *format, const struct result *result,
                       const char *folder, struct arena *arena,
                       const char **problem_out) {
    size_t count = 0;
    const struct format_file *files = format->files(result, arena, &count);
    for (size_t i = 0; i < count; i++) {
        if (write_file(folder, files[i].name, files[i].bytes, files[i].size,
                       arena, problem_out) != 0) {
            return -1;
        }
    }
    return 0;
}

static int write_format(const struct format *format,
                        const struct result *result, const char *folder,
                        struct arena *arena, const char **problem_out) {
    struct text text;
    if (format->files != NULL) {
        return write_parts(format, result, folder, arena, problem_out);
    }
    text_init(&text);
    format_append(format, &result, 1, arena, &text);
    int status = write_file(folder, format->file, text.bytes, text.size, arena,
                            problem_out);
    text_fini(&text);
    return status;
}

static int write_others(const struct result *result, const char *folder,
                        struct arena *arena, const char **problem_out) {
    size_t count = 0;
    const struct format *formats = format_list(&count);
    for (size_t i = 0; i < count; i++) {
        if (formats[i].file != NULL && strcmp(formats[i].file, SOURCE) != 0 &&
            write_format(&formats[i], result, folder, arena, problem_out) !=
                0) {
            return -1;
        }
    }
    return 0;
}

/* All others are of what was read back: what JSON cannot hold, such as bytes
 * that are no UTF-8, is the same in all files. */
static int write_all(const struct result *result, const char *folder,
                     struct text *text, struct arena *arena,
                     const char **problem_out) {
    struct result *read = NULL;
    result_json_write(result, RESULT_JSON_INDENTED, text);
    if (write_file(folder, SOURCE, text->bytes, text->size, arena,
                   problem_out) != 0) {
        return -1;
    }
    if (result_json_read(text->bytes, text->size, arena, &read, problem_out) !=
        0) {
        *problem_out = arena_format(arena, "%s/%s cannot be read back: %s",
                                    folder, SOURCE, *problem_out);
        return -1;
    }
    return write_others(read, folder, arena, problem_out);
}

int report_make_folder(const char *folder, struct arena *arena,
                       const char **problem_out) {
    const int status = file_make_folder(folder);
    if (status != 0) {
        *problem_out = arena_format(arena, "cannot make the folder %s: %s",
                                    folder, strerror(-status));
        return -1;
    }
    if (access(folder, W_OK | X_OK) != 0) {
        *problem_out =
            arena_format(arena, "cannot write into the folder %s: %s", folder,
                         strerror(errno));
        return -1;
    }
    return 0;
}

void report_leave_folder(const char *folder) {
    (void)rmdir(folder); /* not with anything in it */
}

int report_write_folder(const struct result *result, const char *folder,
                        struct arena *arena, const char **problem_out) {
    int status = report_make_folder(folder, arena, problem_out);
    if (status != 0) {
        return -1;
    }
    struct text text;
    text_init(&text);
    status = write_all(result, folder, &text, arena, problem_out);
    text_fini(&text);
    return status;
}
