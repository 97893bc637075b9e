/* SPDX-License-Identifier: Apache-2.0 */
#include "database/pages_cells.h"

#include <string.h>

#include "database/pages_bytes.h"
#include "database/pages_file.h"
#include "database/pages_tree.h"
#include "database/rows.h"

/* https://www.sqlite.org/fileformat2.html#record_format */
#define TYPE_NULL 0
#define TYPE_ONE_BYTE 1
#define TYPE_0 8
#define TYPE_1 9
#define TYPE_TEXT(size) (13 + 2 * (uint64_t)(size))
#define INTEGER_SIZE_MAX 8

/* A size, and types of two bytes, the bio's of four. */
#define HEADER_MAX 16
#define NEXT_SIZE 4

/* Of a row of the schema: all of them fit on the smallest page. */
#define CELL_MAX 400

/* ---- Long rows -----------------------------------------------------------*/

/* How much of a payload is in the cell itself. */
static size_t local_size(enum pages_kind kind, size_t page_size,
                         size_t payload) {
    size_t least = (page_size - 12) * 32 / 255 - 23;
    size_t most =
        kind == PAGES_TABLE ? page_size - 35 : (page_size - 12) * 64 / 255 - 23;

    if (payload <= most) {
        return payload;
    }
    size_t fitting = least + (payload - least) % (page_size - NEXT_SIZE);
    return fitting <= most ? fitting : least;
}

/* What is left over, in a chain of pages that follow each other. */
static int add_overflow(struct pages_file *file, const char *bytes, size_t size,
                        unsigned char *page) {
    const size_t room = file->page_size - NEXT_SIZE;
    int status = 0;

    while (status == 0 && size != 0) {
        size_t here = size < room ? size : room;
        uint64_t next = here == size ? 0 : pages_file_after(file, file->next);
        bytes_put_u32(page, (uint32_t)next);
        memcpy(page + NEXT_SIZE, bytes, here);
        memset(page + NEXT_SIZE + here, 0, room - here);
        bytes += here;
        size -= here;
        status = pages_file_add(file, page);
    }
    return status;
}

/* ---- Users ---------------------------------------------------------------*/

/* The types of a row's columns. Returns the size. */
static size_t user_header(const struct cells_user *user,
                          unsigned char header[HEADER_MAX]) {
    const struct row *row = user->row;
    unsigned char *at = header + 1;

    at = bytes_put_varint(at, TYPE_TEXT(row->login_size));
    at = bytes_put_varint(at, TYPE_TEXT(row->name_size));
    at = bytes_put_varint(at, TYPE_TEXT(row->forname_size));
    if (user->with_bio) {
        at = bytes_put_varint(at, TYPE_TEXT(row->bio_size));
    }
    header[0] = (unsigned char)(at - header);
    return header[0];
}

int cells_add_user(struct pages_tree *tree, const struct cells_user *user,
                   unsigned char *scratch) {
    const struct row *row = user->row;
    const bool has_rowid = tree->kind == PAGES_TABLE;
    unsigned char header[HEADER_MAX];
    size_t header_size = user_header(user, header);
    size_t body_size = (size_t)row->login_size + row->name_size +
                       row->forname_size + row->bio_size;
    size_t payload = header_size + body_size;
    size_t local = local_size(tree->kind, tree->file->page_size, payload);
    size_t rest = payload - local;
    size_t size = bytes_varint_size(payload) +
                  (has_rowid ? bytes_varint_size(user->rowid) : 0) + local +
                  (rest == 0 ? 0 : NEXT_SIZE);
    unsigned char *cell = NULL;

    int status = pages_tree_room(tree, size, user->rowid - 1, &cell);
    if (status != 0) {
        return status;
    }
    cell = bytes_put_varint(cell, payload);
    if (has_rowid) {
        cell = bytes_put_varint(cell, user->rowid);
    }
    memcpy(cell, header, header_size);
    memcpy(cell + header_size, row->bytes, local - header_size);
    if (rest == 0) {
        return 0;
    }
    bytes_put_u32(cell + local, (uint32_t)tree->file->next);
    return add_overflow(tree->file, row->bytes + body_size - rest, rest,
                        scratch);
}

