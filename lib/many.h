/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_MANY_H
#define DBPOOL_MANY_H

#include "session.h"

/* Runs one statement for each row of parameters, in one transaction: all of
 * them or none. Returns its status; session->error says more. */
int dbpool__many_run(struct dbpool__session *session,
                     struct dbpool_request *request);

#endif
