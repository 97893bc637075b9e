/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/primitives.h"

#include <pthread.h>
#include <semaphore.h>
#include <string.h>

#include "ledger/registry.h"

/* What threads wait for each other with: libuv's, and so dbpool's, and
 * SQLite's. What is made without a call (PTHREAD_MUTEX_INITIALIZER) needs none
 * to be ended. */

static int made(const char *primitive, const char *what, int status,
                const volatile void *lock) {
    if (status == 0) {
        struct registry_entry entry = {
            .kind = REGISTRY_LOCK,
            .origin.primitive = primitive,
            .key = (uintptr_t)lock,
        };
        memcpy(entry.text, what, strlen(what));
        registry_add(&entry);
    }
    return status;
}

/* Before it is destroyed: its memory may be another one's at once. */
static bool leaves(const volatile void *lock, struct registry_entry *entry) {
    return registry_remove(REGISTRY_LOCK, (uintptr_t)lock, entry);
}

static int destroyed(int status, bool was_known,
                     const struct registry_entry *entry) {
    if (was_known && status != 0) {
        registry_restore(entry);
    }
    return status;
}

int __real_pthread_mutex_destroy(pthread_mutex_t *lock);
int __wrap_pthread_mutex_destroy(pthread_mutex_t *lock);
int __wrap_pthread_mutex_destroy(pthread_mutex_t *lock) {
    struct registry_entry entry;
    bool was_known = leaves(lock, &entry);
    return destroyed(__real_pthread_mutex_destroy(lock), was_known, &entry);
}

int __real_pthread_cond_destroy(pthread_cond_t *lock);
int __wrap_pthread_cond_destroy(pthread_cond_t *lock);
int __wrap_pthread_cond_destroy(pthread_cond_t *lock) {
    struct registry_entry entry;
    bool was_known = leaves(lock, &entry);
    return destroyed(__real_pthread_cond_destroy(lock), was_known, &entry);
}

int __real_pthread_rwlock_destroy(pthread_rwlock_t *lock);
int __wrap_pthread_rwlock_destroy(pthread_rwlock_t *lock);
int __wrap_pthread_rwlock_destroy(pthread_rwlock_t *lock) {
    struct registry_entry entry;
    bool was_known = leaves(lock, &entry);
    return destroyed(__real_pthread_rwlock_destroy(lock), was_known, &entry);
}

int __real_pthread_barrier_destroy(pthread_barrier_t *lock);
int __wrap_pthread_barrier_destroy(pthread_barrier_t *lock);
int __wrap_pthread_barrier_destroy(pthread_barrier_t *lock) {
    struct registry_entry entry;
    bool was_known = leaves(lock, &entry);
    return destroyed(__real_pthread_barrier_destroy(lock), was_known, &entry);
}

int __real_sem_destroy(sem_t *lock);
int __wrap_sem_destroy(sem_t *lock);
int __wrap_sem_destroy(sem_t *lock) {
    struct registry_entry entry;
    bool was_known = leaves(lock, &entry);
    return destroyed(__real_sem_destroy(lock), was_known, &entry);
}

int __real_pthread_mutex_init(pthread_mutex_t *lock,
                              const pthread_mutexattr_t *attributes);
int __wrap_pthread_mutex_init(pthread_mutex_t *lock,
                              const pthread_mutexattr_t *attributes);
int __wrap_pthread_mutex_init(pthread_mutex_t *lock,
                              const pthread_mutexattr_t *attributes) {
    return made("pthread_mutex_init", "mutex",
                __real_pthread_mutex_init(lock, attributes), lock);
}

int __real_pthread_cond_init(pthread_cond_t *lock,
                             const pthread_condattr_t *attributes);
int __wrap_pthread_cond_init(pthread_cond_t *lock,
                             const pthread_condattr_t *attributes);
int __wrap_pthread_cond_init(pthread_cond_t *lock,
                             const pthread_condattr_t *attributes) {
    return made("pthread_cond_init", "condition variable",
                __real_pthread_cond_init(lock, attributes), lock);
}

int __real_pthread_rwlock_init(pthread_rwlock_t *lock,
                               const pthread_rwlockattr_t *attributes);
int __wrap_pthread_rwlock_init(pthread_rwlock_t *lock,
                               const pthread_rwlockattr_t *attributes);
int __wrap_pthread_rwlock_init(pthread_rwlock_t *lock,
                               const pthread_rwlockattr_t *attributes) {
    return made("pthread_rwlock_init", "read-write lock",
                __real_pthread_rwlock_init(lock, attributes), lock);
}

int __real_pthread_barrier_init(pthread_barrier_t *lock,
                                const pthread_barrierattr_t *attributes,
                                unsigned count);
int __wrap_pthread_barrier_init(pthread_barrier_t *lock,
                                const pthread_barrierattr_t *attributes,
                                unsigned count);
int __wrap_pthread_barrier_init(pthread_barrier_t *lock,
                                const pthread_barrierattr_t *attributes,
                                unsigned count) {
    return made("pthread_barrier_init", "barrier",
                __real_pthread_barrier_init(lock, attributes, count), lock);
}

int __real_sem_init(sem_t *lock, int shared, unsigned value);
int __wrap_sem_init(sem_t *lock, int shared, unsigned value);
int __wrap_sem_init(sem_t *lock, int shared, unsigned value) {
    return made("sem_init", "semaphore", __real_sem_init(lock, shared, value),
                lock);
}