/* The smallest of the format's integers that holds it. */
static unsigned char integer_type(uint64_t value, size_t *size_out) {
    static const struct {
        uint64_t max;
        unsigned char type;
        unsigned char size;
    } types[] = {{0, TYPE_0, 0},           {1, TYPE_1, 0},
                 {0x7f, TYPE_ONE_BYTE, 1}, {0x7fff, 2, 2},
                 {0x7fffff, 3, 3},         {0x7fffffff, 4, 4},
                 {0x7fffffffffff, 5, 6},   {INT64_MAX, 6, 8}};
    size_t i = 0;

    while (value > types[i].max) {
        i++;
    }
    *size_out = types[i].size;
    return types[i].type;
}

int cells_add_login(struct pages_tree *tree, const struct cells_user *user) {
    const struct row *row = user->row;
    unsigned char header[HEADER_MAX];
    unsigned char *end =
        bytes_put_varint(header + 1, TYPE_TEXT(row->login_size));
    size_t rowid_size;
    unsigned char *cell = NULL;

    *end = integer_type(user->rowid, &rowid_size);
    header[0] = (unsigned char)(end + 1 - header);
    size_t payload = (size_t)header[0] + row->login_size + rowid_size;

    /* Short enough for a page of any size. */
    int status = pages_tree_room(tree, 1 + payload, 0, &cell);
    if (status != 0) {
        return status;
    }
    *cell++ = (unsigned char)payload;
    memcpy(cell, header, header[0]);
    cell += header[0];
    memcpy(cell, row->bytes, row->login_size);
    uint64_t rowid = htobe64(user->rowid);
    memcpy(cell + row->login_size,
           (const char *)&rowid + INTEGER_SIZE_MAX - rowid_size, rowid_size);
    return 0;
}

/* ---- The schema ----------------------------------------------------------*/

static unsigned char *put(unsigned char *at, const char *bytes, size_t size) {
    memcpy(at, bytes, size);
    return at + size;
}

/* Returns the cell's size. */
static size_t schema_cell(const struct cells_schema *row, const char *table,
                          uint64_t rowid, unsigned char *cell) {
    unsigned char header[HEADER_MAX];
    unsigned char *at = header + 1;

    at = bytes_put_varint(at, TYPE_TEXT(strlen(row->type)));
    at = bytes_put_varint(at, TYPE_TEXT(strlen(row->name)));
    at = bytes_put_varint(at, TYPE_TEXT(strlen(table)));
    *at++ = TYPE_ONE_BYTE;
    at = bytes_put_varint(at, row->sql == NULL ? TYPE_NULL
                                               : TYPE_TEXT(strlen(row->sql)));
    header[0] = (unsigned char)(at - header);
    size_t payload = header[0] + strlen(row->type) + strlen(row->name) +
                     strlen(table) + 1 +
                     (row->sql == NULL ? 0 : strlen(row->sql));
    at = bytes_put_varint(cell, payload);
    at = bytes_put_varint(at, rowid);
    memcpy(at, header, header[0]);
    at = put(at + header[0], row->type, strlen(row->type));
    at = put(at, row->name, strlen(row->name));
    at = put(at, table, strlen(table));
    *at++ = row->root;
    if (row->sql != NULL) {
        at = put(at, row->sql, strlen(row->sql));
    }
    return (size_t)(at - cell);
}

void cells_write_schema(unsigned char *page, size_t page_size, size_t at,
                        const struct cells_schema *rows, size_t rows_count) {
    unsigned char cell[CELL_MAX];
    size_t content = page_size;

    for (size_t i = 0; i < rows_count; i++) {
        size_t size = schema_cell(&rows[i], rows[0].name, i + 1, cell);
        content -= size;
        memcpy(page + content, cell, size);
        bytes_put_u16(page + at + 8 + 2 * i, (uint32_t)content);
    }
    page[at] = 13;
    bytes_put_u16(page + at + 3, (uint32_t)rows_count);
    bytes_put_u16(page + at + 5, (uint32_t)content);
}
