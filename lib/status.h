/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_STATUS_H
#define DBPOOL_STATUS_H

#include <stdint.h>

#include "dbpool.h"

#define DBPOOL__MESSAGE_SIZE 512

/* What went wrong on a worker, on its way into a request. */
struct dbpool__error {
    int status;   /* enum dbpool_status */
    int32_t code; /* the database's own, or errno */
    char message[DBPOOL__MESSAGE_SIZE];
};

/* Fills @error in and returns @status. An empty message stands for
 * dbpool_strerror(status). */
int dbpool__error_set(struct dbpool__error *error, int status, int32_t code,
                      const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Says more, behind the message that is there. */
void dbpool__error_add(struct dbpool__error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static inline void dbpool__error_clear(struct dbpool__error *error) {
    error->status = DBPOOL_OK;
    error->code = 0;
    error->message[0] = '\0';
}

/* Sets @error to what needs no words but the status's own; returns it. */
static inline int dbpool__error_plain(struct dbpool__error *error, int status) {
    dbpool__error_clear(error);
    error->status = status;
    return status;
}

#endif
