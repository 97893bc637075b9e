/* SPDX-License-Identifier: Apache-2.0 */
#include "database/generator.h"

#include <errno.h>
#include <libgen.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/arena.h"
#include "base/quantity.h"
#include "database/database.h"
#include "database/header.h"
#include "database/sidecar.h"
#include "database/temporary.h"
#include "database/writer.h"

struct generation {
    const char *path;   /* as the caller wrote it: for sentences */
    const char *target; /* what it names, links followed */
    enum generator_existing existing;
    const struct database_options *options;
    struct arena *arena;
};

static const char *follow_links(const char *path, struct arena *arena) {
    char *real = realpath(path, NULL);
    const char *target = arena_text(arena, real == NULL ? path : real);

    free(real);
    return target;
}

/* A sentence, or NULL. SQLite would take the old database's sidecars for the
 * new one's, and put its pages into it. */
static const char *refuse_sidecars(const struct generation *generation) {
    const char *sidecar = sidecar_settle(generation->target, generation->arena);

    if (sidecar == NULL) {
        return NULL;
    }
    return arena_format(generation->arena,
                        "%s: cannot be replaced while %s is there: close the "
                        "database that it belongs to, or remove it",
                        generation->path, sidecar);
}

/* Found before the work, rather than after it. */
static const char *refuse_target(const struct generation *generation) {
    const char *target = generation->target;
    size_t size = strlen(target);
    struct stat info;

    if (stat(target, &info) == 0 && !S_ISREG(info.st_mode)) {
        return arena_format(
            generation->arena, "%s: cannot be replaced: it is %s",
            generation->path,
            S_ISDIR(info.st_mode) ? "a folder" : "not a regular file");
    }
    if (size == 0 || target[size - 1] == '/') {
        return arena_format(generation->arena,
                            "'%s': cannot be written: it names no file",
                            generation->path);
    }
    return refuse_sidecars(generation);
}

static const char *refuse_users(const struct generation *generation) {
    char count[QUANTITY_SIZE];
    char most[QUANTITY_SIZE];

    if (generation->options->users <= DATABASE_USERS_MAX) {
        return NULL;
    }
    return arena_format(
        generation->arena, "%s: cannot hold %s users: there are logins for %s",
        generation->path, quantity_count(count, generation->options->users),
        quantity_count(most, DATABASE_USERS_MAX));
}

/* A login and two names, and what a tree needs for them: no users take less. */
#define USER_BYTES_MIN UINT64_C(48)

/* The target's folder need not be its own name's: what is not known is found
 * out by writing. */
static const char *refuse_space(const struct generation *generation) {
    char needed[QUANTITY_SIZE];
    char there[QUANTITY_SIZE];
    char *copy = arena_text(generation->arena, generation->target);
    struct statvfs disk;

    if (statvfs(dirname(copy), &disk) != 0) {
        return NULL;
    }
    const uint64_t least = generation->options->users * USER_BYTES_MIN;
    const uint64_t space = (uint64_t)disk.f_bavail * disk.f_frsize;
    if (least <= space) {
        return NULL;
    }
    return arena_format(generation->arena,
                        "%s: cannot be written: its users take more than %s, "
                        "and there are %s left on that disk",
                        generation->path, quantity_size(needed, (double)least),
                        quantity_size(there, (double)space));
}

static const char *cannot_write(const struct generation *generation,
                                const char *reason) {
    return arena_format(generation->arena, "%s: cannot be written: %s",
                        generation->path, reason);
}

static int publish(const struct generation *generation,
                   struct temporary *temporary, const char **problem_out) {
    uint64_t bytes;

    if (generation->existing == GENERATOR_KEEP_WHOLE &&
        header_is_whole(generation->target, &generation->options->form,
                        &bytes)) {
        return 0;
    }
    /* Again: that of the beginning was long ago. */
    *problem_out = refuse_sidecars(generation);
    if (*problem_out != NULL) {
        return -1;
    }
    int status = temporary_publish(temporary, generation->options->no_sync);
    if (status != 0) {
        *problem_out = cannot_write(generation, strerror(-status));
        return -1;
    }
    return 0;
}

static int write_and_publish(const struct generation *generation,
                             struct temporary *temporary,
                             const char **problem_out) {
    struct arena *arena = generation->arena;
    const char *reason = NULL;

    if (writer_fill(temporary->path, generation->options, arena, &reason) !=
        0) {
        *problem_out = reason == NULL ? NULL : cannot_write(generation, reason);
        return -1;
    }
    const char *sidecar = sidecar_find(temporary->path, arena);
    if (sidecar != NULL) {
        *problem_out = cannot_write(
            generation, arena_format(arena, "SQLite left %s", sidecar));
        return -1;
    }
    return publish(generation, temporary, problem_out);
}

int generator_run(const char *path, enum generator_existing existing,
                  const struct database_options *options, struct arena *arena,
                  const char **problem_out) {
    struct generation generation = {.path = path,
                                    .target = follow_links(path, arena),
                                    .existing = existing,
                                    .options = options,
                                    .arena = arena};
    struct temporary temporary;

    *problem_out = refuse_users(&generation);
    if (*problem_out == NULL) {
        *problem_out = refuse_target(&generation);
    }
    if (*problem_out == NULL) {
        *problem_out = refuse_space(&generation);
    }
    if (*problem_out != NULL) {
        return -1;
    }
    int status = temporary_create(&temporary, generation.target, arena);
    if (status != 0) {
        *problem_out = cannot_write(&generation, strerror(-status));
        return -1;
    }
    status = write_and_publish(&generation, &temporary, problem_out);
    temporary_close(&temporary);
    return status;
}

int database_generate(const char *path, const struct database_options *options,
                      struct arena *arena, const char **problem_out) {
    return generator_run(path, GENERATOR_REPLACE, options, arena, problem_out);
}
