/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"

#define URL_SIZE 64
#define SHARES_BY_NAME 3036000 /* the first SQLite whose memdb does */

int dbpool__memory_open(struct dbpool *pool) {
    static _Atomic uint64_t last;
    if (strcmp(pool->target.path, ":memory:") != 0) {
        return DBPOOL_OK;
    }
    if (sqlite3_libversion_number() < SHARES_BY_NAME) {
        return DBPOOL_EURL;
    }
    char *url = malloc(URL_SIZE);
    if (url == NULL) {
        return DBPOOL_ENOMEM;
    }
    (void)snprintf(url, URL_SIZE, "file:/dbpool-%llu?vfs=memdb",
                   (unsigned long long)atomic_fetch_add(&last, 1) + 1);
    free(pool->url);
    pool->url = url;
    pool->target.path = url;
    struct dbpool__owner owner = {
        .tag = pool->options.tag,
        .pool_site = pool->site,
    };
    struct dbpool__error error;
    return pool->target.driver->connect(&pool->target, &owner, &pool->site,
                                        NULL, &pool->anchor, &error);
}

void dbpool__memory_close(struct dbpool *pool) {
    if (pool->anchor != NULL) {
        pool->target.driver->disconnect(pool->anchor);
    }
}
