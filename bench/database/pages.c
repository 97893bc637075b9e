/* SPDX-License-Identifier: Apache-2.0 */
#include "database/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "database/database.h"
#include "database/header.h"
#include "database/pages_cells.h"
#include "database/pages_file.h"
#include "database/pages_tree.h"
#include "database/table.h"

/* As SQLite numbers them. */
#define PAGE_SCHEMA 1
#define PAGE_USERS 2
#define PAGE_LOGINS 3

struct pages {
    const struct database_options *options;
    struct pages_file file;
    struct pages_tree users;
    struct pages_tree logins; /* not where the table has no rowids */
    unsigned char *scratch;   /* a page */
    uint64_t rowid;
};

static int add_row(struct pages *pages, const struct row *row) {
    const struct cells_user user = {.row = row,
                                    .rowid = ++pages->rowid,
                                    .with_bio =
                                        pages->options->bio.median != 0};
    int status = cells_add_user(&pages->users, &user, pages->scratch);

    if (status == 0 && !pages->options->form.without_rowid) {
        status = cells_add_login(&pages->logins, &user);
    }
    return status;
}

static int add_rows(struct pages *pages, struct rows *rows) {
    const struct rows_batch *batch;
    enum rows_next next;
    int status = 0;

    while (status == 0 && (next = rows_next(rows, &batch)) != ROWS_END) {
        if (next == ROWS_INTERRUPTED) {
            return -ECANCELED;
        }
        for (size_t i = 0; i < batch->count && status == 0; i++) {
            status = add_row(pages, &batch->rows[i]);
        }
    }
    return status;
}

static int put_first(struct pages *pages) {
    const struct database_options *options = pages->options;
    const struct cells_schema schema[] = {
        {.type = "table",
         .name = "users",
         .root = PAGE_USERS,
         .sql = table_sql(options)},
        {.type = "index",
         .name = "sqlite_autoindex_users_1",
         .root = PAGE_LOGINS},
    };

    memset(pages->scratch, 0, pages->file.page_size);
    header_write(pages->scratch, &options->form,
                 pages_file_count(&pages->file));
    cells_write_schema(pages->scratch, pages->file.page_size, HEADER_SIZE,
                       schema, options->form.without_rowid ? 1 : 2);
    return pages_file_put(&pages->file, PAGE_SCHEMA, pages->scratch);
}

static int write_all(struct pages *pages, struct rows *rows) {
    int status = add_rows(pages, rows);

    if (status == 0) {
        status = pages_tree_finish(&pages->users, PAGE_USERS);
    }
    if (status == 0 && !pages->options->form.without_rowid) {
        status = pages_tree_finish(&pages->logins, PAGE_LOGINS);
    }
    if (status == 0) {
        status = pages_file_flush(&pages->file);
    }
    if (status == 0) {
        status = put_first(pages);
    }
    return status;
}

int pages_write(const char *file, const struct database_options *options,
                struct rows *rows) {
    const bool without_rowid = options->form.without_rowid;
    const uint32_t page_size = header_page_size(&options->form);
    struct pages pages = {.options = options, .scratch = malloc(page_size)};
    int fd = open(file, O_WRONLY | O_CLOEXEC);

    if (pages.scratch == NULL) {
        check_out_of_memory();
    }
    if (fd < 0) {
        int error = errno;
        free(pages.scratch);
        return -error;
    }
    pages_file_init(&pages.file, fd, page_size,
                    without_rowid ? PAGE_LOGINS : PAGE_LOGINS + 1);
    pages_tree_init(&pages.users, without_rowid ? PAGES_INDEX : PAGES_TABLE,
                    &pages.file);
    pages_tree_init(&pages.logins, PAGES_INDEX, &pages.file);
    int status = write_all(&pages, rows);
    pages_tree_fini(&pages.logins);
    pages_tree_fini(&pages.users);
    pages_file_fini(&pages.file);
    free(pages.scratch);
    if (close(fd) != 0 && status == 0) {
        status = -errno;
    }
    return status;
}
