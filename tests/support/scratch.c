/* SPDX-License-Identifier: Apache-2.0 */
#include "support/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/file.h"
#include "base/text.h"
#include "support/suite.h"

#define READ_MAX ((size_t)64 * 1024 * 1024)

#ifdef PLUNGE_COVERAGE
void __gcov_dump(void);
#endif

int scratch_setup(void **state) {
    struct arena *arena = arena_new();
    struct scratch *scratch = arena_alloc(arena, sizeof *scratch);
    const char *parent = getenv("TMPDIR");

    scratch->arena = arena;
    scratch->folder = mkdtemp(
        arena_format(arena, "%s/plunge-test-XXXXXX",
                     parent == NULL || *parent == '\0' ? "/tmp" : parent));
    *state = scratch;
    return scratch->folder == NULL ? -1 : 0;
}

int scratch_teardown(void **state) {
    struct scratch *scratch = *state;
    int status = file_remove_tree(scratch->folder);

    arena_free(scratch->arena);
    return status;
}

const char *scratch_path(struct scratch *scratch, const char *name) {
    return arena_format(scratch->arena, "%s/%s", scratch->folder, name);
}

size_t scratch_entries(struct scratch *scratch) {
    DIR *entries = opendir(scratch->folder);
    size_t count = 0;

    CHECK(entries != NULL);
    for (struct dirent *entry = readdir(entries); entry != NULL;
         entry = readdir(entries)) {
        count +=
            strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    (void)closedir(entries);
    return count;
}

const char *scratch_write(struct scratch *scratch, const char *name,
                          const char *text) {
    const char *path = scratch_path(scratch, name);

    CHECK(file_write(path, text, strlen(text)) == 0);
    return path;
}

void scratch_expect_in(struct scratch *scratch, const char *name,
                       const char *words) {
    struct text text;
    text_init(&text);
    assert_int_equal(file_read(scratch_path(scratch, name), 1 << 20, &text), 0);
    if (strstr(text.bytes, words) == NULL) {
        fail_msg("expected in %s: %s\ngot: %s", name, words, text.bytes);
    }
    text_fini(&text);
}

bool scratch_same_bytes(const char *one, const char *other) {
    struct text texts[2];

    text_init(&texts[0]);
    text_init(&texts[1]);
    bool same = file_read(one, READ_MAX, &texts[0]) == 0 &&
                file_read(other, READ_MAX, &texts[1]) == 0 &&
                texts[0].size == texts[1].size &&
                memcmp(texts[0].bytes, texts[1].bytes, texts[0].size) == 0;
    text_fini(&texts[0]);
    text_fini(&texts[1]);
    return same;
}

/* To a leak checker a forked child holds all that its parent does. So it does
 * not end here, but as another program. */
static _Noreturn void end_child(int result) {
    char status[16];

#ifdef PLUNGE_COVERAGE
    __gcov_dump();
#endif
    (void)snprintf(status, sizeof status, "%d", result);
    (void)execl("/bin/sh", "sh", "-c", "exit $0", status, (char *)NULL);
    _exit(EXIT_FAILURE);
}

int scratch_start_child(int (*work)(void *data), void *data) {
    (void)fflush(NULL);
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0) {
        end_child(work(data));
    }
    return pid;
}

int scratch_await_child(int pid) {
    int status = 0;

    while (waitpid(pid, &status, 0) < 0) {
        CHECK(errno == EINTR);
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int scratch_in_child(int (*work)(void *data), void *data) {
    return scratch_await_child(scratch_start_child(work, data));
}
