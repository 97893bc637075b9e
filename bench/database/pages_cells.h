/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_DATABASE_PAGES_CELLS_H
#define PLUNGE_DATABASE_PAGES_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pages_file;
struct pages_tree;
struct row;

/* The cells of users in SQLite's record format. A row that is too long for its
 * page goes on in pages of its own, which are written at once.
 *
 * @scratch: a page. Errors: as of pages_file.h. */

struct cells_user {
    const struct row *row;
    uint64_t rowid;
    bool with_bio;
};

/* The row: into a table by its rowid, or into the index that is a table without
 * rowids. */
int cells_add_user(struct pages_tree *tree, const struct cells_user *user,
                   unsigned char *scratch);

/* The login, in the unique index, with the rowid that it leads to. */
int cells_add_login(struct pages_tree *tree, const struct cells_user *user);

/* A row of sqlite_schema. */
struct cells_schema {
    const char *type;
    const char *name;
    uint8_t root;
    const char *sql; /* NULL: none */
};

/* Page 1 from @at on: the b-tree of the schema, in a page of @page_size. */
void cells_write_schema(unsigned char *page, size_t page_size, size_t at,
                        const struct cells_schema *rows, size_t rows_count);

#endif
