/* SPDX-License-Identifier: Apache-2.0 */
#include "slow.h"

#include "pool.h"

#define NS_PER_MS 1000000

static bool is_watched(const struct dbpool_request *request) {
    return request->kind == DBPOOL__INTERACTION ||
           request->kind == DBPOOL__WITH_CONNECTION;
}

void dbpool__slow_init(struct dbpool *pool) {
    const struct dbpool_options *options = &pool->options;
    if (options->interaction_warn_ms == 0 || options->hooks.on_slow == NULL) {
        return;
    }
    pool->slow.on = true;
    (void)uv_timer_init(pool->loop, &pool->slow.timer);
    uv_unref((uv_handle_t *)&pool->slow.timer);
    pool->slow.timer.data = pool;
    pool->handles_open++;
}

void dbpool__slow_announce(struct dbpool *pool) {
    if (!pool->slow.on) {
        return;
    }
    pool->slow.entry = (struct dbpool__entry){
        .kind = DBPOOL_KIND_HANDLE,
        .owner_id = pool->owner.id,
        .tag = pool->owner.tag,
        .site = pool->site,
        .pool_site = pool->site,
        .object = &pool->slow.timer,
        .text = "slow (timer)",
    };
    dbpool__census_add(&pool->slow.entry);
}

/* ---- The thread's side ---- */

void dbpool__slow_begin(struct dbpool__session *session,
                        const struct dbpool_request *request) {
    struct dbpool *pool = session->pool;
    if (!pool->slow.on) {
        return;
    }
    uint64_t now_ns = uv_hrtime();
    uv_mutex_lock(&pool->mutex);
    session->open = (struct dbpool__open){
        .request = request,
        .begun_ns = now_ns,
    };
    uv_mutex_unlock(&pool->mutex);
}

void dbpool__slow_end(struct dbpool__session *session,
                      struct dbpool_request *request) {
    struct dbpool *pool = session->pool;
    if (!pool->slow.on) {
        return;
    }
    uint64_t now_ns = uv_hrtime();
    uv_mutex_lock(&pool->mutex);
    if (session->open.warned) {
        request->slow = true;
        request->more.slow_ns = now_ns - session->open.begun_ns;
    }
    session->open.request = NULL;
    uv_mutex_unlock(&pool->mutex);
}

/* ---- The loop's side ---- */

static void call(const struct dbpool *pool,
                 const struct dbpool_request *request, uint64_t age_ns,
                 bool returned) {
    const struct dbpool_hooks *hooks = &pool->options.hooks;
    const struct dbpool_slow slow = {
        .pool = pool,
        .request = request,
        .site = request->site,
        .age_ms = age_ns / NS_PER_MS,
        .returned = returned,
    };
    hooks->on_slow(&slow, hooks->data);
}

/* A request that a thread has open is unanswered, and so is valid here for as
 * long as this turn of the loop lasts. */
static void look_at(struct dbpool *pool, struct dbpool__open *open,
                    uint64_t now_ns) {
    uint64_t limit_ns = (uint64_t)pool->options.interaction_warn_ms * NS_PER_MS;
    uv_mutex_lock(&pool->mutex);
    const struct dbpool_request *request = open->request;
    /* One that has begun after now was read is no older than that. */
    bool slow = request != NULL && !open->warned && now_ns > open->begun_ns &&
                now_ns - open->begun_ns >= limit_ns;
    uint64_t age_ns = now_ns - open->begun_ns;
    open->warned = open->warned || slow;
    uv_mutex_unlock(&pool->mutex);
    if (slow) {
        call(pool, request, age_ns, false);
    }
}

static uint64_t unanswered(const struct dbpool *pool,
                           enum dbpool_request_kind kind) {
    const struct dbpool_kind_stats *stats = &pool->stats.kinds[kind];
    return stats->submitted - stats->succeeded - stats->failed;
}

static void look(uv_timer_t *timer) {
    struct dbpool *pool = timer->data;
    if (dbpool__pool_is_forked(pool) ||
        (unanswered(pool, DBPOOL_REQUEST_INTERACTION) == 0 &&
         unanswered(pool, DBPOOL_REQUEST_WITH_CONNECTION) == 0)) {
        (void)uv_timer_stop(timer);
        return;
    }
    uint64_t now_ns = uv_hrtime();
    for (unsigned i = 0; i < pool->options.max && !dbpool__pool_is_forked(pool);
         i++) {
        look_at(pool, &pool->workers[i].session.open, now_ns);
    }
}

void dbpool__slow_staged(struct dbpool *pool,
                         const struct dbpool_request *request) {
    uv_timer_t *timer = &pool->slow.timer;
    if (is_watched(request) && uv_is_active((uv_handle_t *)timer) == 0) {
        uint64_t period_ms = pool->options.interaction_warn_ms / 4 + 1;
        (void)uv_timer_start(timer, look, period_ms, period_ms);
    }
}

void dbpool__slow_answered(struct dbpool *pool,
                           const struct dbpool_request *request) {
    call(pool, request, request->more.slow_ns, true);
}
