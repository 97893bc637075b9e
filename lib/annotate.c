/* SPDX-License-Identifier: Apache-2.0 */
#include "annotate.h"

#include <sqlite3.h>
#include <string.h>

#ifdef DBPOOL_VALGRIND
#include <pthread.h>
#include <stdbool.h>
#include <sys/mman.h>

/* Where the flag is nobody says: it is what an interrupt changes. */
void dbpool__annotate_interrupt(struct sqlite3 *handle) {
    unsigned char before[4096];
    size_t size = (size_t)sqlite3_msize(handle);
    if (size > sizeof before) {
        size = sizeof before;
    }
    memcpy(before, handle, size);
    sqlite3_interrupt(handle);
    const unsigned char *after = (const unsigned char *)handle;
    for (size_t i = 0; i + sizeof(int) <= size; i += sizeof(int)) {
        if (memcmp(before + i, after + i, sizeof(int)) != 0) {
            VALGRIND_HG_DISABLE_CHECKING(after + i, sizeof(int));
            ANNOTATE_BENIGN_RACE_SIZED(after + i, sizeof(int), "");
        }
    }
}

/* The index is all that SQLite maps, but for files with PRAGMA mmap_size, which
 * it maps to read. When it is unmapped, valgrind forgets what was said. */
static void *map_unchecked(void *address, size_t size, int protection,
                           int flags, int file, off_t offset) {
    void *mapped = mmap(address, size, protection, flags, file, offset);
    if (mapped != MAP_FAILED) {
        VALGRIND_HG_DISABLE_CHECKING(mapped, size);
        ANNOTATE_BENIGN_RACE_SIZED(mapped, size, "");
    }
    return mapped;
}

/* SQLite notes its process's number, without a lock, when it opens a file for
 * the first time. */
static void open_first_file(sqlite3_vfs *files) {
    sqlite3_file *file = sqlite3_malloc(files->szOsFile);
    if (file == NULL) {
        return;
    }
    memset(file, 0, (size_t)files->szOsFile);
    if (files->xOpen(files, "/dev/null\0", file,
                     SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_READONLY,
                     NULL) == SQLITE_OK) {
        (void)file->pMethods->xClose(file);
    }
    sqlite3_free(file);
}

/* Every thread takes the mutex before it can come to SQLite's table of calls,
 * which the first one changes. */
void dbpool__annotate_log_index(void) {
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static bool done;
    (void)pthread_mutex_lock(&mutex);
    sqlite3_vfs *files = done ? NULL : sqlite3_vfs_find(NULL);
    if (files != NULL && files->iVersion >= 3) {
        (void)files->xSetSystemCall(files, "mmap",
                                    (sqlite3_syscall_ptr)map_unchecked);
        open_first_file(files);
        done = true;
    }
    (void)pthread_mutex_unlock(&mutex);
}

#else

void dbpool__annotate_log_index(void) {
}

void dbpool__annotate_interrupt(struct sqlite3 *handle) {
    (void)handle;
}

#endif
