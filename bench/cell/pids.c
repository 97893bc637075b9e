/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/pids.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"

#define PROC_FILE_MAX ((size_t)1024 * 1024)

struct hierarchy {
    const char *mount; /* where it is mounted */
    const char *root;  /* which of its groups is to be seen there */
    const char *own;   /* this process's, seen from there */
};

static bool has_word(const char *list, const char *word) {
    size_t size = strlen(word);
    for (const char *at = list; (at = strstr(at, word)) != NULL; at += size) {
        bool begins = at == list || at[-1] == ',' || at[-1] == ' ';
        if (begins && (at[size] == '\0' || at[size] == ',')) {
            return true;
        }
    }
    return false;
}

/* "36 25 0:31 /root /mount options - cgroup cgroup rw,pids" */
static bool read_mount(struct arena *arena, char *line, bool first_version,
                       struct hierarchy *found) {
    char root[1024];
    char mount[1024];
    char *rest = strstr(line, " - ");
    if (rest == NULL ||
        sscanf(line, "%*s %*s %*s %1023s %1023s", root, mount) != 2) {
        return false;
    }
    char type[64];
    char options[1024] = "";
    int got = sscanf(rest, " - %63s %*s %1023s", type, options);
    bool is_it = got >= 1 && (first_version ? strcmp(type, "cgroup") == 0 &&
                                                  has_word(options, "pids")
                                            : strcmp(type, "cgroup2") == 0);
    if (is_it) {
        found->mount = arena_text(arena, mount);
        found->root = arena_text(arena, strcmp(root, "/") == 0 ? "" : root);
    }
    return is_it;
}

/* "8:pids:/own" or "0::/own" */
static bool read_own(struct arena *arena, const char *line, bool first_version,
                     struct hierarchy *found) {
    const char *names = strchr(line, ':');
    const char *path = names == NULL ? NULL : strchr(names + 1, ':');
    if (path == NULL) {
        return false;
    }
    const char *list =
        arena_text_n(arena, names + 1, (size_t)(path - names) - 1);
    if (first_version ? !has_word(list, "pids") : *list != '\0') {
        return false;
    }
    found->own = arena_text(arena, path + 1);
    return true;
}

/* The hierarchy of one version; false: it is not mounted. */
static bool find(struct arena *arena, bool first_version,
                 struct hierarchy *found) {
    struct text text;
    text_init(&text);
    char *rest = NULL;
    *found = (struct hierarchy){0};
    if (file_read("/proc/self/mountinfo", PROC_FILE_MAX, &text) == 0) {
        for (char *line = strtok_r(text.bytes, "\n", &rest);
             line != NULL && !read_mount(arena, line, first_version, found);
             line = strtok_r(NULL, "\n", &rest)) {
        }
    }
    text_fini(&text);
    text_init(&text);
    if (file_read("/proc/self/cgroup", PROC_FILE_MAX, &text) == 0) {
        for (char *line = strtok_r(text.bytes, "\n", &rest);
             line != NULL && !read_own(arena, line, first_version, found);
             line = strtok_r(NULL, "\n", &rest)) {
        }
    }
    text_fini(&text);
    return found->mount != NULL && found->own != NULL;
}

static const char *file_of(const char *path, const char *name, char *buffer,
                           size_t size) {
    (void)snprintf(buffer, size, "%s/%s", path, name);
    return buffer;
}

/* Below @parent; errno says why not. ENOTSUP: it has no such controller. */
static const char *make_below(struct arena *arena, const char *parent) {
    char file[PATH_MAX];
    const char *path =
        arena_format(arena, "%s/plunge-%ld", parent, (long)getpid());
    /* One of that name is an ended process's, whose number came round. */
    if (mkdir(path, 0755) != 0 &&
        (errno != EEXIST || rmdir(path) != 0 || mkdir(path, 0755) != 0)) {
        return NULL;
    }
    if (access(file_of(path, "pids.max", file, sizeof file), W_OK) != 0) {
        (void)rmdir(path);
        errno = ENOTSUP;
        return NULL;
    }
    return path;
}

/* From the process's own group upwards. */
static const char *make_in(struct arena *arena,
                           const struct hierarchy *hierarchy,
                           const char **why) {
    size_t root_size = strlen(hierarchy->root);
    bool below = strncmp(hierarchy->own, hierarchy->root, root_size) == 0;
    char *parent = arena_format(arena, "%s%s", hierarchy->mount,
                                below ? hierarchy->own + root_size : "");
    size_t mount_size = strlen(hierarchy->mount);
    for (;;) {
        size_t size = strlen(parent);
        while (size > mount_size && parent[size - 1] == '/') {
            parent[--size] = '\0';
        }
        const char *path = make_below(arena, parent);
        if (path != NULL) {
            return path;
        }
        *why = errno == ENOTSUP
                   ? arena_format(arena, "%s has no pids controller", parent)
                   : arena_format(arena, "mkdir in %s: %s", parent,
                                  strerror(errno));
        char *slash = strrchr(parent, '/');
        if (size <= mount_size || slash == NULL) {
            return NULL;
        }
        *slash = '\0';
    }
}

int pids_make(struct arena *arena, const char **path_out,
              const char **problem_out) {
    const char *why = "no such controller is mounted";
    for (int version = 1; version <= 2; version++) {
        struct hierarchy hierarchy;
        if (find(arena, version == 1, &hierarchy)) {
            const char *path = make_in(arena, &hierarchy, &why);
            if (path != NULL) {
                *path_out = path;
                return 0;
            }
        }
    }
    *problem_out = arena_format(
        arena, "limits.by: pids: no control group can be made here: %s", why);
    return -1;
}

void pids_remove(const char *path) {
    (void)rmdir(path);
}

static int write_file(const char *path, const char *name, const char *words) {
    char file[PATH_MAX];
    int fd = open(file_of(path, name, file, sizeof file), O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    size_t size = strlen(words);
    int status = write(fd, words, size) == (ssize_t)size ? 0 : -errno;
    (void)close(fd);
    return status;
}

int pids_join(const char *path) {
    return write_file(path, "cgroup.procs", "0");
}

int pids_limit(const char *path, uint64_t threads) {
    char words[32] = "max";
    if (threads != 0) {
        (void)snprintf(words, sizeof words, "%" PRIu64, threads);
    }
    return write_file(path, "pids.max", words);
}
