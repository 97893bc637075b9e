/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_WATCH_H
#define DBPOOL_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct sqlite3;
struct dbpool__guard;

/* Lets the guard end what runs on a connection (a progress handler), and what
 * waits for a lock of others there (a busy handler that waits as
 * sqlite3_busy_timeout() does, but can be woken).
 *
 * Thread: the connection's. */
struct dbpool__watch {
    struct dbpool__guard *guard;
    uint32_t timeout_ms; /* for a lock */
    uint64_t since_ns;   /* when the wait under way began */
    bool running;        /* a statement of the user's; ending a transaction is
                            never interrupted half way */
};

/* @watch stays where it is until the connection is closed. */
void dbpool__watch_install(struct dbpool__watch *watch, struct sqlite3 *handle);

#endif
