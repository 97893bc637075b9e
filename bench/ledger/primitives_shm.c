/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/primitives.h"

#include <fcntl.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>

#include "ledger/registry.h"
#include "ledger/shared.h"

/* Shared memory, semaphores and queues that outlive their process. How they are
 * removed is not seen, for the kernel says what is still there. */

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

/* @name may begin with a slash: "/users" is /dev/shm/users, or sem.users. */
static void note_file(const char *primitive, const char *prefix,
                      const char *name) {
    char path[REGISTRY_TEXT_SIZE];
    struct stat info;
    (void)snprintf(path, sizeof path, SHARED_FOLDER "%s%s", prefix,
                   name[0] == '/' ? name + 1 : name);
    if (lstat(path, &info) == 0) {
        noted(REGISTRY_SHM, info.st_ino, primitive, path);
    }
}

int __real_shm_open(const char *name, int flags, mode_t mode);
int __wrap_shm_open(const char *name, int flags, mode_t mode);
int __wrap_shm_open(const char *name, int flags, mode_t mode) {
    int fd = __real_shm_open(name, flags, mode);
    if (fd >= 0 && (flags & O_CREAT) != 0) {
        note_file("shm_open", "", name);
    }
    return fd;
}

sem_t *__real_sem_open(const char *name, int flags, ...);
sem_t *__wrap_sem_open(const char *name, int flags, ...);
sem_t *__wrap_sem_open(const char *name, int flags, ...) {
    if ((flags & O_CREAT) == 0) {
        return __real_sem_open(name, flags);
    }
    va_list list;
    va_start(list, flags);
    mode_t mode = va_arg(list, mode_t);
    unsigned value = va_arg(list, unsigned);
    va_end(list);
    sem_t *semaphore = __real_sem_open(name, flags, mode, value);
    if (semaphore != SEM_FAILED) {
        note_file("sem_open", "sem.", name);
    }
    return semaphore;
}

static int made(enum shared_ipc ipc, const char *primitive, int id, key_t key,
                int flags) {
    if (id >= 0 && (key == IPC_PRIVATE || (flags & IPC_CREAT) != 0)) {
        noted(REGISTRY_IPC, shared_ipc_key(ipc, id), primitive,
              shared_ipc_name(ipc));
    }
    return id;
}

int __real_shmget(key_t key, size_t size, int flags);
int __wrap_shmget(key_t key, size_t size, int flags);
int __wrap_shmget(key_t key, size_t size, int flags) {
    return made(SHARED_SEGMENT, "shmget", __real_shmget(key, size, flags), key,
                flags);
}

int __real_semget(key_t key, int count, int flags);
int __wrap_semget(key_t key, int count, int flags);
int __wrap_semget(key_t key, int count, int flags) {
    return made(SHARED_SEMAPHORES, "semget", __real_semget(key, count, flags),
                key, flags);
}

int __real_msgget(key_t key, int flags);
int __wrap_msgget(key_t key, int flags);
int __wrap_msgget(key_t key, int flags) {
    return made(SHARED_QUEUE, "msgget", __real_msgget(key, flags), key, flags);
}
