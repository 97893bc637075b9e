/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_WATCH_H
#define DBPOOL_WATCH_H

#include "busy.h"

/* Lets the guard end what runs on a connection (a progress handler), and what
 * waits for a lock there (a busy handler: see struct dbpool__busy).
 *
 * Thread: the connection's. */
struct dbpool__watch {
    struct dbpool__busy busy; /* its waiter has the guard */
    bool running; /* a statement of the user's; ending a transaction is never
                     interrupted half way */
};

/* @watch stays where it is until the connection is closed; sets its handle. */
void dbpool__watch_install(struct dbpool__watch *watch, struct sqlite3 *handle);

#endif
