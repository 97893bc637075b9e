/* SPDX-License-Identifier: Apache-2.0 */
#include "database/pages_tree.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "database/pages_bytes.h"
#include "database/pages_file.h"

/* https://www.sqlite.org/fileformat2.html#b_tree_pages */
#define AT_TYPE 0
#define AT_CELLS 3
#define AT_CONTENT 5
#define AT_RIGHT 8
#define POINTER_SIZE 2
#define CHILD_SIZE 4

void pages_tree_init(struct pages_tree *tree, enum pages_kind kind,
                     struct pages_file *file) {
    *tree = (struct pages_tree){.file = file, .kind = kind};
}

void pages_tree_fini(struct pages_tree *tree) {
    for (unsigned i = 0; i < tree->levels_count; i++) {
        free(tree->levels[i].page);
    }
}

static unsigned char type_of(const struct pages_tree *tree, unsigned height) {
    if (tree->kind == PAGES_TABLE) {
        return height == 0 ? 13 : 5;
    }
    return height == 0 ? 10 : 2;
}

static size_t header_size(unsigned height) {
    return height == 0 ? 8 : 12;
}

static void clear(struct pages_tree *tree, struct pages_level *level) {
    level->cells = 0;
    level->content = tree->file->page_size;
}

/* The level at @height, which may be a new one. */
static struct pages_level *level_at(struct pages_tree *tree, unsigned height) {
    struct pages_level *level = &tree->levels[height];

    /* Four cells a page at least: no file has room for so many levels. */
    CHECK(height < PAGES_LEVELS_MAX);
    if (height == tree->levels_count) {
        level->page = malloc((size_t)2 * tree->file->page_size);
        if (level->page == NULL) {
            check_out_of_memory();
        }
        level->wait = level->page + tree->file->page_size;
        clear(tree, level);
        tree->levels_count++;
    }
    return level;
}

/* NULL: the page is full. */
static unsigned char *place(struct pages_level *level, unsigned height,
                            size_t size) {
    size_t pointers = header_size(height) + (size_t)level->cells * POINTER_SIZE;

    if (pointers + POINTER_SIZE + size > level->content) {
        return NULL;
    }
    level->content -= size;
    bytes_put_u16(level->page + pointers, (uint32_t)level->content);
    level->cells++;
    level->last_size = size;
    return level->page + level->content;
}

/* What is between pointers and cells is zeros: the same bytes each time. */
static void complete(struct pages_tree *tree, unsigned height, uint32_t right) {
    struct pages_level *level = &tree->levels[height];
    size_t pointers = header_size(height) + (size_t)level->cells * POINTER_SIZE;

    memset(level->page, 0, header_size(height));
    level->page[AT_TYPE] = type_of(tree, height);
    bytes_put_u16(level->page + AT_CELLS, level->cells);
    /* 65536 is written as 0. */
    bytes_put_u16(level->page + AT_CONTENT, (uint32_t)level->content);
    if (height != 0) {
        bytes_put_u32(level->page + AT_RIGHT, right);
    }
    memset(level->page + pointers, 0, level->content - pointers);
}

static int write_page(struct pages_tree *tree, unsigned height, uint32_t right,
                      uint32_t *number_out) {
    complete(tree, height, right);
    *number_out = (uint32_t)tree->file->next;
    clear(tree, &tree->levels[height]);
    return pages_file_add(tree->file, tree->levels[height].page);
}

static int room_above(struct pages_tree *tree, unsigned height, uint32_t child,
                      size_t size, unsigned char **key_out);

/* The page goes to the file, and the cell that waits up, as what tells it from
 * the next. */
static int promote(struct pages_tree *tree, unsigned height) {
    struct pages_level *level = &tree->levels[height];
    unsigned char *key = NULL;
    uint32_t number;
    int status = write_page(tree, height, level->child, &number);

    if (status == 0) {
        status = room_above(tree, height + 1, number, level->wait_size, &key);
    }
    if (status == 0) {
        memcpy(key, level->wait, level->wait_size);
        level->wait_size = 0;
    }
    return status;
}

