/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan */
#include "cell/mechanism.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "cell/nproc.h"
#include "cell/pids.h"
#include "ledger/primitives.h"
#include "ledger/threads.h"
#include "scenario/scenario.h"
#include "support/suite.h"

/* Each test limits a process of its own: none of it can be undone. */

#define LIMIT 6
#define NOBODY 65534
#define THREADS_MAX 64
#define WORDS_SIZE 512

/* What the process found out, where the test reads it. */
struct report {
    unsigned started; /* under the limit */
    int error;        /* of the one too many */
    uint64_t refused_at;
    unsigned again; /* once half of them were gone */
    int again_error;
    unsigned unlimited;
    bool can_fork;
    char problem[WORDS_SIZE];
};

static struct report *report;

static int set_up(void **state) {
    (void)state;
    report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return report == MAP_FAILED ? -1 : 0;
}

static int tear_down(void **state) {
    (void)state;
    return munmap(report, sizeof *report);
}

struct crowd {
    pthread_t threads[THREADS_MAX];
    sem_t leave[THREADS_MAX];
    unsigned count;
};

static void *wait_to_leave(void *data) {
    (void)sem_wait(data);
    return NULL;
}

/* As many as there may be. Returns the last one's error. */
static int gather(struct crowd *crowd) {
    for (;;) {
        if (crowd->count == THREADS_MAX) {
            return 0;
        }
        sem_t *leave = &crowd->leave[crowd->count];
        (void)sem_init(leave, 0, 0);
        int error = pthread_create(&crowd->threads[crowd->count], NULL,
                                   wait_to_leave, leave);
        if (error != 0) {
            return error;
        }
        crowd->count++;
    }
}

static void send_home(struct crowd *crowd, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        crowd->count--;
        (void)sem_post(&crowd->leave[crowd->count]);
        (void)pthread_join(crowd->threads[crowd->count], NULL);
    }
    threads_settle();
}

static bool can_fork(void) {
    pid_t pid = fork();
    if (pid == 0) {
        _exit(0);
    }
    return pid > 0 && waitpid(pid, NULL, 0) == pid;
}

static void fill(struct mechanism *mechanism, struct arena *arena) {
    static struct crowd crowd;
    const char *problem = NULL;
    if (mechanism_arm(mechanism, arena, &problem) != 0) {
        (void)snprintf(report->problem, WORDS_SIZE, "%s", problem);
        return;
    }
    report->error = gather(&crowd);
    report->started = crowd.count;
    report->refused_at = primitives_threads_refused_at();
    send_home(&crowd, crowd.count - 2);
    report->again_error = gather(&crowd);
    report->again = crowd.count;
    mechanism_lift(mechanism);
    report->can_fork = can_fork();
    (void)gather(&crowd);
    report->unlimited = crowd.count;
    send_home(&crowd, crowd.count);
}

