/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "cell/remains.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/result.h"
#include "support/suite.h"

#define SITE "the private copy of the cell's database (a.yaml:3)"

struct fixture {
    struct arena *arena;
    char folder[64];
    struct result_cell cell;
};

static int arrange(void **state) {
    static struct fixture f;
    f.arena = arena_new();
    result_cell_init(&f.cell);
    (void)snprintf(f.folder, sizeof f.folder, "/tmp/plunge-test-XXXXXX");
    *state = &f;
    return mkdtemp(f.folder) == NULL ? -1 : 0;
}

static int put_away(void **state) {
    struct fixture *f = *state;
    arena_free(f->arena);
    return file_remove_tree(f->folder);
}

static void leave_file(const struct fixture *f, const char *name,
                       const char *bytes) {
    const char *path = arena_format(f->arena, "%s/%s", f->folder, name);
    assert_int_equal(file_write(path, bytes, strlen(bytes)), 0);
}

static void an_empty_folder_leaves_nothing(void **state) {
    struct fixture *f = *state;
    remains_files(f->folder, SITE, f->arena, &f->cell);
    assert_int_equal(f->cell.leftovers_count, 0);
}

static void a_missing_folder_leaves_nothing(void **state) {
    struct fixture *f = *state;
    remains_files("/tmp/plunge-test-there-is-none", SITE, f->arena, &f->cell);
    assert_int_equal(f->cell.leftovers_count, 0);
}

static void each_file_is_a_leftover_in_order_of_names(void **state) {
    struct fixture *f = *state;
    leave_file(f, "users.db-wal", "12345");
    leave_file(f, "users.db", "");
    leave_file(f, ".hidden", "1");
    remains_files(f->folder, SITE, f->arena, &f->cell);
    assert_int_equal(f->cell.leftovers_count, 3);
    const char *names[] = {".hidden (", "users.db (", "users.db-wal ("};
    const uint64_t sizes[] = {1, 0, 5};
    for (size_t i = 0; i < 3; i++) {
        const struct result_leftover *leftover = &f->cell.leftovers[i];
        assert_int_equal(leftover->kind, RESULT_FILE);
        assert_memory_equal(leftover->identity, names[i], strlen(names[i]));
        assert_non_null(strstr(leftover->identity, f->folder));
        assert_string_equal(leftover->site, SITE);
        assert_int_equal(leftover->count, 1);
        assert_int_equal(leftover->bytes, sizes[i]);
    }
}

static void what_was_left_inside_comes_first(void **state) {
    struct fixture *f = *state;
    struct result_leftover *inside = arena_alloc(f->arena, 3 * sizeof *inside);
    for (size_t i = 0; i < 3; i++) {
        inside[i].kind = RESULT_THREAD;
    }
    f->cell.leftovers = inside;
    f->cell.leftovers_count = 3;
    leave_file(f, "a", "");
    leave_file(f, "b", "");
    remains_files(f->folder, SITE, f->arena, &f->cell);
    assert_int_equal(f->cell.leftovers_count, 5);
    assert_int_equal(f->cell.leftovers[2].kind, RESULT_THREAD);
    assert_int_equal(f->cell.leftovers[3].kind, RESULT_FILE);
    assert_int_equal(f->cell.leftovers[4].kind, RESULT_FILE);
}

/* ---- Processes -----------------------------------------------------------*/

/* Waits for its end under a name that tries to fool who reads /proc. */
_Noreturn static void linger(void) {
    (void)prctl(PR_SET_NAME, ") R 1 (");
    for (;;) {
        (void)pause();
    }
}

/* An orphan with a child of its own: the second one comes to us only when the
 * first has been killed. Returns when both are there. */
static void leave_orphans(void) {
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t parent = fork();
    if (parent == 0) {
        if (fork() == 0) {
            pid_t last = fork();
            if (last != 0 && write(ready[1], "x", 1) != 1) {
                _exit(1);
            }
            linger();
        }
        _exit(0);
    }
    char byte = 0;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    (void)close(ready[0]);
    (void)close(ready[1]);
}

static void orphans_are_reported_and_ended(void **state) {
    struct fixture *f = *state;
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    leave_orphans();
    remains_processes(f->arena, &f->cell);
    assert_int_equal(f->cell.leftovers_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(f->cell.leftovers[i].kind, RESULT_PROCESS);
        assert_int_equal(f->cell.leftovers[i].count, 1);
        assert_non_null(strstr(f->cell.leftovers[i].identity, " (process "));
    }
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void the_dead_are_reaped_and_not_reported(void **state) {
    struct fixture *f = *state;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(0);
    }
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    remains_processes(f->arena, &f->cell);
    assert_int_equal(f->cell.leftovers_count, 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, arrange, put_away)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(an_empty_folder_leaves_nothing),
        TEST(a_missing_folder_leaves_nothing),
        TEST(each_file_is_a_leftover_in_order_of_names),
        TEST(what_was_left_inside_comes_first),
        TEST(orphans_are_reported_and_ended),
        TEST(the_dead_are_reaped_and_not_reported),
    };
    return SUITE_RUN(tests, argc, argv);
}
