/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/origin.h"

#include <string.h>

#include "base/arena.h"

void origin_now(struct origin *origin_out) {
    struct dbpool_activity activity = dbpool_activity();
    *origin_out = (struct origin){
        .thread_number = activity.thread_number,
        .tag = activity.tag,
        .pool_site = activity.pool_site,
        .site = activity.site,
    };
    if (activity.pool_name != NULL) {
        size_t size = strnlen(activity.pool_name, ORIGIN_NAME_SIZE - 1);
        memcpy(origin_out->pool_name, activity.pool_name, size);
    }
}

const char *origin_site_text(const struct dbpool_site *site, const char *verb,
                             struct arena *arena) {
    if (site->file == NULL) {
        return NULL;
    }
    if (site->function == NULL || site->function[0] == '\0') {
        return arena_format(arena, "%s at %s:%d", verb, site->file, site->line);
    }
    return arena_format(arena, "%s at %s:%d (%s)", verb, site->file, site->line,
                        site->function);
}

const char *origin_text(const struct origin *origin, struct arena *arena) {
    const char *pool =
        origin_site_text(&origin->pool_site, "of the pool opened", arena);
    if (pool == NULL) {
        return origin_site_text(&origin->site, "made", arena);
    }
    if (origin->thread_number == 0) {
        return pool;
    }
    const char *request =
        origin_site_text(&origin->site, ", for the request", arena);
    return arena_format(arena, "thread %s/%u %s%s", origin->pool_name,
                        origin->thread_number, pool,
                        request == NULL ? "" : request);
}
