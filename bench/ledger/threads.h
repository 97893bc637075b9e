/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_THREADS_H
#define PLUNGE_LEDGER_THREADS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/origin.h"

/* The roll of the threads that were started through pthread_create.
 *
 *     starting -> running -> finished -> joined -> (gone from the roll)
 *                     \______detached_______^
 *
 * "joined" ends when the kernel has taken the thread away, which it does a
 * moment after pthread_join() returned: unlike everything else that is given
 * back, a thread may be seen after that.
 *
 * Thread: any. One mutex, a leaf. */
enum threads_state {
    THREADS_STARTING, /* its own first instruction has not run: no tid */
    THREADS_RUNNING,
    THREADS_FINISHED, /* its start routine returned; nobody joined it */
    THREADS_JOINED,   /* or detached and finished; the kernel still has it */
    THREADS_LATE,     /* gone, but later than THREADS_LATE_MS_MAX */
};

#define THREADS_LATE_MS_MAX 50

/* A thread that was created will run, as soon as the machine comes to it. */
#define THREADS_START_MS_MAX 5000
#define THREADS_NAME_SIZE 16

struct threads_entry {
    enum threads_state state;
    uint64_t serial; /* unique, rising */
    int64_t tid;     /* the kernel's; 0 while starting, and when late */
    double late_ms;  /* how long after its end it was last seen */
    struct origin origin;
    char name[THREADS_NAME_SIZE]; /* of one that finished */
};

/* One thread on the roll. Owner: the roll. */
struct threads_record;

/* NULL: as many as the limit allows are alive. */
struct threads_record *threads_begin(void *(*start)(void *), void *argument,
                                     bool detached);

/* What to give to pthread_create, with the record. */
void *threads_run(void *record);

/* pthread_create has returned: it failed, or it made @handle. */
void threads_failed(struct threads_record *record);
void threads_created(struct threads_record *record, pthread_t handle);

/* Before and after pthread_join. NULL (allowed in threads_joined): unknown. */
struct threads_record *threads_joining(pthread_t handle);
void threads_joined(struct threads_record *record, bool success);

/* Before pthread_detach. */
void threads_detached(pthread_t handle);

/* Waits until the kernel shows no joined thread any more, as long as
 * THREADS_LATE_MS_MAX, and until every thread that was created has come to
 * run, as long as THREADS_START_MS_MAX. */
void threads_settle(void);

/* Writes the first @capacity entries, in no order, and returns how many there
 * are. */
size_t threads_list(struct threads_entry *entries, size_t capacity);

uint64_t threads_live(void);
void threads_limit(uint64_t limit);

#endif
