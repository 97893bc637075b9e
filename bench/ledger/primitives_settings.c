/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/primitives.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "ledger/registry.h"

/* Keys of thread-local values; and what is to be called at an exit or a fork,
 * which nobody can take back. */

static void noted(enum registry_kind kind, uint64_t key, const char *primitive,
                  const char *text) {
    struct registry_entry entry = {
        .kind = kind,
        .key = key,
        .origin.primitive = primitive,
    };
    (void)snprintf(entry.text, sizeof entry.text, "%s", text);
    registry_add(&entry);
}

static uint64_t next_number(void) {
    static _Atomic uint64_t last;
    return atomic_fetch_add(&last, 1);
}

int __real_pthread_key_create(pthread_key_t *key, void (*end)(void *));
int __wrap_pthread_key_create(pthread_key_t *key, void (*end)(void *));
int __wrap_pthread_key_create(pthread_key_t *key, void (*end)(void *)) {
    int status = __real_pthread_key_create(key, end);
    if (status == 0) {
        noted(REGISTRY_KEY, *key, "pthread_key_create",
              "key of thread-local values");
    }
    return status;
}

int __real_pthread_key_delete(pthread_key_t key);
int __wrap_pthread_key_delete(pthread_key_t key);
int __wrap_pthread_key_delete(pthread_key_t key) {
    (void)registry_remove(REGISTRY_KEY, key, NULL);
    return __real_pthread_key_delete(key);
}

int __real_atexit(void (*function)(void));
int __wrap_atexit(void (*function)(void));
int __wrap_atexit(void (*function)(void)) {
    int status = __real_atexit(function);
    if (status == 0) {
        noted(REGISTRY_AT_END, next_number(), "atexit",
              "function to be called at exit");
    }
    return status;
}

int __real_pthread_atfork(void (*prepare)(void), void (*parent)(void),
                          void (*child)(void));
int __wrap_pthread_atfork(void (*prepare)(void), void (*parent)(void),
                          void (*child)(void));
int __wrap_pthread_atfork(void (*prepare)(void), void (*parent)(void),
                          void (*child)(void)) {
    int status = __real_pthread_atfork(prepare, parent, child);
    if (status == 0) {
        noted(REGISTRY_AT_END, next_number(), "pthread_atfork",
              "functions to be called at a fork");
    }
    return status;
}
