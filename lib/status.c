/* SPDX-License-Identifier: Apache-2.0 */
#include "status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dbpool.h"

const char *dbpool_strerror(int status) {
    switch (status) {
    case DBPOOL_OK:
        return "success";
    case DBPOOL_ENOMEM:
        return "out of memory";
    case DBPOOL_ETHREAD:
        return "can't start new thread";
    case DBPOOL_ECLOSED:
        return "the pool is closed";
    case DBPOOL_EINVAL:
        return "an argument is out of range";
    case DBPOOL_EURL:
        return "no driver for this URL";
    case DBPOOL_ECONNECT:
        return "the database cannot be opened";
    case DBPOOL_ESQL:
        return "the statement failed";
    case DBPOOL_EPARAMS:
        return "wrong number of parameters";
    case DBPOOL_EBUSY:
        return "the database stayed locked";
    case DBPOOL_EIO:
        return "the database could not be read or written";
    case DBPOOL_ECORRUPT:
        return "the file is not a database, or is damaged";
    case DBPOOL_EREADONLY:
        return "the database is open read-only";
    case DBPOOL_EFULL:
        return "no room";
    case DBPOOL_ETOOBIG:
        return "a value is too large";
    case DBPOOL_EABORT:
        return "the interaction was given up";
    case DBPOOL_ELOOP:
        return "the loop has no room for the pool's handles";
    case DBPOOL_ECANCELED:
        return "canceled";
    case DBPOOL_EDEADLK:
        return "the call would wait for itself";
    case DBPOOL_ETIMEDOUT:
        return "timed out";
    case DBPOOL_EFORKED:
        return "forked from a process whose pools were in use";
    case DBPOOL_ELOST:
        return "the connection was lost";
    default:
        return "unknown status";
    }
}

const char *dbpool_version(void) {
    return PLUNGE_VERSION;
}

int dbpool__error_set(struct dbpool__error *error, int status, int32_t code,
                      const char *format, ...) {
    va_list list;
    va_start(list, format);
    (void)vsnprintf(error->message, sizeof error->message, format, list);
    va_end(list);
    error->status = status;
    error->code = code;
    return status;
}

void dbpool__error_add(struct dbpool__error *error, const char *format, ...) {
    if (error->message[0] == '\0') {
        (void)snprintf(error->message, sizeof error->message, "%s",
                       dbpool_strerror(error->status));
    }
    size_t size = strlen(error->message);
    va_list list;
    va_start(list, format);
    (void)vsnprintf(error->message + size, sizeof error->message - size, format,
                    list);
    va_end(list);
}
