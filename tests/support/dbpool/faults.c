/* SPDX-License-Identifier: Apache-2.0 */
#include "support/dbpool/faults.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <uv.h>

#include "support/dbpool/blocks.h"
#include "support/hardened.h"
#include "support/suite.h"

static _Atomic uint64_t calls;
static _Atomic uint64_t fail_at; /* 0: nothing fails */
static atomic_bool fail_for_ever;
static atomic_bool threads_only;
static atomic_bool fired;
static atomic_bool fired_in_test;
static atomic_int threads_outstanding;

static void arm(uint64_t nth, bool for_ever, bool threads) {
    hardened_begin();
    atomic_store(&calls, 0);
    atomic_store(&fired, false);
    atomic_store(&fail_for_ever, for_ever);
    atomic_store(&threads_only, threads);
    atomic_store(&fail_at, nth);
}

void faults_arm(uint64_t nth, bool for_ever) {
    arm(nth, for_ever, false);
}

void faults_arm_threads(uint64_t nth, bool for_ever) {
    arm(nth, for_ever, true);
}

bool faults_disarm(void) {
    atomic_store(&fail_at, 0);
    return atomic_load(&fired);
}

void faults_end_test(void) {
    hardened_end(atomic_exchange(&fired_in_test, false));
}

uint64_t faults_calls(void) {
    return atomic_load(&calls);
}

int faults_threads_outstanding(void) {
    return atomic_load(&threads_outstanding);
}

static bool fails(bool is_thread) {
    uint64_t at = atomic_load(&fail_at);
    if (at == 0 || (atomic_load(&threads_only) && !is_thread)) {
        return false;
    }
    uint64_t call = atomic_fetch_add(&calls, 1) + 1;
    bool now = call == at || (call > at && atomic_load(&fail_for_ever));
    if (now) {
        atomic_store(&fired, true);
        atomic_store(&fired_in_test, true);
    }
    return now;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *block);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *data);
int __real_pthread_join(pthread_t thread, void **value_out);
int __real_uv_async_init(uv_loop_t *loop, uv_async_t *async, uv_async_cb cb);
int __real_uv_mutex_init(uv_mutex_t *mutex);
int __real_uv_cond_init(uv_cond_t *cond);
void __real_uv_mutex_destroy(uv_mutex_t *mutex);
void __real_uv_cond_destroy(uv_cond_t *cond);

void *__wrap_malloc(size_t size) {
    void *block = fails(false) ? NULL : __real_malloc(size);
    blocks_add(block);
    return block;
}

void *__wrap_calloc(size_t count, size_t size) {
    void *block = fails(false) ? NULL : __real_calloc(count, size);
    blocks_add(block);
    return block;
}

void *__wrap_realloc(void *block, size_t size) {
    if (fails(false)) {
        return NULL;
    }
    blocks_remove(block);
    void *other = __real_realloc(block, size);
    blocks_add(other != NULL || size == 0 ? other : block);
    return other;
}

char *__wrap_strdup(const char *text) {
    char *block = fails(false) ? NULL : __real_strdup(text);
    blocks_add(block);
    return block;
}

void __wrap_free(void *block) {
    blocks_remove(block);
    __real_free(block);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *data) {
    if (fails(true)) {
        return EAGAIN;
    }
    int code = __real_pthread_create(thread, attributes, function, data);
    if (code == 0) {
        (void)atomic_fetch_add(&threads_outstanding, 1);
    }
    return code;
}

int __wrap_pthread_join(pthread_t thread, void **value_out) {
    int code = __real_pthread_join(thread, value_out);
    if (code == 0) {
        (void)atomic_fetch_sub(&threads_outstanding, 1);
    }
    return code;
}

int __wrap_uv_async_init(uv_loop_t *loop, uv_async_t *async, uv_async_cb cb) {
    return fails(false) ? UV_EMFILE : __real_uv_async_init(loop, async, cb);
}

/* ---- Locks ---- */

static atomic_int locks_outstanding;

/* Of those that are outstanding, as many as there is room for. */
static struct {
    _Atomic uintptr_t lock; /* 0: a free place */
    _Atomic uintptr_t made_by;
} made[64];
enum { MADE_MAX = sizeof made / sizeof made[0] };

static void put(uintptr_t from, uintptr_t to, uintptr_t made_by) {
    for (int i = 0; i < MADE_MAX; i++) {
        uintptr_t found = from;
        if (atomic_compare_exchange_strong(&made[i].lock, &found, to)) {
            (void)atomic_exchange(&made[i].made_by, made_by);
            return;
        }
    }
}

static int locked(int code, const void *lock, const void *made_by) {
    if (code == 0) {
        (void)atomic_fetch_add(&locks_outstanding, 1);
        put(0, (uintptr_t)lock, (uintptr_t)made_by);
    }
    return code;
}

static void unlocked(const void *lock) {
    (void)atomic_fetch_sub(&locks_outstanding, 1);
    put((uintptr_t)lock, 0, 0);
}

int faults_locks_outstanding(void) {
    return atomic_load(&locks_outstanding);
}

extern const char __executable_start[];

void faults_say_locks(void) {
    for (int i = 0; i < MADE_MAX; i++) {
        if (atomic_load(&made[i].lock) != 0) {
            print_error("left after the test: lock never destroyed; made at "
                        "program+%#zx\n",
                        (size_t)(atomic_load(&made[i].made_by) -
                                 (uintptr_t)__executable_start));
        }
    }
}

int __wrap_uv_mutex_init(uv_mutex_t *mutex) {
    return locked(fails(false) ? UV_ENOMEM : __real_uv_mutex_init(mutex), mutex,
                  __builtin_return_address(0));
}

int __wrap_uv_cond_init(uv_cond_t *cond) {
    return locked(fails(false) ? UV_ENOMEM : __real_uv_cond_init(cond), cond,
                  __builtin_return_address(0));
}

void __wrap_uv_mutex_destroy(uv_mutex_t *mutex) {
    __real_uv_mutex_destroy(mutex);
    unlocked(mutex);
}

void __wrap_uv_cond_destroy(uv_cond_t *cond) {
    __real_uv_cond_destroy(cond);
    unlocked(cond);
}

/* ---- The clock, moved ---- */

static _Atomic uint64_t clock_ahead_ns;

uint64_t __real_uv_hrtime(void);

uint64_t __wrap_uv_hrtime(void) {
    return __real_uv_hrtime() + atomic_load(&clock_ahead_ns);
}

void faults_advance_clock(uint64_t ns) {
    (void)atomic_fetch_add(&clock_ahead_ns, ns);
}

static atomic_bool one_thread_only;

int __real_sqlite3_threadsafe(void);

int __wrap_sqlite3_threadsafe(void) {
    return atomic_load(&one_thread_only) ? 0 : __real_sqlite3_threadsafe();
}

void faults_say_one_thread(bool one_thread) {
    atomic_store(&one_thread_only, one_thread);
}
