/* SPDX-License-Identifier: Apache-2.0 */
#include "report/folder.h"

#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/result_json.h"
#include "base/text.h"
#include "report/summary.h"

/* Writes one file, and leaves @text empty for the next. */
static int write_text(const char *folder, const char *name, struct text *text,
                      struct arena *arena, const char **problem_out) {
    const char *path = arena_format(arena, "%s/%s", folder, name);
    int status = file_write(path, text->bytes, text->size);
    if (status != 0) {
        *problem_out =
            arena_format(arena, "cannot write %s: %s", path, strerror(-status));
        return -1;
    }
    text_clear(text);
    return 0;
}

static int write_all(const struct result *result, const char *folder,
                     struct text *text, struct arena *arena,
                     const char **problem_out) {
    result_json_write(result, RESULT_JSON_INDENTED, text);
    if (write_text(folder, "result.json", text, arena, problem_out) != 0) {
        return -1;
    }
    summary_write(result, false, text);
    return write_text(folder, "summary.txt", text, arena, problem_out);
}

int report_write_folder(const struct result *result, const char *folder,
                        struct arena *arena, const char **problem_out) {
    int status = file_make_folder(folder);
    if (status != 0) {
        *problem_out = arena_format(arena, "cannot make the folder %s: %s",
                                    folder, strerror(-status));
        return -1;
    }
    struct text text;
    text_init(&text);
    status = write_all(result, folder, &text, arena, problem_out);
    text_fini(&text);
    return status;
}
