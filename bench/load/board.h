/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_BOARD_H
#define PLUNGE_LOAD_BOARD_H

#include <stdatomic.h>
#include <stdint.h>

#include "load/load.h"

/* What one thread has not yet put on the board, so that the cache line that
 * others read is written once in BOARD_SHARE_MAX answers; with each one where
 * the board is to be exact.
 *
 * Thread: its own. */
#define BOARD_SHARE_MAX 64

struct board_share {
    uint64_t submitted;
    uint64_t answered;
    uint64_t answered_max;
};

static inline void board_share_init(struct board_share *share,
                                    const struct load_board *board) {
    const bool is_exact = board != NULL && atomic_load(&board->is_exact);
    *share =
        (struct board_share){.answered_max = is_exact ? 1 : BOARD_SHARE_MAX};
}

static inline void board_publish(struct load_board *board,
                                 struct board_share *share) {
    atomic_fetch_add_explicit(&board->submitted, share->submitted,
                              memory_order_relaxed);
    atomic_fetch_add_explicit(&board->answered, share->answered,
                              memory_order_relaxed);
    share->submitted = 0;
    share->answered = 0;
}

static inline void board_answered(struct load_board *board,
                                  struct board_share *share) {
    if (++share->answered >= share->answered_max) {
        board_publish(board, share);
    }
}

#endif
