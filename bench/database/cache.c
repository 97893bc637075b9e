/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "base/text.h"
#include "database/database.h"
#include "database/generator.h"
#include "database/header.h"

/* An empty variable counts as none. */
static const char *environment(const char *name) {
    const char *value = getenv(name);

    return value == NULL || value[0] == '\0' ? NULL : value;
}

/* NULL: nowhere. */
static const char *cache_folder(struct arena *arena) {
    const char *chosen = environment("PLUNGE_CACHE");
    const char *cache = environment("XDG_CACHE_HOME");
    const char *home = environment("HOME");
    struct stat info;

    if (chosen != NULL) {
        return arena_text(arena, chosen);
    }
    if (stat("build", &info) == 0 && S_ISDIR(info.st_mode)) {
        return "build/data";
    }
    if (cache != NULL && cache[0] == '/') { /* as its specification has it */
        return arena_format(arena, "%s/plunge", cache);
    }
    if (home != NULL) {
        return arena_format(arena, "%s/.cache/plunge", home);
    }
    return NULL;
}

/* Absolute, so that it holds in a process that goes elsewhere. */
const char *database_folder(struct arena *arena, const char **problem_out) {
    const char *folder = cache_folder(arena);

    if (folder == NULL) {
        *problem_out = "there is no folder for generated databases: set "
                       "PLUNGE_CACHE to one";
        return NULL;
    }
    int status = file_make_folder(folder);
    char *real = status == 0 ? realpath(folder, NULL) : NULL;
    if (real == NULL) {
        *problem_out = arena_format(
            arena,
            "%s: cannot be made a folder for generated databases: %s (set "
            "PLUNGE_CACHE to another one)",
            folder, strerror(status == 0 ? errno : -status));
        return NULL;
    }
    const char *absolute = arena_text(arena, real);
    free(real);
    return absolute;
}

/* All that the bytes depend on: what is as always is not said. */
static const char *cached_path(const char *folder,
                               const struct database_options *options,
                               struct arena *arena) {
    const struct database_form *form = &options->form;
    struct text path;

    text_init(&path);
    text_format(&path, "%s/users-%" PRIu64 "-seed-%" PRIu64, folder,
                options->users, options->seed);
    if (header_page_size(form) != DATABASE_PAGE_SIZE_DEFAULT) {
        text_format(&path, "-page-%" PRIu32, form->page_size);
    }
    if (form->journal != DATABASE_WAL) {
        text_append(&path, "-rollback");
    }
    if (form->without_rowid) {
        text_append(&path, "-without-rowid");
    }
    if (options->bio.median != 0) {
        text_format(&path, "-bio-%" PRIu64 "-%.17g", options->bio.median,
                    options->bio.sigma);
    }
    text_format(&path, "-v%d-sqlite-%s.db", HEADER_VERSION,
                sqlite3_libversion());
    const char *kept = arena_text(arena, path.bytes);
    text_fini(&path);
    return kept;
}

/* Where another process was first, and has its database open already, ours
 * cannot take its place, and need not. */
static int generate(const char *path, const struct database_options *options,
                    struct arena *arena, uint64_t *bytes_out,
                    const char **problem_out) {
    int status =
        generator_run(path, GENERATOR_KEEP_WHOLE, options, arena, problem_out);

    if (status != 0 && *problem_out == NULL) {
        return -1;
    }
    if (header_is_whole(path, &options->form, bytes_out)) {
        *problem_out = NULL;
        return 0;
    }
    if (status == 0) {
        *problem_out = arena_format(
            arena, "%s: is not the database that was just written there", path);
    }
    return -1;
}

bool database_is_cached(const struct database_options *options,
                        struct arena *arena, uint64_t *bytes_out) {
    const char *folder = cache_folder(arena);

    return folder != NULL &&
           header_is_whole(cached_path(folder, options, arena), &options->form,
                           bytes_out);
}

int database_cached(const struct database_options *options, struct arena *arena,
                    const char **path_out, struct result_database *facts_out,
                    const char **problem_out) {
    *problem_out = NULL;
    const char *folder = database_folder(arena, problem_out);
    if (folder == NULL) {
        return -1;
    }
    const char *path = cached_path(folder, options, arena);
    struct result_database facts = {.users = options->users};

    facts.cached = header_is_whole(path, &options->form, &facts.bytes);
    if (!facts.cached) {
        uint64_t started_ns = clock_now_ns();
        if (generate(path, options, arena, &facts.bytes, problem_out) != 0) {
            return -1;
        }
        facts.generate_s =
            (double)(clock_now_ns() - started_ns) / (double)CLOCK_NS_PER_S;
    }
    *path_out = path;
    *facts_out = facts;
    return 0;
}
