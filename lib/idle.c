/* SPDX-License-Identifier: Apache-2.0 */
#include "idle.h"

#include "check.h"
#include "pool.h"
#include "wait.h"

#define NS_PER_MS UINT64_C(1000000)

/* ---- The thread's side ---- */

static void say_idle(struct dbpool__worker *worker) {
    struct dbpool *pool = worker->pool;
    worker->idle = true;
    uv_mutex_unlock(&pool->mutex);
    (void)uv_async_send(&pool->wake);
    uv_mutex_lock(&pool->mutex);
}

void dbpool__idle_wait(struct dbpool__worker *worker, uint64_t *deadline_ns) {
    struct dbpool *pool = worker->pool;
    uint64_t timeout_ns = pool->options.idle_timeout_ms * NS_PER_MS;
    if (timeout_ns == 0 || worker->idle ||
        pool->threads_count <= pool->options.min) {
        uv_cond_wait(&pool->work, &pool->mutex);
        return;
    }
    uint64_t now_ns = uv_hrtime();
    if (*deadline_ns == 0) {
        *deadline_ns = now_ns + timeout_ns;
    }
    if (now_ns >= *deadline_ns) {
        say_idle(worker);
    } else {
        dbpool__wait(&pool->work, &pool->mutex, *deadline_ns - now_ns);
    }
}

/* ---- The loop's side ---- */

/* Those that could not be spared if all that is unanswered ran at once. */
static uint64_t needed(const struct dbpool *pool) {
    return pool->stats.unanswered > pool->options.min ? pool->stats.unanswered
                                                      : pool->options.min;
}

static void dismiss(struct dbpool *pool) {
    uint64_t keep = needed(pool);
    if (pool->state != DBPOOL__OPEN || pool->threads_count <= keep) {
        return;
    }
    bool any = false;
    uv_mutex_lock(&pool->mutex);
    for (unsigned i = pool->options.max; i-- > 0;) {
        struct dbpool__worker *worker = &pool->workers[i];
        if (pool->threads_count > keep && worker->started && worker->idle &&
            !worker->dismissed) {
            worker->dismissed = true;
            any = true;
            pool->threads_count--;
            pool->threads_dismissed++;
        }
    }
    if (any) {
        uv_cond_broadcast(&pool->work);
    }
    uv_mutex_unlock(&pool->mutex);
}

/* Joins it if it has left, which does not wait: leaving is its last act. */
static bool join(struct dbpool *pool, struct dbpool__worker *worker) {
    uv_mutex_lock(&pool->mutex);
    bool left = worker->left;
    if (left) {
        pool->threads_left--;
    }
    uv_mutex_unlock(&pool->mutex);
    if (left) {
        dbpool__worker_join(worker);
        pool->threads_dismissed--;
        pool->stats.threads_idled++;
        pool->stats.threads_joined++;
    }
    return left;
}

void dbpool__idle_attend(struct dbpool *pool) {
    if (pool->options.idle_timeout_ms == 0) {
        return;
    }
    for (unsigned i = 0; i < pool->options.max && pool->threads_dismissed != 0;
         i++) {
        if (pool->workers[i].started) {
            (void)join(pool, &pool->workers[i]);
        }
    }
    dismiss(pool);
}

bool dbpool__idle_recall(struct dbpool *pool) {
    bool found = false;
    if (pool->threads_dismissed == 0) {
        return false;
    }
    uv_mutex_lock(&pool->mutex);
    for (unsigned i = 0; i < pool->options.max && !found; i++) {
        struct dbpool__worker *worker = &pool->workers[i];
        found = worker->started && worker->dismissed && !worker->left;
        if (found) {
            worker->dismissed = false;
            worker->idle = false;
            pool->threads_count++;
            pool->threads_dismissed--;
        }
    }
    uv_mutex_unlock(&pool->mutex);
    return found;
}

struct dbpool__worker *dbpool__idle_place(struct dbpool *pool) {
    for (unsigned i = 0; i < pool->options.max; i++) {
        if (!pool->workers[i].started) {
            return &pool->workers[i];
        }
    }
    for (unsigned i = 0; i < pool->options.max; i++) {
        if (join(pool, &pool->workers[i])) {
            return &pool->workers[i];
        }
    }
    CHECK(false, "no place is free and no thread has left");
    return NULL;
}
