/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/primitives.h"

#include <stdarg.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ledger/registry.h"

/* What SQLite, dbpool and plunge map. The C library's own (arenas, stacks of
 * threads) do not come by here. */

static void *mapped(const char *primitive, void *address, size_t size) {
    if (address != MAP_FAILED) {
        registry_add(&(struct registry_entry){
            .kind = REGISTRY_MAP,
            .origin.primitive = primitive,
            .key = (uintptr_t)address,
            .size = size,
        });
    }
    return address;
}

void *__real_mmap(void *address, size_t size, int protection, int flags, int fd,
                  off_t offset);
void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd,
                  off_t offset);
void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd,
                  off_t offset) {
    return mapped("mmap",
                  __real_mmap(address, size, protection, flags, fd, offset),
                  size);
}

void *__real_mmap64(void *address, size_t size, int protection, int flags,
                    int fd, off64_t offset);
void *__wrap_mmap64(void *address, size_t size, int protection, int flags,
                    int fd, off64_t offset);
void *__wrap_mmap64(void *address, size_t size, int protection, int flags,
                    int fd, off64_t offset) {
    return mapped("mmap",
                  __real_mmap64(address, size, protection, flags, fd, offset),
                  size);
}

static size_t whole_pages(size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (size + page - 1) / page * page;
}

/* What stays of a mapping whose first pages were given back. */
static void keep_rest(const struct registry_entry *entry, size_t size) {
    size_t gone = whole_pages(size);
    if (gone < entry->size) {
        struct registry_entry rest = *entry;
        rest.key += gone;
        rest.size -= gone;
        registry_restore(&rest);
    }
}

int __real_munmap(void *address, size_t size);
int __wrap_munmap(void *address, size_t size);
int __wrap_munmap(void *address, size_t size) {
    struct registry_entry entry;
    bool is_known = registry_remove(REGISTRY_MAP, (uintptr_t)address, &entry);
    int status = __real_munmap(address, size);
    if (is_known && status != 0) {
        registry_restore(&entry);
    } else if (is_known) {
        keep_rest(&entry, size);
    }
    return status;
}

/* It stays the same mapping, wherever it goes. */
void *__real_mremap(void *address, size_t size, size_t new_size, int flags,
                    ...);
void *__wrap_mremap(void *address, size_t size, size_t new_size, int flags,
                    ...);
void *__wrap_mremap(void *address, size_t size, size_t new_size, int flags,
                    ...) {
    va_list list;
    va_start(list, flags);
    void *wanted = (flags & MREMAP_FIXED) != 0 ? va_arg(list, void *) : NULL;
    va_end(list);
    struct registry_entry entry;
    bool is_known = registry_remove(REGISTRY_MAP, (uintptr_t)address, &entry);
    void *moved = __real_mremap(address, size, new_size, flags, wanted);
    if (is_known && moved != MAP_FAILED) {
        entry.key = (uintptr_t)moved;
        entry.size = new_size;
    }
    if (is_known) {
        registry_restore(&entry);
    }
    return moved;
}
