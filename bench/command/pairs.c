/* SPDX-License-Identifier: Apache-2.0 */
#include "command/pairs.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "command/command.h"
#include "command/saved.h"

struct names {
    char **items;
    size_t count;
};

static bool is_folder(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool is_run(const char *folder, const char *name, struct arena *arena) {
    const char *path = arena_format(arena, "%s/%s/result.json", folder, name);
    return access(path, F_OK) == 0;
}

bool pairs_is_collection(const char *path, struct arena *arena) {
    return is_folder(path) && !is_run(path, ".", arena);
}

static int is_name(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

/* The runs in @folder, by name. */
static int list_runs(const char *folder, struct arena *arena,
                     struct names *names) {
    struct dirent **entries = NULL;
    const int count = scandir(folder, &entries, is_name, alphasort);
    if (count < 0) {
        (void)fprintf(stderr, "plunge: %s: %s\n", folder, strerror(errno));
        return COMMAND_NOT_COMPLETED;
    }
    names->items = arena_alloc(arena, (size_t)count * sizeof *names->items);
    for (int i = 0; i < count; i++) {
        if (is_run(folder, entries[i]->d_name, arena)) {
            names->items[names->count++] =
                arena_text(arena, entries[i]->d_name);
        }
        free(entries[i]);
    }
    free(entries);
    if (names->count == 0) {
        (void)fprintf(stderr,
                      "plunge: %s: holds neither a result.json nor folders of "
                      "runs that do\n",
                      folder);
        return COMMAND_WRONG_INPUT;
    }
    return COMMAND_OK;
}

static bool has_name(const struct names *names, const char *name) {
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static int read_pair(const char *base, const char *newer, struct arena *arena,
                     struct pairs *pairs) {
    struct pair pair = {.base_path = base, .new_path = newer};
    int status = saved_read(base, arena, &pair.base);
    status = command_worse(status, saved_read(newer, arena, &pair.newer));
    if (status == COMMAND_OK) {
        pairs->items =
            arena_more(arena, pairs->items, pairs->count, sizeof pair);
        pairs->items[pairs->count++] = pair;
    }
    return status;
}

static void add_lonely(struct pairs *pairs, const char *name,
                       const char *folder, struct arena *arena) {
    pairs->lonely = arena_more(arena, pairs->lonely, pairs->lonely_count,
                               sizeof *pairs->lonely);
    pairs->lonely[pairs->lonely_count++] = arena_format(
        arena, "%s is in %s alone, and not compared", name, folder);
}

static int read_common(const char *base, const char *newer, struct arena *arena,
                       struct pairs *pairs) {
    struct names olds = {0};
    struct names news = {0};
    int status = list_runs(base, arena, &olds);
    status = command_worse(status, list_runs(newer, arena, &news));
    for (size_t i = 0; status == COMMAND_OK && i < news.count; i++) {
        const char *name = news.items[i];
        if (!has_name(&olds, name)) {
            add_lonely(pairs, name, newer, arena);
            continue;
        }
        status = command_worse(
            status,
            read_pair(arena_format(arena, "%s/%s", base, name),
                      arena_format(arena, "%s/%s", newer, name), arena, pairs));
    }
    for (size_t i = 0; i < olds.count; i++) {
        if (!has_name(&news, olds.items[i])) {
            add_lonely(pairs, olds.items[i], base, arena);
            pairs->is_missing = true;
        }
    }
    if (status == COMMAND_OK && pairs->count == 0) {
        (void)fprintf(stderr,
                      "plunge: %s and %s have no run of the same name\n", base,
                      newer);
        return COMMAND_WRONG_INPUT;
    }
    return status;
}

int pairs_read(const char *base, const char *newer, struct arena *arena,
               struct pairs *pairs_out) {
    const bool olds = pairs_is_collection(base, arena);
    const bool news = pairs_is_collection(newer, arena);
    *pairs_out = (struct pairs){0};
    if (olds && news) {
        return read_common(base, newer, arena, pairs_out);
    }
    if (olds != news) {
        (void)fprintf(stderr,
                      "plunge: %s is a folder of runs, and %s is one run: name "
                      "the run's folder in it\n",
                      olds ? base : newer, olds ? newer : base);
        return COMMAND_WRONG_INPUT;
    }
    return read_pair(base, newer, arena, pairs_out);
}
