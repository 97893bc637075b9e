/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/mechanism.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "cell/nproc.h"
#include "cell/pids.h"
#include "ledger/primitives.h"
#include "ledger/refusal.h"
#include "scenario/scenario.h"

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

/* ---- Before there is a child ---------------------------------------------*/

/* What the trial says, where its parent can read it. */
#define WORDS_SIZE 512

static const char *try_nproc(struct arena *arena) {
    const char *problem = NULL;
    (void)nproc_become_nobody_else(arena, &problem);
    return problem;
}

static const char *try_seccomp(struct arena *arena) {
    int error = refusal_install();
    return error == 0
               ? NULL
               : arena_format(arena,
                              "limits.by: seccomp: no filter can be set here: "
                              "%s",
                              strerror(error));
}

/* In a process that ends then: neither can be undone. */
static const char *try_aside(const char *(*attempt)(struct arena *arena),
                             struct arena *arena) {
    char *words = mmap(NULL, WORDS_SIZE, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (words == MAP_FAILED) {
        return arena_format(arena, "limits.by: cannot be tried: %s",
                            strerror(errno));
    }
    pid_t pid = fork();
    if (pid == 0) {
        const char *problem = attempt(arena);
        (void)strncpy(words, problem == NULL ? "" : problem, WORDS_SIZE - 1);
        _exit(0);
    }
    int status = 0;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    const char *problem =
        pid < 0 || status != 0
            ? "limits.by: cannot be tried: the process that was to did not end "
              "well"
        : words[0] == '\0' ? NULL
                           : arena_text(arena, words);
    (void)munmap(words, WORDS_SIZE);
    return problem;
}

static const char *try_pids(struct arena *arena) {
    const char *path = NULL;
    const char *problem = NULL;
    if (pids_make(arena, &path, &problem) != 0) {
        return problem;
    }
    pids_remove(path);
    return NULL;
}

static const char *object_to_fds(uint64_t fds, struct arena *arena) {
    struct rlimit limit;
    if (fds != 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
        limit.rlim_max < fds) {
        return arena_format(arena,
                            "limits.fds: %llu is more than this process may "
                            "have, %llu (ulimit -Hn)",
                            (unsigned long long)fds,
                            (unsigned long long)limit.rlim_max);
    }
    return NULL;
}

const char *mechanism_objection(const struct scenario_limits *limits,
                                struct arena *arena) {
    const char *problem = object_to_fds(limits->fds, arena);
    if (problem != NULL || limits->by == SCENARIO_BY_BUDGET) {
        return problem;
    }
    if (RUNNING_ON_VALGRIND != 0) {
        return arena_format(arena,
                            "limits.by: %s: not under valgrind, which starts "
                            "threads in its own way",
                            scenario_by_name(limits->by));
    }
    switch (limits->by) {
    case SCENARIO_BY_BUDGET:
        break;
    case SCENARIO_BY_NPROC:
        return try_aside(try_nproc, arena);
    case SCENARIO_BY_PIDS:
        return try_pids(arena);
    case SCENARIO_BY_SECCOMP:
        return try_aside(try_seccomp, arena);
    }
    return NULL;
}

/* ---- In the child --------------------------------------------------------*/

static struct rlimit fds_before;

/* Threads that the kernel counts and the process does not. Its folder has a
 * link for each thread beside the two of every folder. */
static uint64_t uncounted(void) {
    struct stat info;
    uint64_t live = primitives_threads_live();
    if (stat("/proc/self/task", &info) != 0 || info.st_nlink < 2 + live) {
        return 0;
    }
    return info.st_nlink - 2 - live;
}

void mechanism_init(struct mechanism *mechanism,
                    const struct scenario_limits *limits, const char *group) {
    *mechanism = (struct mechanism){
        .limits = limits,
        .group = group,
        .uncounted = uncounted(),
    };
    (void)getrlimit(RLIMIT_NOFILE, &fds_before);
}

static int say(struct arena *arena, const struct mechanism *mechanism,
               int status, const char **problem_out) {
    if (status == 0) {
        return 0;
    }
    *problem_out = arena_format(arena, "limits.by: %s: cannot be set: %s",
                                scenario_by_name(mechanism->limits->by),
                                strerror(-status));
    return -1;
}

static int arm_nproc(struct mechanism *mechanism, struct arena *arena,
                     const char **problem_out) {
    if (!mechanism->is_entered &&
        nproc_become_nobody_else(arena, problem_out) != 0) {
        return -1;
    }
    return say(arena, mechanism,
               nproc_limit(mechanism->limits->threads + mechanism->uncounted),
               problem_out);
}

static int arm_pids(struct mechanism *mechanism, struct arena *arena,
                    const char **problem_out) {
    int status = mechanism->is_entered ? 0 : pids_join(mechanism->group);
    if (status == 0) {
        status = pids_limit(mechanism->group,
                            mechanism->limits->threads + mechanism->uncounted);
    }
    return say(arena, mechanism, status, problem_out);
}

void mechanism_arm_fds(const struct mechanism *mechanism) {
    if (mechanism->limits->fds != 0) {
        struct rlimit limit = fds_before;
        limit.rlim_cur = mechanism->limits->fds;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

void mechanism_lift_fds(const struct mechanism *mechanism) {
    if (mechanism->limits->fds != 0) {
        (void)setrlimit(RLIMIT_NOFILE, &fds_before);
    }
}

int mechanism_arm(struct mechanism *mechanism, struct arena *arena,
                  const char **problem_out) {
    int status = 0;
    switch (mechanism->limits->by) {
    case SCENARIO_BY_SECCOMP:
        primitives_threads_refuse_by_filter();
        primitives_threads_limit(mechanism->limits->threads);
        break;
    case SCENARIO_BY_BUDGET:
        primitives_threads_limit(mechanism->limits->threads);
        break;
    case SCENARIO_BY_NPROC:
        status = arm_nproc(mechanism, arena, problem_out);
        break;
    case SCENARIO_BY_PIDS:
        status = arm_pids(mechanism, arena, problem_out);
        break;
    }
    mechanism->is_entered = mechanism->is_entered || status == 0;
    mechanism_arm_fds(mechanism);
    return status;
}

void mechanism_lift(struct mechanism *mechanism) {
    mechanism_lift_fds(mechanism);
    primitives_threads_limit(0);
    if (!mechanism->is_entered) {
        return;
    }
    if (mechanism->limits->by == SCENARIO_BY_NPROC) {
        nproc_lift();
    } else if (mechanism->limits->by == SCENARIO_BY_PIDS) {
        (void)pids_limit(mechanism->group, 0);
    }
}

const char *mechanism_name(const struct scenario_limits *limits,
                           const char *resource) {
    if (strcmp(resource, "fds") == 0) {
        return "rlimit";
    }
    return limits->by == SCENARIO_BY_BUDGET ? primitives_threads_mechanism()
                                            : scenario_by_name(limits->by);
}
