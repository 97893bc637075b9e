/* SPDX-License-Identifier: Apache-2.0 */
#include "worker.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "activity.h"
#include "batch.h"
#include "check.h"
#include "idle.h"
#include "pool.h"

#define THREAD_NAME_SIZE 16 /* the kernel's limit */

/* "users-of-everything/12" is cut before the slash, never behind it. */
static void name_thread(const struct dbpool__worker *worker) {
    char number[12];
    char name[THREAD_NAME_SIZE];
    int size = snprintf(number, sizeof number, "/%u", worker->number);
    (void)snprintf(name, sizeof name, "%.*s%s", (int)(sizeof name - 1) - size,
                   worker->pool->name, number);
    (void)pthread_setname_np(pthread_self(), name);
}

/* One at a time, where there is a processor for it beside those of the threads
 * that run and of the loop; and none that has had nothing to do yet, or that
 * the loop may dismiss, for it would not hear of that. Mutex held. */
static bool stays_awake(struct dbpool__worker *worker) {
    const struct dbpool *pool = worker->pool;
    uint64_t now_ns = uv_hrtime();
    if (worker->spin.since_ns == 0) {
        dbpool__spin_begin(&worker->spin, now_ns);
    }
    unsigned running = pool->threads_count - pool->threads_idle;
    return pool->watcher == NULL && !worker->idle &&
           worker->session.connection != NULL && running + 2 <= pool->cpus &&
           dbpool__spin_pays(&worker->spin, now_ns);
}

/* Mutex held, let go in between. */
static void watch(struct dbpool__worker *worker) {
    struct dbpool *pool = worker->pool;
    unsigned seen = atomic_load_explicit(&pool->news, memory_order_relaxed);
    pool->watcher = worker;
    uv_mutex_unlock(&pool->mutex);
    dbpool__spin_until(&worker->spin, &pool->news, seen, UINT64_MAX,
                       pool->cpus);
    uv_mutex_lock(&pool->mutex);
    if (pool->watcher == worker) {
        pool->watcher = NULL;
    }
}

/* Waits for work; false: there is none left and the pool is stopping, or the
 * thread was dismissed. */
static bool wait_for_batch(struct dbpool__worker *worker,
                           struct dbpool__queue *batch) {
    struct dbpool *pool = worker->pool;
    uint64_t deadline_ns = 0;
    uv_mutex_lock(&pool->mutex);
    pool->threads_idle++;
    while (!dbpool__lane_has_work(pool) && !pool->stopping &&
           !worker->dismissed) {
        if (stays_awake(worker)) {
            watch(worker);
        } else {
            dbpool__idle_wait(worker, &deadline_ns);
        }
    }
    pool->threads_idle--;
    bool found = dbpool__lane_has_work(pool) && !worker->dismissed;
    if (found) {
        worker->idle = false;
        dbpool__lane_take(&worker->session, batch);
    } else if (!pool->stopping && worker->session.connection != NULL) {
        worker->session.close_cause = DBPOOL_CLOSED_IDLE;
    }
    uv_mutex_unlock(&pool->mutex);
    if (worker->spin.since_ns != 0) {
        dbpool__spin_end(&worker->spin, uv_hrtime());
    }
    return found;
}

/* What was handed over together waited equally long. What another thread has
 * had already was counted there. */
static void count_waits(struct dbpool__session *session,
                        const struct dbpool__queue *batch, uint64_t taken_ns) {
    struct dbpool_request *first = batch->head;
    while (first != NULL) {
        struct dbpool_request *request = first;
        uint64_t count = 0;
        while (request != NULL && request->staged_ns == first->staged_ns) {
            count += !request->taken;
            request->taken = true;
            request = request->next;
        }
        if (count != 0) {
            dbpool__times_add(&session->timing.wait,
                              taken_ns - first->staged_ns, count);
        }
        first = request;
    }
}

/* Whether there is more to be answered than to be run, and no processor left
 * for the loop: then all wait for it, and soon this thread would, too. Mutex
 * held. */
static bool is_loop_behind(const struct dbpool *pool) {
    return pool->finished.count > pool->queue.count &&
           pool->threads_count - pool->threads_idle >= pool->cpus;
}

static void hand_back(struct dbpool__worker *worker) {
    struct dbpool *pool = worker->pool;
    struct dbpool__session *session = &worker->session;
    struct dbpool__queue stopped = {0};
    dbpool__session_count(session);
    session->counts.batches++;
    uv_mutex_lock(&pool->mutex);
    bool wake = dbpool__turn_finish(pool, &session->done);
    session->counts.wakeups += wake;
    dbpool__lane_leave(session, &stopped);
    dbpool__session_hand_over(session);
    bool loop_first = is_loop_behind(pool);
    uv_mutex_unlock(&pool->mutex);
    if (wake) {
        (void)uv_async_send(&pool->wake);
    } else if (loop_first) {
        (void)sched_yield();
    }
    dbpool__stop_all(pool, &stopped);
}

