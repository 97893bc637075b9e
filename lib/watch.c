/* SPDX-License-Identifier: Apache-2.0 */
#include "watch.h"

#include <sqlite3.h>
#include <uv.h>

#include "annotate.h"
#include "guard.h"

/* Steps of SQLite's machine between two looks: some microseconds; a lookup
 * takes fewer than this. */
#define STEPS 1000

#define NS_PER_MS UINT64_C(1000000)

/* SQLite's own pattern: short at first, since most locks are. */
static const uint8_t delays_ms[] = {1,  2,  5,  10, 15, 20,
                                    25, 25, 25, 50, 50, 100};

static int on_progress(void *data) {
    struct dbpool__watch *watch = data;
    return watch->running && dbpool__guard_stops(watch->guard);
}

static int on_busy(void *data, int calls) {
    struct dbpool__watch *watch = data;
    uint64_t now = uv_hrtime();
    if (calls == 0) {
        watch->since_ns = now;
    }
    uint64_t end = watch->since_ns + watch->timeout_ms * NS_PER_MS;
    if (now >= end) {
        return 0;
    }
    size_t last = sizeof delays_ms - 1;
    size_t which = (size_t)calls < last ? (size_t)calls : last;
    uint64_t delay = delays_ms[which] * NS_PER_MS;
    return dbpool__guard_waits(watch->guard,
                               delay < end - now ? delay : end - now);
}

void dbpool__watch_install(struct dbpool__watch *watch,
                           struct sqlite3 *handle) {
    dbpool__annotate_interrupt(handle);
    (void)sqlite3_busy_handler(handle, on_busy, watch);
    sqlite3_progress_handler(handle, STEPS, on_progress, watch);
}
