/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_ORIGIN_H
#define PLUNGE_LEDGER_ORIGIN_H

#include <stdatomic.h>
#include <stdint.h>

#include "dbpool.h"

struct arena;

/* By what and on whose behalf something was acquired: the wrapped primitive,
 * the outermost wrapped call around it, and dbpool_activity() at that moment,
 * with the pool's name copied, for the pool may be gone when it is read. */
#define ORIGIN_NAME_SIZE 32

struct origin {
    const char *primitive; /* "eventfd"; static; NULL: by none */
    const char *within;    /* "uv_loop_init"; static; NULL: by no other */
    uint64_t thread;       /* of this process, never the same again */
    char pool_name[ORIGIN_NAME_SIZE]; /* "": of no pool */
    unsigned thread_number;           /* 0: not by a pool's thread */
    unsigned stack;                   /* stacks.h */
    uint64_t tag;
    struct dbpool_site pool_site;
    struct dbpool_site site;
};

/* Thread: any; about the calling one. */
void origin_now(const char *primitive, struct origin *origin_out);

/* The parts of it, which what is made often reads by itself: the outermost
 * wrapped call, the thread, and the tag, which is the cycle's where no pool
 * says one. */
extern _Thread_local const char *origin_outermost;
extern _Atomic uint64_t origin_cycle;

uint64_t origin_thread(void);

static inline uint64_t origin_tag(const struct dbpool_activity *activity) {
    return activity->tag != 0
               ? activity->tag
               : atomic_load_explicit(&origin_cycle, memory_order_relaxed);
}

/* From now on what is made on behalf of no pool is of this cycle. */
void origin_set_cycle(uint64_t cycle);

/* Around a call of libuv or SQLite in which others of the primitives are
 * called: these belong to the outermost such call. leave() takes what enter()
 * returned. errno is kept. */
const char *origin_enter(const char *call);
void origin_leave(const char *outer);

/* "opened by open in sqlite3_open_v2 on thread plunge-db/2, of the pool opened
 * at a.c:31 (main), for the request at a.c:50 (main)" with "opened" as @verb;
 * NULL: unknown. */
const char *origin_text(const struct origin *origin, const char *verb,
                        struct arena *arena);

/* "opened at a.c:31 (main)" with "opened" as @verb; NULL: no such site. */
const char *origin_site_text(const struct dbpool_site *site, const char *verb,
                             struct arena *arena);

#endif
