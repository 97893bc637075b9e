/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_PAIR_H
#define PLUNGE_CELL_PAIR_H

#include <stddef.h>
#include <stdint.h>

#include "cell/cell.h"

struct arena;
struct result_slices;

/* One cell by two builds at once, which take turns while a phase of it is
 * measured (slices.h): one runs, the other stands still. Before, between and
 * after such phases both run, and what they do then is not compared.
 *
 * The one that is to stand still is stopped (SIGSTOP), and what it has answered
 * is read when the kernel says that all its threads have stopped. Turns that
 * both would keep by themselves, on the board, would have to drain first: with
 * ten thousand lookups in flight a slice would be mostly that, and a defect in
 * keeping them would be a difference between builds. A stop asks nothing of
 * either but the board's count, and comes at any instruction.
 *
 * Its price is that both have the pauses in their own clocks. So nothing of
 * their own times is used: a phase by the clock is shared by both, and has half
 * of it for each; latencies and throughput of a cell by itself come from
 * processes of its own (cell_run()). */

/* @orders: of this build and of the other one, for the same cell, block and
 * seed. Appends nothing: results_out are of the cell's phases that fit, in
 * their order, and each says why it is empty where it is.
 *
 * Thread:  as cell_run(): no process is left.
 * Memory:  in @arena.
 * Returns: 0, or -1 with a sentence when one could not be made at all (NULL:
 *          interrupted before). Interrupted later: 0, and what is there. */
int pair_run(const struct cell_order orders[2], uint64_t seed,
             cell_progress_cb progress, void *progress_data,
             struct arena *arena, struct result_slices **results_out,
             size_t *count_out, const char **problem_out);

#endif
