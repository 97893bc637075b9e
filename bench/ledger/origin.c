/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/origin.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "ledger/stacks.h"

_Thread_local const char *origin_outermost;
_Atomic uint64_t origin_cycle;

const char *origin_enter(const char *call) {
    const char *outer = origin_outermost;
    if (outer == NULL) {
        origin_outermost = call;
    }
    return outer;
}

void origin_leave(const char *outer) {
    origin_outermost = outer;
}

/* The kernel gives a thread's number to a younger one. */
uint64_t origin_thread(void) {
    static atomic_uint_fast64_t last;
    static _Thread_local uint64_t number;
    if (number == 0) {
        number = atomic_fetch_add(&last, 1) + 1;
    }
    return number;
}

void origin_set_cycle(uint64_t cycle) {
    atomic_store_explicit(&origin_cycle, cycle, memory_order_relaxed);
}

void origin_now(const char *primitive, struct origin *origin_out) {
    struct dbpool_activity activity = dbpool_activity();
    *origin_out = (struct origin){
        .primitive = primitive,
        .within = origin_outermost,
        .thread = origin_thread(),
        .thread_number = activity.thread_number,
        .stack = stacks_now(),
        .tag = origin_tag(&activity),
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

static bool is_same_site(const struct dbpool_site *left,
                         const struct dbpool_site *right) {
    return left->file != NULL && right->file != NULL &&
           left->line == right->line && strcmp(left->file, right->file) == 0;
}

static void append_link(struct text *chain, const char *link) {
    if (link != NULL) {
        text_format(chain, "%s%s", chain->size == 0 ? "" : ", ", link);
    }
}

/* "opened by open in sqlite3_open_v2 on thread plunge-db/2". */
static void append_maker(struct text *chain, const struct origin *origin,
                         const char *verb) {
    if (origin->primitive != NULL) {
        text_format(chain, "%s by %s", verb, origin->primitive);
    }
    if (origin->primitive != NULL && origin->within != NULL) {
        text_format(chain, " in %s", origin->within);
    }
    if (origin->thread_number != 0) {
        text_format(chain, "%s thread %s/%u",
                    origin->primitive == NULL ? "on" : " on", origin->pool_name,
                    origin->thread_number);
    }
}

const char *origin_text(const struct origin *origin, const char *verb,
                        struct arena *arena) {
    const struct dbpool_site *pool = &origin->pool_site;
    const struct dbpool_site *site = &origin->site;
    struct text chain;
    text_init(&chain);
    append_maker(&chain, origin, verb);
    append_link(&chain, origin_site_text(pool, "of the pool opened", arena));
    if (!is_same_site(pool, site)) {
        append_link(
            &chain,
            origin_site_text(
                site, pool->file == NULL ? "made" : "for the request", arena));
    }
    const char *words = chain.size == 0 ? NULL : arena_text(arena, chain.bytes);
    text_fini(&chain);
    return words;
}
