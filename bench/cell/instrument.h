/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_INSTRUMENT_H
#define PLUNGE_CELL_INSTRUMENT_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct ending;
struct result_cell;
struct under_tool;

/* What looks into a cell's process while it runs: a tool of valgrind, or the
 * sanitizers that this program was built with. It writes into a folder of its
 * own, under $TMPDIR, from which the supervisor reads it when the process has
 * gone, however it went. */
struct cell_under {
    const struct under_tool *tool;
    const char *valgrind;      /* its path */
    const char *output_folder; /* where the files go that are to be kept */
};

struct instrument {
    const struct cell_under *under; /* NULL: by itself */
    const char *scaling;
    const char *output; /* name of the file that is kept; NULL: none */
    bool open_pools;    /* the scenario leaves them */
    unsigned long long threads;
    struct arena *arena;
    const char *folder;  /* NULL: nothing looks */
    const char *problem; /* why its word is not whole, or NULL */
};

/* The sanitizer that is in this build, by its variant; NULL: none. */
const char *instrument_sanitizer(void);

/* Makes the folder. The rest of @instrument is filled in by the caller, its
 * arena too. Returns 0, or -1 with a sentence. */
int instrument_init(struct instrument *instrument, const char **problem_out);

/* The words that come before the program's own; NULL: none. */
char *const *instrument_words(const struct instrument *instrument);

/* What the child's environment gets beside what is there: NAME=VALUE, with a
 * NULL at the end. A name that is there keeps its value in front, with a
 * colon. */
char *const *instrument_variables(const struct instrument *instrument);

/* After the process: what was found becomes @cell's findings, what is to be
 * kept goes where it is to go. A status that only says that something was
 * found is taken out of @ending. */
void instrument_collect(struct instrument *instrument, struct ending *ending,
                        struct result_cell *cell);

/* After the ending was judged: a cell of which the instrument's word is not
 * whole has not completed. */
void instrument_conclude(const struct instrument *instrument,
                         struct result_cell *cell);

/* Removes the folder. */
void instrument_fini(struct instrument *instrument);

#endif