static void in_a_process(enum scenario_by by) {
    const struct scenario_limits limits = {.threads = LIMIT, .by = by};
    struct arena *arena = arena_new();
    const char *objection = mechanism_objection(&limits, arena);
    const char *group = NULL;
    const char *problem = NULL;
    if (objection != NULL) {
        print_message("%s\n", objection);
        arena_free(arena);
        skip();
    }
    if (by == SCENARIO_BY_PIDS) {
        assert_int_equal(pids_make(arena, &group, &problem), 0);
    }
    pid_t pid = fork();
    if (pid == 0) {
        struct mechanism mechanism;
        mechanism_init(&mechanism, &limits, group);
        fill(&mechanism, arena);
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_string_equal(report->problem, "");
    if (group != NULL) {
        pids_remove(group);
        assert_int_equal(access(group, F_OK), -1);
    }
    arena_free(arena);
}

/* The main thread is one of them. */
static void expect_exactly_the_limit(void) {
    assert_int_equal(report->started, LIMIT - 1);
    assert_int_equal(report->error, EAGAIN);
    assert_int_equal(report->refused_at, LIMIT);
}

static void expect_as_good_as_new(void) {
    assert_int_equal(report->again, LIMIT - 1);
    assert_int_equal(report->again_error, EAGAIN);
    assert_int_equal(report->unlimited, THREADS_MAX);
    assert_true(report->can_fork);
}

static void the_budget_is_met_exactly_and_given_back(void **state) {
    (void)state;
    in_a_process(SCENARIO_BY_BUDGET);
    expect_exactly_the_limit();
    expect_as_good_as_new();
}

static void nproc_is_met_exactly_and_given_back(void **state) {
    (void)state;
    in_a_process(SCENARIO_BY_NPROC);
    expect_exactly_the_limit();
    expect_as_good_as_new();
}

static void pids_are_met_exactly_and_given_back(void **state) {
    (void)state;
    in_a_process(SCENARIO_BY_PIDS);
    expect_exactly_the_limit();
    expect_as_good_as_new();
}

/* For good; processes it leaves alone. */
static void the_filter_strikes_at_the_limit_and_stays(void **state) {
    (void)state;
    in_a_process(SCENARIO_BY_SECCOMP);
    expect_exactly_the_limit();
    assert_int_equal(report->again, 2);
    assert_int_equal(report->again_error, EAGAIN);
    assert_int_equal(report->unlimited, 2);
    assert_true(report->can_fork);
}

/* ---- What a machine does not offer ---------------------------------------*/

static void object_as_nobody(enum scenario_by by) {
    if (geteuid() != 0) {
        print_message("not root, so nobody else can be\n");
        skip();
    }
    const struct scenario_limits limits = {.threads = LIMIT, .by = by};
    pid_t pid = fork();
    if (pid == 0) {
        struct arena *arena = arena_new();
        const char *problem = setresuid(NOBODY, NOBODY, NOBODY) != 0
                                  ? "is still root"
                                  : mechanism_objection(&limits, arena);
        (void)snprintf(report->problem, WORDS_SIZE, "%s",
                       problem == NULL ? "" : problem);
        arena_free(arena);
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void nproc_without_root_says_what_it_needs(void **state) {
    (void)state;
    object_as_nobody(SCENARIO_BY_NPROC);
    assert_string_equal(report->problem,
                        "limits.by: nproc needs root: it takes a user id that "
                        "no process has");
}

/* Whom a group was given to may well make one: then there is no objection. */
static void pids_without_a_group_say_why_in_one_line(void **state) {
    (void)state;
    object_as_nobody(SCENARIO_BY_PIDS);
    if (report->problem[0] != '\0') {
        assert_non_null(strstr(report->problem,
                               "limits.by: pids: no control group can be made "
                               "here: "));
        assert_null(strchr(report->problem, '\n'));
    }
}

static void the_budget_and_the_filter_need_no_privilege(void **state) {
    (void)state;
    object_as_nobody(SCENARIO_BY_BUDGET);
    assert_string_equal(report->problem, "");
    object_as_nobody(SCENARIO_BY_SECCOMP);
    assert_string_equal(report->problem, "");
}

static void more_descriptors_than_a_process_may_have_are_refused(void **state) {
    (void)state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct arena *arena = arena_new();
    struct scenario_limits limits = {.fds = before.rlim_max};
    assert_null(mechanism_objection(&limits, arena));
    limits.fds++;
    assert_non_null(strstr(mechanism_objection(&limits, arena), "ulimit -Hn"));
    arena_free(arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(the_budget_is_met_exactly_and_given_back),
        TEST(nproc_is_met_exactly_and_given_back),
        TEST(pids_are_met_exactly_and_given_back),
        TEST(the_filter_strikes_at_the_limit_and_stays),
        TEST(nproc_without_root_says_what_it_needs),
        TEST(pids_without_a_group_say_why_in_one_line),
        TEST(the_budget_and_the_filter_need_no_privilege),
        TEST(more_descriptors_than_a_process_may_have_are_refused),
    };
    return SUITE_RUN(tests, argc, argv);
}