/* Room for a key behind the number of the page that holds what is not greater.
 * A key that waits has that number apart. */
static int room_above(struct pages_tree *tree, unsigned height, uint32_t child,
                      size_t size, unsigned char **key_out) {
    struct pages_level *level = level_at(tree, height);

    if (level->wait_size != 0) {
        int status = promote(tree, height);
        if (status != 0) {
            return status;
        }
    }
    unsigned char *cell = place(level, height, CHILD_SIZE + size);
    if (cell != NULL) {
        bytes_put_u32(cell, child);
        *key_out = cell + CHILD_SIZE;
        return 0;
    }
    level->child = child;
    level->wait_size = size;
    *key_out = level->wait;
    return 0;
}

static int room_in_index(struct pages_tree *tree, size_t size,
                         unsigned char **cell_out) {
    struct pages_level *level = level_at(tree, 0);
    int status = level->wait_size == 0 ? 0 : promote(tree, 0);

    *cell_out = place(level, 0, size);
    if (*cell_out == NULL) {
        level->wait_size = size;
        *cell_out = level->wait;
    }
    return status;
}

static int room_in_table(struct pages_tree *tree, size_t size,
                         uint64_t rowid_before, unsigned char **cell_out) {
    struct pages_level *level = level_at(tree, 0);
    unsigned char *key = NULL;
    uint32_t number;

    *cell_out = place(level, 0, size);
    if (*cell_out != NULL) {
        return 0;
    }
    int status = write_page(tree, 0, 0, &number);
    if (status == 0) {
        status =
            room_above(tree, 1, number, bytes_varint_size(rowid_before), &key);
    }
    if (status == 0) {
        (void)bytes_put_varint(key, rowid_before);
        *cell_out = place(level, 0, size);
    }
    return status;
}

int pages_tree_room(struct pages_tree *tree, size_t size, uint64_t rowid_before,
                    unsigned char **cell_out) {
    return tree->kind == PAGES_INDEX
               ? room_in_index(tree, size, cell_out)
               : room_in_table(tree, size, rowid_before, cell_out);
}

/* There is none after the cell that waits: it gets a page of its own, and the
 * last one of the page before it tells the two apart. */
static int split(struct pages_tree *tree, unsigned height) {
    struct pages_level *level = &tree->levels[height];
    size_t child_size = height == 0 ? 0 : CHILD_SIZE;
    unsigned char *last = level->page + level->content;
    size_t last_size = level->last_size;
    uint32_t right = height == 0 ? 0 : bytes_get_u32(last);
    unsigned char *key = NULL;
    uint32_t number;

    level->cells--;
    level->content += last_size;
    /* Before the page is cleared of what it has no more. */
    unsigned char *copy = malloc(last_size);
    if (copy == NULL) {
        check_out_of_memory();
    }
    memcpy(copy, last, last_size);
    int status = write_page(tree, height, right, &number);
    if (status == 0) {
        status =
            room_above(tree, height + 1, number, last_size - child_size, &key);
    }
    if (status == 0) {
        memcpy(key, copy + child_size, last_size - child_size);
        unsigned char *cell =
            place(level, height, child_size + level->wait_size);
        if (height != 0) {
            bytes_put_u32(cell, level->child);
        }
        memcpy(cell + child_size, level->wait, level->wait_size);
        level->wait_size = 0;
    }
    free(copy);
    return status;
}

int pages_tree_finish(struct pages_tree *tree, uint32_t root) {
    uint32_t right = 0;
    int status = 0;

    (void)level_at(tree, 0);
    for (unsigned height = 0; status == 0 && height < tree->levels_count;
         height++) {
        if (tree->levels[height].wait_size != 0) {
            status = split(tree, height);
        }
        if (status == 0 && height + 1 == tree->levels_count) {
            complete(tree, height, right);
            return pages_file_put(tree->file, root, tree->levels[height].page);
        }
        if (status == 0) {
            status = write_page(tree, height, right, &right);
        }
    }
    return status;
}
