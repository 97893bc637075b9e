/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/use.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "ledger/view.h"

/* Not into the middle of a character. */
static size_t cut_size(const char *sql) {
    size_t size = USE_SQL_SIZE_MAX;
    while (size > 0 && ((unsigned char)sql[size] & 0xC0) == 0x80) {
        size--;
    }
    return size;
}

static const char *shortened(const char *sql, struct arena *arena) {
    if (strlen(sql) <= USE_SQL_SIZE_MAX) {
        return sql;
    }
    return arena_format(arena, "%.*s...", (int)cut_size(sql), sql);
}

const char *use_of_connection(const struct view *view,
                              const struct registry_entry *connection,
                              const char *site, struct arena *arena) {
    const struct dbpool_census_entry *counted =
        view_counted(view, DBPOOL_KIND_CONNECTION, connection->key);
    const struct dbpool_census_entry *statement =
        counted == NULL ? NULL : view_census_id(view, counted->last_id);
    if (site == NULL || statement == NULL) {
        return site;
    }
    return arena_format(arena, "%s, last used by '%s'", site,
                        shortened(statement->text, arena));
}

static const char *name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static bool is_file_of(const char *target, const char *path) {
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    const char *file = name_of(target);
    const char *name = name_of(path);
    size_t size = strlen(name);
    if (size == 0 || strncmp(file, name, size) != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        if (strcmp(file + size, suffixes[i]) == 0) {
            return true;
        }
    }
    return false;
}

const char *use_of_fd(const struct view *view,
                      const struct registry_entry *registered,
                      const struct proc_fd *fd, const char *site,
                      struct arena *arena) {
    for (size_t i = 0; i < view->registry_count; i++) {
        const struct registry_entry *entry = &view->registry[i];
        if (entry->kind == REGISTRY_CONNECTION &&
            entry->origin.thread == registered->origin.thread &&
            is_file_of(fd->target, entry->text)) {
            return use_of_connection(view, entry, site, arena);
        }
    }
    return site;
}
