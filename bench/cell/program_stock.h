/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_PROGRAM_STOCK_H
#define PLUNGE_CELL_PROGRAM_STOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/result.h"
#include "ledger/outside.h"
#include "ledger/segments.h"

struct arena;
struct vital;

/* What is known of what a program of the user's holds: a reading at each
 * marker, and the most that was seen of it in between. */
#define PROGRAM_READINGS_MAX 8

struct program_stock {
    struct arena *arena;
    pid_t pid;
    struct outside_reading readings[PROGRAM_READINGS_MAX];
    size_t readings_count; /* the first is the baseline */
    bool bare;             /* that of a bare process */
    struct segments segments;
    struct result_resources resources;
};

/* Before the program is started: what is there already is not its. */
void program_stock_init(struct program_stock *stock, struct arena *arena);
void program_stock_fini(struct program_stock *stock);

/* It has been started with descriptors of ours: the baseline, until there is a
 * better one. */
void program_stock_begin(struct program_stock *stock, pid_t pid,
                         const int given[OUTSIDE_GIVEN_COUNT]);

/* The next reading is the baseline. */
void program_stock_rebase(struct program_stock *stock);

/* It is stopped. @name: "opened". */
void program_stock_read(struct program_stock *stock, const char *name);

/* Of the threads that are in the last reading and not in the baseline. */
enum program_threads {
    PROGRAM_THREADS_GONE,
    PROGRAM_THREADS_WAIT, /* some are there, and none of them runs */
    PROGRAM_THREADS_RUN,
};

enum program_threads program_stock_threads(const struct program_stock *stock);

/* Takes those that are gone from the last reading. */
void program_stock_forget_ended(struct program_stock *stock);

/* In numbers, for the peaks. false: it has gone. */
bool program_stock_look(struct program_stock *stock, struct vital *vital_out);

/* What was in the last reading and not in the baseline, and the numbers. */
void program_stock_left(struct program_stock *stock, struct result_cell *cell);

/* After its end: files in @folder, where @temporary is its $TMPDIR, and shared
 * memory. @kept: the database counts, too. */
void program_stock_files(const struct program_stock *stock, const char *folder,
                         const char *temporary, const char *site, bool kept,
                         struct result_cell *cell);

#endif
