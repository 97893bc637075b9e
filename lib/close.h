/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_CLOSE_H
#define DBPOOL_CLOSE_H

#include "dbpool.h"

/* Closes harder than the pool was being closed. Loop thread only. */
void dbpool__close_harden(struct dbpool *pool, enum dbpool_close_grade grade);

/* Calls @closers back, in their order; the pool was opened at @site. */
void dbpool__close_tell(struct dbpool_close_request *closers,
                        struct dbpool_site site);

#endif
