/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_ORIGIN_H
#define PLUNGE_LEDGER_ORIGIN_H

#include <stdint.h>

#include "dbpool.h"

struct arena;

/* On whose behalf something was acquired: dbpool_activity() at that moment,
 * with the pool's name copied, for the pool may be gone when it is read. */
#define ORIGIN_NAME_SIZE 32

struct origin {
    char pool_name[ORIGIN_NAME_SIZE]; /* "": of no pool */
    unsigned thread_number;           /* 0: not by a pool's thread */
    uint64_t tag;
    struct dbpool_site pool_site;
    struct dbpool_site site;
};

/* Thread: any; about the calling one. */
void origin_now(struct origin *origin_out);

/* "thread plunge-db/2 of the pool opened at a.c:31 (main), for the request at
 * a.c:50 (main)"; NULL: unknown. */
const char *origin_text(const struct origin *origin, struct arena *arena);

/* "opened at a.c:31 (main)" with "opened" as @verb; NULL: no such site. */
const char *origin_site_text(const struct dbpool_site *site, const char *verb,
                             struct arena *arena);

#endif
