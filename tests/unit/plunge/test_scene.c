/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include "ledger/scene.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "ledger/symbol.h"
#include "support/suite.h"

__attribute__((noinline)) static void wait_for_ever(int fd) {
    char byte;
    (void)!read(fd, &byte, 1);
}

static int never[2];

static void *be_stuck(void *data) {
    (void)data;
    (void)pthread_setname_np(pthread_self(), "stuck");
    wait_for_ever(never[0]);
    return NULL;
}

_Noreturn static void be_a_child(int ready) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, be_stuck, NULL) == 0) {
        (void)!write(ready, "!", 1);
        (void)pthread_join(thread, NULL);
    }
    _exit(1);
}

static const struct scene_thread *find(const struct scene *scene,
                                       const char *words) {
    for (size_t i = 0; i < scene->count; i++) {
        if (strncmp(scene->threads[i].text, words, strlen(words)) == 0) {
            return &scene->threads[i];
        }
    }
    return NULL;
}

/* It has a name before it comes to its stop, by an unknown time. */
static struct scene take_when_stuck(pid_t pid, struct arena *arena) {
    for (;;) {
        struct scene scene = scene_take(pid, arena);
        const struct scene_thread *stuck = find(&scene, "stuck (thread ");
        if (stuck != NULL && strstr(stuck->text, ") sleeps in ") != NULL) {
            return scene;
        }
    }
}

static void each_thread_is_shown_with_what_it_waits_in(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    int ready[2];
    char byte;
    assert_int_equal(pipe(never), 0);
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        be_a_child(ready[1]);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    struct scene scene = take_when_stuck(pid, arena);
    assert_int_equal(scene.count, 2);
    for (size_t i = 0; i < scene.count; i++) {
        print_message("%s\n%s\n", scene.threads[i].text,
                      scene.threads[i].stack);
    }
    assert_non_null(find(&scene, "test_scene (thread "));
    if (symbol_is_available()) {
        const struct scene_thread *stuck = find(&scene, "stuck (thread ");
        assert_non_null(
            strstr(stuck->stack, "wait_for_ever tests/unit/plunge/"));
        assert_non_null(strstr(stuck->stack, "be_stuck tests/unit/plunge/"));
        assert_null(strstr(scene.threads[0].stack, "be_stuck tests/"));
    }
    /* It goes on: it was let go of. */
    int status = 0;
    assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
    (void)kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    (void)close(never[0]);
    (void)close(never[1]);
    (void)close(ready[0]);
    (void)close(ready[1]);
    arena_free(arena);
}

static void of_a_process_that_has_gone_there_is_nothing(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    pid_t pid = fork();
    if (pid == 0) {
        _exit(0);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(scene_take(pid, arena).count, 0);
    arena_free(arena);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thread_is_shown_with_what_it_waits_in),
        cmocka_unit_test(of_a_process_that_has_gone_there_is_nothing),
    };
    return SUITE_RUN(tests, argc, argv);
}
