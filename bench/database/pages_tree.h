/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_DATABASE_PAGES_TREE_H
#define PLUNGE_DATABASE_PAGES_TREE_H

#include <stddef.h>
#include <stdint.h>

struct pages_file;

/* One of SQLite's b-trees, grown from its leaves up: cells come in the order of
 * their keys, a page that is full goes to the file, and what tells it from the
 * next one into the page above. Memory is a page or two a level, whatever the
 * number of cells.
 *
 * Invariant: no page but the root is without a cell, as SQLite demands: the
 *            cell that did not fit waits until there is one more, and where
 *            there is none it takes the last one of the page away from it.
 * Errors:    as of pages_file.h. */
enum pages_kind {
    PAGES_TABLE, /* keys are rowids; what is above the leaves repeats them */
    PAGES_INDEX, /* keys are the cells, each of which is there once */
};

/* As many as a cursor of SQLite's may go down. */
#define PAGES_LEVELS_MAX 20

struct pages_level {
    unsigned char *page;
    unsigned cells;
    size_t content;      /* where the lowest cell begins */
    uint32_t child;      /* of the cell that waits, above the leaves */
    unsigned char *wait; /* a cell that has not fit */
    size_t wait_size;    /* 0: none */
    size_t last_size;    /* of the cell that came last into the page */
};

struct pages_tree {
    struct pages_file *file;
    enum pages_kind kind;
    struct pages_level levels[PAGES_LEVELS_MAX]; /* from the leaves */
    unsigned levels_count;
};

void pages_tree_init(struct pages_tree *tree, enum pages_kind kind,
                     struct pages_file *file);
void pages_tree_fini(struct pages_tree *tree);

/* Room for the next cell of @size bytes, to be filled before the next call.
 * @rowid_before: of the cell before it, in a table. */
int pages_tree_room(struct pages_tree *tree, size_t size, uint64_t rowid_before,
                    unsigned char **cell_out);

/* Writes all that is left; the root becomes page @root, one of those that were
 * kept. */
int pages_tree_finish(struct pages_tree *tree, uint32_t root);

#endif
