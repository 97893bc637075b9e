/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_BUSY_H
#define DBPOOL_BUSY_H

#include "driver.h"

struct sqlite3;

/* What a connection waits for while its database is locked: SQLite says no more
 * than that it is.
 *
 * Thread: the connection's. */
struct dbpool__busy {
    struct sqlite3 *handle;
    struct dbpool__waiter *waiter;
    const char *path;
    uint64_t since_ns;
    int lock_held;  /* SQLITE_LOCK_..., when it waited */
    bool waited;    /* since begin() */
    bool is_pragma; /* what runs, and may be a checkpoint */
};

/* Lets @busy wait for the locks of @busy->handle. */
void dbpool__busy_attach(struct dbpool__busy *busy);

/* Around whatever may wait. */
static inline void dbpool__busy_begin(struct dbpool__busy *busy) {
    busy->waited = false;
}
static inline void dbpool__busy_end(struct dbpool__busy *busy) {
    if (busy->waited) {
        busy->waiter->end(busy->waiter);
    }
}

/* As dbpool__sqlite_error(), which it is for all other codes: says what was
 * waited for, and how long. @writes: what failed wanted to write. */
int dbpool__busy_error(const struct dbpool__busy *busy, int code, bool writes,
                       struct dbpool__error *error);

#endif