/* The last act, for the loop joins then; false: it wants the thread back. */
static bool leave(struct dbpool__worker *worker) {
    struct dbpool *pool = worker->pool;
    uv_mutex_lock(&pool->mutex);
    dbpool__session_hand_over(&worker->session);
    bool leaves = pool->stopping || worker->dismissed;
    worker->left = leaves;
    pool->threads_left += leaves;
    uv_mutex_unlock(&pool->mutex);
    if (leaves) {
        dbpool__census_remove(&worker->entry);
        (void)uv_async_send(&pool->wake);
    }
    return leaves;
}

static void run(void *data) {
    struct dbpool__worker *worker = data;
    name_thread(worker);
    dbpool__census_set_thread(&worker->entry, syscall(SYS_gettid));
    dbpool__activity_now = (struct dbpool__activity){
        .pool = worker->pool,
        .site = &worker->site,
        .session = &worker->session,
        .thread_number = worker->number,
    };
    struct dbpool__queue batch = {0};
    do {
        while (wait_for_batch(worker, &batch)) {
            uint64_t taken_ns = uv_hrtime();
            worker->session.shared_ns = taken_ns;
            count_waits(&worker->session, &batch, taken_ns);
            if (worker->pool->options.timing) {
                dbpool__times_taken(&batch, taken_ns);
            }
            dbpool__batch_run(&worker->session, &batch);
            dbpool__times_add(&worker->session.timing.run,
                              uv_hrtime() - taken_ns, 1);
            dbpool__activity_now.site = &worker->site;
            hand_back(worker);
        }
        dbpool__session_close(&worker->session);
    } while (!leave(worker));
}

/* Handlers are for the program's own threads: they may be made for more stack
 * than these have, and interrupt what is in SQLite. What a thread brings on
 * itself comes to it all the same, and a profiler wants to know who runs. */
static void block_signals(sigset_t *before_out) {
    static const int admitted[] = {SIGSEGV, SIGBUS, SIGFPE,  SIGILL,  SIGTRAP,
                                   SIGABRT, SIGSYS, SIGPIPE, SIGXFSZ, SIGPROF};
    sigset_t most;
    (void)sigfillset(&most);
    for (size_t i = 0; i < sizeof admitted / sizeof admitted[0]; i++) {
        (void)sigdelset(&most, admitted[i]);
    }
    (void)pthread_sigmask(SIG_BLOCK, &most, before_out);
}

/* It begins with the signals blocked that its maker has blocked. */
static int create_thread(struct dbpool__worker *worker) {
    uv_thread_options_t options = {
        .flags = UV_THREAD_HAS_STACK_SIZE,
        .stack_size = worker->pool->options.stack_size,
    };
    sigset_t before;
    block_signals(&before);
    int code = uv_thread_create_ex(&worker->thread, &options, run, worker);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}

int dbpool__worker_start(struct dbpool__worker *worker, struct dbpool *pool,
                         unsigned number, const struct dbpool_site *site) {
    *worker = (struct dbpool__worker){
        .pool = pool,
        .number = number,
        .site = *site,
    };
    (void)snprintf(worker->name, sizeof worker->name, "%s/%u", pool->name,
                   number);
    worker->entry = (struct dbpool__entry){
        .kind = DBPOOL_KIND_THREAD,
        .owner_id = pool->owner.id,
        .tag = pool->owner.tag,
        .pool_site = pool->owner.pool_site,
        .site = *site,
        .text = worker->name,
    };
    dbpool__census_add(&worker->entry);
    worker->session.pool = pool;
    worker->session.guard.pool = pool;
    worker->session.guard.alarms = &pool->alarms;
    worker->spin.limit_ns = dbpool__pool_spin_ns(pool);
    dbpool__lane_init_waiter(&worker->session);
    worker->session.owner = pool->owner;
    worker->session.owner.id = worker->entry.id;
    int code = create_thread(worker);
    worker->started = code == 0;
    if (code != 0) {
        dbpool__census_remove(&worker->entry);
    }
    return code;
}

void dbpool__worker_join(struct dbpool__worker *worker) {
    int code = uv_thread_join(&worker->thread);
    CHECK(code == 0, "a thread of the pool was joined by somebody else");
    worker->started = false;
}
