/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/leaf.h"

#include <pthread.h>
#include <stdalign.h>

#include "base/check.h"

/* Threads that take different ones share no cache line. */
struct mutex {
    alignas(64) pthread_mutex_t mutex;
};

static struct mutex leaves[LEAF_COUNT] = {
    [LEAF_REGISTRY] = {PTHREAD_MUTEX_INITIALIZER},
    [LEAF_ORIGINS] = {PTHREAD_MUTEX_INITIALIZER},
    [LEAF_STACKS] = {PTHREAD_MUTEX_INITIALIZER},
    [LEAF_TRAIL] = {PTHREAD_MUTEX_INITIALIZER},
};

void leaf_lock(enum leaf leaf) {
    (void)pthread_mutex_lock(&leaves[leaf].mutex);
}

void leaf_unlock(enum leaf leaf) {
    (void)pthread_mutex_unlock(&leaves[leaf].mutex);
}

static void lock_all(void) {
    for (unsigned i = 0; i < LEAF_COUNT; i++) {
        leaf_lock(i);
    }
}

static void unlock_all(void) {
    for (unsigned i = 0; i < LEAF_COUNT; i++) {
        leaf_unlock(i);
    }
}

/* Past the wrap: what the ledger sets is in no ledger. */
int __real_pthread_atfork(void (*prepare)(void), void (*parent)(void),
                          void (*child)(void));

__attribute__((constructor)) static void survive_fork(void) {
    if (__real_pthread_atfork(lock_all, unlock_all, unlock_all) != 0) {
        check_out_of_memory();
    }
}
