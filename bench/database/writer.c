/* SPDX-License-Identifier: Apache-2.0 */
#include "database/writer.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "database/database.h"
#include "database/pages.h"
#include "database/rows.h"
#include "database/writer_sqlite.h"

static int fill_by_pages(const char *file,
                         const struct database_options *options,
                         struct rows *rows, struct arena *arena,
                         const char **reason_out) {
    int status = pages_write(file, options, rows);

    if (status == -ECANCELED) {
        *reason_out = NULL;
    } else if (status == -EOVERFLOW) {
        *reason_out = "SQLite has no numbers for so many pages: larger pages "
                      "(page_size) hold more";
    } else if (status != 0) {
        *reason_out = arena_text(arena, strerror(-status));
    }
    return status == 0 ? 0 : -1;
}

int writer_fill(const char *file, const struct database_options *options,
                struct arena *arena, const char **reason_out) {
    struct rows *rows;
    int status = rows_start(options, &rows);

    if (status != 0) {
        *reason_out = arena_format(
            arena, "no thread could be started to make its rows: %s",
            strerror(-status));
        return -1;
    }
    status = options->writer == DATABASE_BY_SQLITE
                 ? writer_sqlite_fill(file, options, rows, arena, reason_out)
                 : fill_by_pages(file, options, rows, arena, reason_out);
    rows_stop(rows);
    if (status == 0 && options->progress != NULL) {
        options->progress(options->progress_data, options->users,
                          options->users);
    }
    return status;
}
