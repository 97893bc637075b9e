/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/program_end.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "cell/launch.h"
#include "cell/remains.h"
#include "ledger/vital.h"

#define STOP_NS_MAX (5 * CLOCK_NS_PER_S)
#define TERM_NS_MAX (2 * CLOCK_NS_PER_S)
#define FOLLOW_NS_MAX (1 * CLOCK_NS_PER_S)

static void nap(void) {
    const struct timespec pause = {.tv_nsec = (long)CLOCK_NS_PER_MS};
    (void)nanosleep(&pause, NULL);
}

void program_end_init(struct program_end *end, struct launched *launched) {
    *end = (struct program_end){
        .launched = launched,
        .pid_fd = pidfd_open(launched->pid, 0),
    };
}

static void await(struct program_end *end, int flags) {
    pid_t pid = 0;
    do {
        pid = waitpid(end->launched->pid, &end->wait_status, flags);
    } while (pid < 0 && errno == EINTR);
    /* Held by ptrace, it is only stopped. */
    end->has_ended = pid < 0 || (pid > 0 && !WIFSTOPPED(end->wait_status));
}

bool program_end_has_come(struct program_end *end) {
    if (!end->has_ended) {
        await(end, WNOHANG);
    }
    return end->has_ended;
}

bool program_end_stop(struct program_end *end) {
    const uint64_t until_ns = clock_now_ns() + STOP_NS_MAX;
    const pid_t pid = end->launched->pid;
    if (program_end_has_come(end)) {
        return false;
    }
    (void)kill(-pid, SIGSTOP);
    while (!vital_is_stopped(pid)) {
        if (program_end_has_come(end) || clock_now_ns() > until_ns) {
            return false;
        }
        nap();
    }
    return !program_end_has_come(end);
}

void program_end_continue(const struct program_end *end) {
    (void)kill(-end->launched->pid, SIGCONT);
}

static void await_term(struct program_end *end) {
    const uint64_t until_ns = clock_now_ns() + TERM_NS_MAX;
    while (!program_end_has_come(end) && clock_now_ns() < until_ns &&
           !interrupt_is_urgent()) {
        nap();
    }
}

void program_end_bring(struct program_end *end, bool gently) {
    const pid_t pid = end->launched->pid;
    launch_quieten(end->launched);
    if (!program_end_has_come(end) && gently) {
        (void)kill(pid, SIGTERM);
        program_end_continue(end);
        await_term(end);
    }
    if (!program_end_has_come(end)) {
        end->was_killed = true;
        (void)kill(gently ? pid : -pid, SIGKILL);
        await(end, 0);
    }
    /* What is left of its group goes on without it. */
    program_end_continue(end);
    if (end->pid_fd >= 0) {
        (void)close(end->pid_fd);
    }
    if (end->launched->marker_fd >= 0) {
        (void)close(end->launched->marker_fd);
    }
}

void program_end_reap(struct arena *arena, struct result_cell *cell) {
    const uint64_t until_ns = clock_now_ns() + FOLLOW_NS_MAX;
    pid_t pid = 0;
    do {
        pid = waitpid(-1, NULL, WNOHANG);
        if (pid == 0) {
            nap();
        }
    } while ((pid >= 0 || errno == EINTR) && clock_now_ns() < until_ns &&
             !interrupt_is_urgent());
    remains_processes(arena, cell);
}
