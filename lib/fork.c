/* SPDX-License-Identifier: Apache-2.0 */
#include "fork.h"

#include <pthread.h>

#include "census.h"
#include "dbpool.h"

uint32_t dbpool__fork_generation;
bool dbpool__fork_inherits_sqlite;

static int watch_status;

static void enter_child(void) {
    dbpool__fork_generation++;
    dbpool__fork_inherits_sqlite |= dbpool__census_forget();
}

/* The census is locked meanwhile, so that the child finds it whole. */
static void watch(void) {
    int code =
        pthread_atfork(dbpool__census_lock, dbpool__census_unlock, enter_child);
    watch_status = code == 0 ? DBPOOL_OK : DBPOOL_ENOMEM;
}

int dbpool__fork_watch(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, watch);
    return watch_status;
}
