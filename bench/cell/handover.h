/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_HANDOVER_H
#define PLUNGE_CELL_HANDOVER_H

#include <stddef.h>

struct load_board;
struct text;

/* Three anonymous files that supervisor and child share: the order, the
 * result, and the board on which the child writes how far it is. Files, not
 * pipes: nobody waits for a reader, and what was written outlives its writer.
 *
 * Returns: 0 or -errno; then nothing is held. */
enum handover_file {
    HANDOVER_ORDER,
    HANDOVER_RESULT,
    HANDOVER_BOARD,
    HANDOVER_FILES_COUNT,
};

/* In the child, file i is the descriptor HANDOVER_FD_FIRST + i. */
#define HANDOVER_FD_FIRST 3
#define HANDOVER_SIZE_MAX ((size_t)256 * 1024 * 1024)

struct handover {
    int fds[HANDOVER_FILES_COUNT]; /* -1: none */
    struct load_board *board;
};

/* The supervisor's side. The descriptors are higher than those that the child
 * gets, so that placing one there never overwrites another. */
int handover_init(struct handover *handover);

/* The child's side: finds the files at their places and gives back the
 * descriptors that it is done with, so that of all three only the result's is
 * there beside the subject's own. The order's text is appended to @order. */
int handover_join(struct handover *handover, struct text *order);

void handover_fini(struct handover *handover);

int handover_write(const struct handover *handover, enum handover_file file,
                   const struct text *text);
int handover_read(const struct handover *handover, enum handover_file file,
                  struct text *text);

#endif
