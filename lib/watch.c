/* SPDX-License-Identifier: Apache-2.0 */
#include "watch.h"

#include <sqlite3.h>

#include "annotate.h"
#include "guard.h"

/* Steps of SQLite's machine between two looks: some microseconds; a lookup
 * takes fewer than this. */
#define STEPS 1000

static int on_progress(void *data) {
    struct dbpool__watch *watch = data;
    struct dbpool__waiter *waiter = watch->busy.waiter;
    if (!watch->running) {
        return 0;
    }
    waiter->meanwhile(waiter);
    return dbpool__guard_stops(waiter->guard);
}

void dbpool__watch_install(struct dbpool__watch *watch,
                           struct sqlite3 *handle) {
    watch->busy.handle = handle;
    dbpool__annotate_interrupt(handle);
    dbpool__busy_attach(&watch->busy);
    sqlite3_progress_handler(handle, STEPS, on_progress, watch);
}
