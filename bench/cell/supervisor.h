/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_SUPERVISOR_H
#define PLUNGE_CELL_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cell/guard.h"
#include "cell/handover.h"
#include "cell/hang.h"
#include "cell/instrument.h"

struct arena;
struct cell_order;
struct cell_progress;
struct result_cell;
struct scenario_cell;

/* What a supervisor does for one cell, step by step, and in this order: init,
 * prepare, start; looks and acts until the process has ended; conclude; fini,
 * which any half of this is enough for. Who calls decides how long it waits
 * between two looks, and what else runs meanwhile.
 *
 * Thread: the main one, as cell_run(). */
struct supervisor {
    const struct cell_order *order;
    const struct scenario_cell *planned;
    struct arena *arena;
    const char *folder;   /* of the private copy, or NULL */
    const char *database; /* path */
    const char *group;    /* the child's pids control group, or NULL */
    bool one_arena;
    struct instrument instrument;
    struct handover handover;
    pid_t pid;
    uint64_t started_ns;
    struct guard guard;
    uint64_t memory_bytes; /* the most that was seen */
    struct hang hang;
    int wait_status;
};

/* Borrows both for as long as it lives. */
void supervisor_init(struct supervisor *self, const struct cell_order *order,
                     struct arena *arena);
void supervisor_fini(struct supervisor *self);

/* Makes the private copy of the database where the cell wants one.
 * Returns: 0, or -1 with a sentence, or with NULL when interrupted. */
int supervisor_prepare(struct supervisor *self, const char **problem_out);

/* Returns: 0, or -1 with a sentence: there is no process then. */
int supervisor_start(struct supervisor *self, const char **problem_out);

struct guard_sight supervisor_look(struct supervisor *self);

/* What that is for whoever is told. */
struct cell_progress supervisor_progress(const struct supervisor *self,
                                         const struct guard_sight *sight);

/* Its session is its process group, too: whatever it started is meant. */
void supervisor_act(const struct supervisor *self, enum guard_action action);

/* Never waits. */
bool supervisor_has_ended(struct supervisor *self);

/* After its end, and that of every other child: what it handed over, how it
 * ended, what it left. */
void supervisor_conclude(struct supervisor *self, struct result_cell *cell);

/* What is known of a cell without its process's word. */
void supervisor_fill_in(const struct supervisor *self,
                        struct result_cell *cell);

#endif
