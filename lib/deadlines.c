/* SPDX-License-Identifier: Apache-2.0 */
#include "deadlines.h"

#include "close.h"
#include "pool.h"

#define NS_PER_MS UINT64_C(1000000)

/* ---- The heap: a node is due no later than its children ---- */

/* @a and @b are roots; NULL is the empty heap. */
static struct dbpool_request *meld(struct dbpool_request *a,
                                   struct dbpool_request *b) {
    if (a == NULL || b == NULL) {
        return a != NULL ? a : b;
    }
    if (b->deadline_ns < a->deadline_ns) {
        struct dbpool_request *swap = a;
        a = b;
        b = swap;
    }
    b->due_before = a;
    b->due_sibling = a->due_child;
    if (a->due_child != NULL) {
        a->due_child->due_before = b;
    }
    a->due_child = b;
    return a;
}

/* Siblings become one heap: in pairs, then all pairs from the last one on. */
static struct dbpool_request *meld_siblings(struct dbpool_request *first) {
    struct dbpool_request *pairs = NULL;
    while (first != NULL) {
        struct dbpool_request *second = first->due_sibling;
        struct dbpool_request *rest = NULL;
        first->due_sibling = NULL;
        if (second != NULL) {
            rest = second->due_sibling;
            second->due_sibling = NULL;
        }
        struct dbpool_request *pair = meld(first, second);
        pair->due_sibling = pairs;
        pairs = pair;
        first = rest;
    }
    struct dbpool_request *root = NULL;
    while (pairs != NULL) {
        struct dbpool_request *next = pairs->due_sibling;
        pairs->due_sibling = NULL;
        root = meld(root, pairs);
        pairs = next;
    }
    return root;
}

static void heap_remove(struct dbpool__deadlines *deadlines,
                        struct dbpool_request *request) {
    struct dbpool_request *below = meld_siblings(request->due_child);
    if (request == deadlines->nearest) {
        deadlines->nearest = below;
        return;
    }
    struct dbpool_request *before = request->due_before;
    if (before->due_child == request) {
        before->due_child = request->due_sibling;
    } else {
        before->due_sibling = request->due_sibling;
    }
    if (request->due_sibling != NULL) {
        request->due_sibling->due_before = before;
    }
    deadlines->nearest = meld(deadlines->nearest, below);
}

/* ---- The timer ---- */

/* 0 is never. */
static uint64_t earlier(uint64_t a, uint64_t b) {
    if (a == 0 || b == 0) {
        return a + b;
    }
    return a < b ? a : b;
}

static void on_due(uv_timer_t *timer);

/* It may ring early: the loop's clock stands still during a turn. Then nothing
 * is due, and it is armed again. */
static void arm(struct dbpool *pool) {
    struct dbpool__deadlines *deadlines = &pool->deadlines;
    uint64_t next = earlier(deadlines->cancel_ns, deadlines->abort_ns);
    if (deadlines->nearest != NULL) {
        next = earlier(next, deadlines->nearest->deadline_ns);
    }
    if (next == 0) {
        deadlines->armed_ns = 0;
        (void)uv_timer_stop(&deadlines->timer);
    } else if (deadlines->armed_ns == 0 || next < deadlines->armed_ns) {
        uint64_t now = uv_hrtime();
        uint64_t ns = next > now ? next - now : 0;
        deadlines->armed_ns = next;
        (void)uv_timer_start(&deadlines->timer, on_due,
                             (ns + NS_PER_MS - 1) / NS_PER_MS, 0);
    }
}

static void on_due(uv_timer_t *timer) {
    struct dbpool *pool = timer->data;
    struct dbpool__deadlines *deadlines = &pool->deadlines;
    if (dbpool__pool_is_forked(pool)) {
        return;
    }
    uint64_t now = uv_hrtime();
    deadlines->armed_ns = 0;
    struct dbpool_request *request = deadlines->nearest;
    while (request != NULL && request->deadline_ns <= now) {
        heap_remove(deadlines, request);
        request->timed = false;
        dbpool__pool_stop(pool, request, DBPOOL__STOP_QUEUE_TIMEOUT);
        request = deadlines->nearest;
    }
    if (deadlines->cancel_ns != 0 && deadlines->cancel_ns <= now) {
        deadlines->cancel_ns = 0;
        dbpool__close_harden(pool, DBPOOL_CLOSE_CANCEL);
    }
    if (deadlines->abort_ns != 0 && deadlines->abort_ns <= now) {
        deadlines->abort_ns = 0;
        dbpool__close_harden(pool, DBPOOL_CLOSE_ABORT);
    }
    arm(pool);
}

void dbpool__deadlines_add(struct dbpool *pool, struct dbpool_request *request,
                           uint32_t ms) {
    request->deadline_ns = uv_hrtime() + ms * NS_PER_MS;
    request->timed = true;
    request->due_child = NULL;
    request->due_sibling = NULL;
    pool->deadlines.nearest = meld(pool->deadlines.nearest, request);
    arm(pool);
}

void dbpool__deadlines_remove(struct dbpool *pool,
                              struct dbpool_request *request) {
    heap_remove(&pool->deadlines, request);
    request->timed = false;
    if (pool->deadlines.nearest == NULL) {
        arm(pool);
    }
}

void dbpool__deadlines_escalate(struct dbpool *pool, uint64_t cancel_ns,
                                uint64_t abort_ns) {
    struct dbpool__deadlines *deadlines = &pool->deadlines;
    deadlines->cancel_ns = earlier(deadlines->cancel_ns, cancel_ns);
    deadlines->abort_ns = earlier(deadlines->abort_ns, abort_ns);
    arm(pool);
}
