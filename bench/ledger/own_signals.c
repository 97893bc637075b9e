/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/own_parts.h"

#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/time.h>

#include "base/arena.h"
#include "base/quantity.h"
#include "ledger/kinds.h"
#include "ledger/own_values.h"

#define SIGNAL_MAX 64
#define US_PER_S 1e6
#define NS_PER_US 1e3

/* ---- Timers -------------------------------------------------------------- */

/* Those of timer_create() are in /proc/self/timers (kinds.h); alarm() is the
 * first of these. */
static const struct {
    enum __itimer_which which;
    const char *name;
} intervals[] = {
    {ITIMER_REAL, "ITIMER_REAL"},
    {ITIMER_VIRTUAL, "ITIMER_VIRTUAL"},
    {ITIMER_PROF, "ITIMER_PROF"},
};

static double in_ns(const struct timeval *time) {
    return ((double)time->tv_sec * US_PER_S + (double)time->tv_usec) *
           NS_PER_US;
}

void own_timers(struct own_values *values, struct arena *arena) {
    for (size_t i = 0; i < sizeof intervals / sizeof intervals[0]; i++) {
        struct itimerval now;
        char text[QUANTITY_SIZE];
        if (getitimer(intervals[i].which, &now) != 0 ||
            in_ns(&now.it_value) == 0) {
            continue;
        }
        const char *how =
            in_ns(&now.it_interval) == 0
                ? "once"
                : arena_format(
                      arena, "every %s",
                      quantity_duration(text, in_ns(&now.it_interval)));
        own_add(values, arena,
                &(struct own_value){
                    .kind = RESULT_TIMER,
                    .numbers = {UINT64_MAX, (uint64_t)intervals[i].which},
                    .value = how,
                    .identity = arena_format(arena, "timer %s, %s",
                                             intervals[i].name, how),
                });
    }
}

/* ---- Signals ------------------------------------------------------------- */

enum { DISPOSITION, BLOCKED, STACK };

static void add(struct own_values *values, struct arena *arena, int signal,
                unsigned which, const char *value, const char *what) {
    const char *name = kinds_signal_name(signal, arena);
    own_add(values, arena,
            &(struct own_value){
                .kind = RESULT_SIGNAL,
                .numbers = {(uint64_t)signal, which},
                .value = value,
                .identity = arena_format(arena, "signal %s is %s", name, what),
                .gone = arena_format(arena, "signal %s is not %s any more",
                                     name, what),
            });
}

static void add_disposition(struct own_values *values, struct arena *arena,
                            int signal) {
    struct sigaction action;
    if (sigaction(signal, NULL, &action) != 0 || action.sa_handler == SIG_DFL) {
        return;
    }
    /* Another handler is another thing. */
    const char *value =
        arena_format(arena, "%" PRIxPTR " %x", (uintptr_t)action.sa_handler,
                     (unsigned)action.sa_flags);
    add(values, arena, signal, DISPOSITION, value,
        action.sa_handler == SIG_IGN ? "ignored" : "handled");
}

static void add_stack(struct own_values *values, struct arena *arena) {
    stack_t stack;
    char size[QUANTITY_SIZE];
    if (sigaltstack(NULL, &stack) != 0 || (stack.ss_flags & SS_DISABLE) != 0) {
        return;
    }
    own_add(
        values, arena,
        &(struct own_value){
            .kind = RESULT_SIGNAL,
            .numbers = {0, STACK},
            .value = arena_format(arena, "%" PRIxPTR, (uintptr_t)stack.ss_sp),
            .identity =
                arena_format(arena, "signal stack of %s, of the loop's thread",
                             quantity_size(size, (double)stack.ss_size)),
            .gone = "signal stack of the loop's thread: none any more",
        });
}

void own_signals(struct own_values *values, struct arena *arena) {
    sigset_t blocked;
    bool is_known = pthread_sigmask(SIG_BLOCK, NULL, &blocked) == 0;
    for (int signal = 1; signal <= SIGNAL_MAX; signal++) {
        if (!kinds_signal_is_users(signal)) {
            continue;
        }
        add_disposition(values, arena, signal);
        if (is_known && sigismember(&blocked, signal) == 1) {
            add(values, arena, signal, BLOCKED, "",
                "blocked by the loop's thread");
        }
    }
    add_stack(values, arena);
}
