/* SPDX-License-Identifier: Apache-2.0 */
#include "busy.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <uv.h>

#include "sqlite_error.h"

/* Of sqlite3_io_methods; SQLite has no names for them in public before 3.42. */
#define LOCK_RESERVED 2

/* Whether somebody who reads may be in the way, and not only one who writes.
 * With a write-ahead log a checkpoint alone waits for readers; without it who
 * holds the RESERVED lock does, of an attached database perhaps, and wants to
 * commit. A database in memory does not tell its locks. */
static bool may_be_for_readers(struct dbpool__busy *busy) {
    busy->lock_held = 0;
    bool told =
        sqlite3_file_control(busy->handle, "main", SQLITE_FCNTL_LOCKSTATE,
                             &busy->lock_held) == SQLITE_OK;
    return !told || busy->is_pragma || busy->lock_held >= LOCK_RESERVED ||
           sqlite3_txn_state(busy->handle, NULL) == SQLITE_TXN_WRITE;
}

static int on_busy(void *data, int tries) {
    struct dbpool__busy *busy = data;
    if (tries == 0) {
        busy->waited = true;
        busy->since_ns = uv_hrtime();
    }
    busy->waiter->for_readers = may_be_for_readers(busy);
    return busy->waiter->wait(busy->waiter, tries);
}

void dbpool__busy_attach(struct dbpool__busy *busy) {
    (void)sqlite3_busy_handler(busy->handle, on_busy, busy);
}

static const char *what_for(const struct dbpool__busy *busy, bool writes) {
    if (busy->lock_held >= LOCK_RESERVED) {
        return "to commit: others hold SHARED locks";
    }
    return writes ? "to write: another connection holds the RESERVED lock"
                  : "to read: another connection holds the EXCLUSIVE lock";
}

int dbpool__busy_error(const struct dbpool__busy *busy, int code, bool writes,
                       struct dbpool__error *error) {
    if ((code & 0xff) != SQLITE_BUSY) {
        return dbpool__sqlite_error(busy->handle, code, error);
    }
    const char *what = "to write: the transaction has read before, and another "
                       "connection has written since, or is about to";
    uint64_t waited_ms = 0;
    if (code == SQLITE_BUSY_RECOVERY) {
        what = "while another connection recovers the write-ahead log";
    } else if (busy->waited && code != SQLITE_BUSY_SNAPSHOT) {
        what = what_for(busy, writes);
    }
    if (busy->waited) {
        waited_ms = (uv_hrtime() - busy->since_ns) / UINT64_C(1000000);
    }
    return dbpool__error_set(error, DBPOOL_EBUSY, code,
                             "database is locked: waited %" PRIu64 " ms %s: %s",
                             waited_ms, what, busy->path);
}
