/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/primitives.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include <uv.h>

#include "ledger/origin.h"
#include "ledger/refusal.h"
#include "ledger/threads.h"

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

/* More than any address space: glibc cannot map it, and says EAGAIN. */
#define STACK_SIZE_IMPOSSIBLE ((size_t)1 << 60)

int __real_pthread_create(pthread_t *handle, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);
int __real_pthread_join(pthread_t handle, void **result);
int __real_pthread_detach(pthread_t handle);

int __wrap_pthread_create(pthread_t *handle, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);
int __wrap_pthread_join(pthread_t handle, void **result);
int __wrap_pthread_detach(pthread_t handle);

static _Atomic bool by_filter;
static _Atomic uint64_t refused_at;

/* The first time is what counts. */
static int note_refusal(int status) {
    uint64_t never = 0;
    if (status == EAGAIN) {
        (void)atomic_compare_exchange_strong(&refused_at, &never,
                                             threads_live());
    }
    return status;
}

static int refuse(pthread_t *handle, void *(*start)(void *), void *argument) {
    if (RUNNING_ON_VALGRIND != 0) {
        return EAGAIN;
    }
    if (atomic_load(&by_filter)) {
        static _Atomic bool is_installed;
        int problem =
            atomic_exchange(&is_installed, true) ? 0 : refusal_install();
        return problem != 0
                   ? problem
                   : __real_pthread_create(handle, NULL, start, argument);
    }
    pthread_attr_t attributes;
    int status = pthread_attr_init(&attributes);
    if (status != 0) {
        return status;
    }
    status = pthread_attr_setstacksize(&attributes, STACK_SIZE_IMPOSSIBLE);
    if (status == 0) {
        status = __real_pthread_create(handle, &attributes, start, argument);
    }
    (void)pthread_attr_destroy(&attributes);
    return status;
}

static bool is_detached(const pthread_attr_t *attributes) {
    int state = PTHREAD_CREATE_JOINABLE;
    return attributes != NULL &&
           pthread_attr_getdetachstate(attributes, &state) == 0 &&
           state == PTHREAD_CREATE_DETACHED;
}

int __wrap_pthread_create(pthread_t *handle, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument) {
    struct threads_record *record =
        threads_begin(start, argument, is_detached(attributes));
    if (record == NULL) {
        return note_refusal(refuse(handle, start, argument));
    }
    int status = __real_pthread_create(handle, attributes, threads_run, record);
    if (status != 0) {
        threads_failed(record);
        (void)note_refusal(status);
    } else {
        threads_created(record, *handle);
    }
    return status;
}

int __real_uv_thread_create(uv_thread_t *handle, uv_thread_cb start,
                            void *argument);
int __wrap_uv_thread_create(uv_thread_t *handle, uv_thread_cb start,
                            void *argument);
int __wrap_uv_thread_create(uv_thread_t *handle, uv_thread_cb start,
                            void *argument) {
    const char *outer = origin_enter("uv_thread_create");
    int status = __real_uv_thread_create(handle, start, argument);
    origin_leave(outer);
    return status;
}

int __real_uv_thread_create_ex(uv_thread_t *handle,
                               const uv_thread_options_t *options,
                               uv_thread_cb start, void *argument);
int __wrap_uv_thread_create_ex(uv_thread_t *handle,
                               const uv_thread_options_t *options,
                               uv_thread_cb start, void *argument);
int __wrap_uv_thread_create_ex(uv_thread_t *handle,
                               const uv_thread_options_t *options,
                               uv_thread_cb start, void *argument) {
    const char *outer = origin_enter("uv_thread_create_ex");
    int status = __real_uv_thread_create_ex(handle, options, start, argument);
    origin_leave(outer);
    return status;
}

int __wrap_pthread_join(pthread_t handle, void **result) {
    struct threads_record *record = threads_joining(handle);
    int status = __real_pthread_join(handle, result);
    threads_joined(record, status == 0);
    return status;
}

int __wrap_pthread_detach(pthread_t handle) {
    threads_detached(handle);
    return __real_pthread_detach(handle);
}

uint64_t primitives_threads_live(void) {
    return threads_live();
}

void primitives_threads_limit(uint64_t limit) {
    threads_limit(limit);
}

const char *primitives_threads_mechanism(void) {
    return RUNNING_ON_VALGRIND != 0 ? "budget (simulated)" : "budget";
}

void primitives_threads_refuse_by_filter(void) {
    atomic_store(&by_filter, true);
}

uint64_t primitives_threads_refused_at(void) {
    return atomic_load(&refused_at);
}
