/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_error.h"

#include <sqlite3.h>

#include "driver.h"

static int translate(int code) {
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return DBPOOL_OK;
    case SQLITE_NOMEM:
        return DBPOOL_ENOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return DBPOOL_EBUSY;
    case SQLITE_IOERR:
    case SQLITE_PROTOCOL:
        return DBPOOL_EIO;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return DBPOOL_ECORRUPT;
    case SQLITE_READONLY:
        return DBPOOL_EREADONLY;
    case SQLITE_FULL:
        return DBPOOL_EFULL;
    case SQLITE_TOOBIG:
        return DBPOOL_ETOOBIG;
    case SQLITE_CANTOPEN:
        return DBPOOL_ECONNECT;
    case SQLITE_INTERRUPT:
        return DBPOOL_ECANCELED;
    default:
        return DBPOOL_ESQL;
    }
}

int dbpool__sqlite_error(struct sqlite3 *handle, int code,
                         struct dbpool__error *error) {
    const char *message =
        handle == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(handle);
    return dbpool__error_set(error, translate(code), code, "%s", message);
}
