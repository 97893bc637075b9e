/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_TRANSACTION_H
#define DBPOOL_TRANSACTION_H

#include "status.h"
#include "worker.h"

/* What an interaction's function works on; it lives on the worker's stack
 * while the function runs. */
struct dbpool_transaction {
    struct dbpool__worker *worker;
    const struct dbpool_site *site;
    struct dbpool__error error; /* of the last dbpool_execute() */
};

#endif
