/* SPDX-License-Identifier: Apache-2.0 */
#include "selftest/crew.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "cell/cell.h"
#include "selftest/trial.h"

#define WORKERS_MAX 64
#define TICK_MS 50

/* Shared between all workers. */
struct board {
    _Atomic size_t next;
    _Atomic size_t done;
};

struct crew {
    const struct crew_job *jobs;
    size_t jobs_count;
    const struct crew_watch *watch;
    struct trial *trials;
    struct board *board;
    pid_t pids[WORKERS_MAX]; /* 0: gone */
    unsigned workers;
};

static void *share(size_t size) {
    void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return shared == MAP_FAILED ? NULL : shared;
}

struct trial *crew_trials_new(size_t count) {
    return share((count + 1) * sizeof(struct trial));
}

void crew_trials_free(struct trial *trials, size_t count) {
    if (trials != NULL) {
        (void)munmap(trials, (count + 1) * sizeof(struct trial));
    }
}

/* ---- A worker ------------------------------------------------------------*/

/* What is planted is named by its backtrace. In a group of its own, or it would
 * hear a terminal's interrupt twice, which makes it urgent. */
static void work(struct crew *crew) {
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)setenv(CELL_SITES, CELL_SITES_FULL, 1);
    size_t number = 0;
    while (interrupt_pending() == 0 &&
           (number = atomic_fetch_add(&crew->board->next, 1)) <
               crew->jobs_count) {
        const struct crew_job *job = &crew->jobs[number];
        struct trial *trial = &crew->trials[number];
        trial->state = TRIAL_BROKEN; /* unless it says better */
        trial_say(trial->said, "the process that was to try it has died");
        if (job->defect != NULL) {
            trial_run(job->defect, trial);
        } else {
            trial_run_clean(job->clean, trial);
        }
        (void)atomic_fetch_add(&crew->board->done, 1);
    }
}

static int start(struct crew *crew, unsigned workers) {
    (void)fflush(NULL);
    while (crew->workers < workers) {
        pid_t pid = fork();
        if (pid == 0) {
            work(crew);
            _exit(0);
        }
        if (pid < 0) {
            return crew->workers == 0 ? -errno : 0;
        }
        crew->pids[crew->workers++] = pid;
    }
    return 0;
}

/* ---- Who looks on --------------------------------------------------------*/

static bool reap(struct crew *crew) {
    bool any = false;
    for (unsigned i = 0; i < crew->workers; i++) {
        if (crew->pids[i] != 0 && waitpid(crew->pids[i], NULL, WNOHANG) != 0) {
            crew->pids[i] = 0;
        }
        any = any || crew->pids[i] != 0;
    }
    return any;
}

/* A second time is urgent to them, too. */
static void pass_on(const struct crew *crew) {
    for (unsigned i = 0; i < crew->workers; i++) {
        if (crew->pids[i] != 0) {
            (void)kill(crew->pids[i], interrupt_pending());
        }
    }
}

static void look_on(struct crew *crew) {
    bool told = false;
    bool told_urgent = false;
    while (reap(crew)) {
        if (interrupt_pending() != 0 && !told) {
            told = true;
            pass_on(crew);
        }
        if (interrupt_is_urgent() && !told_urgent) {
            told_urgent = true;
            pass_on(crew);
        }
        const struct crew_watch *watch = crew->watch;
        if (watch != NULL && watch->done != NULL) {
            watch->done(watch->data, atomic_load(&crew->board->done),
                        crew->jobs_count);
        }
        (void)poll(NULL, 0, TICK_MS);
    }
}

int crew_run(const struct crew_job *jobs, size_t jobs_count, unsigned workers,
             const struct crew_watch *watch, struct trial *trials) {
    struct crew crew = {
        .jobs = jobs,
        .jobs_count = jobs_count,
        .watch = watch,
        .trials = trials,
        .board = share(sizeof *crew.board),
    };
    if (crew.board == NULL) {
        return -ENOMEM;
    }
    if (workers > WORKERS_MAX) {
        workers = WORKERS_MAX;
    }
    int status =
        start(&crew, workers < jobs_count ? workers : (unsigned)jobs_count);
    look_on(&crew);
    (void)munmap(crew.board, sizeof *crew.board);
    return status;
}
