/* SPDX-License-Identifier: Apache-2.0 */
#include "database/sidecar.h"

#include <sqlite3.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"

static const char *const endings[] = {"-wal", "-shm", "-journal"};

#define ENDINGS_COUNT (sizeof endings / sizeof endings[0])

const char *sidecar_find(const char *path, struct arena *arena) {
    for (size_t i = 0; i < ENDINGS_COUNT; i++) {
        const char *sidecar = arena_format(arena, "%s%s", path, endings[i]);
        struct stat info;

        if (lstat(sidecar, &info) == 0) {
            return sidecar;
        }
    }
    return NULL;
}

/* The last one to close a database removes its sidecars; reading makes it look
 * at them. Where others have it open, or it is none, they stay. */
const char *sidecar_settle(const char *path, struct arena *arena) {
    const char *sidecar = sidecar_find(path, arena);
    sqlite3 *db = NULL;

    if (sidecar == NULL) {
        return NULL;
    }
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
        (void)sqlite3_exec(db, "SELECT 1 FROM sqlite_schema", NULL, NULL, NULL);
    }
    (void)sqlite3_close(db);
    return sidecar_find(path, arena);
}

void sidecar_remove(const char *path, struct arena *arena) {
    for (size_t i = 0; i < ENDINGS_COUNT; i++) {
        (void)unlink(arena_format(arena, "%s%s", path, endings[i]));
    }
}
