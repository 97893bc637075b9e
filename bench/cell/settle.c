/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/settle.h"

#include <sys/ptrace.h>
#include <time.h>

#include "base/clock.h"
#include "cell/launch.h"
#include "cell/program_end.h"
#include "cell/program_stock.h"

#define WAITING_NS_MAX (50 * CLOCK_NS_PER_MS)
#define RUNNING_NS_MAX (1 * CLOCK_NS_PER_S)

static void await_ends(const struct program_stock *stock) {
    const uint64_t began_ns = clock_now_ns();
    const struct timespec pause = {.tv_nsec = (long)CLOCK_NS_PER_MS};
    for (;;) {
        const enum program_threads left = program_stock_threads(stock);
        const uint64_t waited_ns = clock_now_ns() - began_ns;
        if (left == PROGRAM_THREADS_GONE || waited_ns > RUNNING_NS_MAX ||
            (left == PROGRAM_THREADS_WAIT && waited_ns > WAITING_NS_MAX)) {
            return;
        }
        (void)nanosleep(&pause, NULL);
    }
}

void settle_threads(struct program_end *end, struct program_stock *stock) {
    const pid_t pid = end->launched->pid;
    if (program_stock_threads(stock) == PROGRAM_THREADS_GONE ||
        ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0) {
        return;
    }
    program_end_continue(end);
    await_ends(stock);
    /* Of one that has ended meanwhile nothing can be asked: what was read
     * stands. */
    if (program_end_stop(end)) {
        program_stock_forget_ended(stock);
    }
    (void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
}
