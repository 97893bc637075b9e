/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/ending.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>

#include "base/arena.h"
#include "base/quantity.h"
#include "base/result.h"

static const char *moment(const struct ending *ending) {
    return ending->handed_over ? "after it had handed over its result"
                               : "before it handed over a result";
}

static struct result_outcome of_stall(const struct ending *ending,
                                      struct arena *arena) {
    char count[QUANTITY_SIZE];
    char limit[QUANTITY_SIZE];
    return (struct result_outcome){
        .state = RESULT_HUNG,
        .detail = arena_format(
            arena,
            "no sign of life for limits.stall (%s), %s lookups unanswered; "
            "killed %s",
            quantity_duration(limit, (double)ending->stall_ns),
            quantity_count(count, ending->unanswered), moment(ending)),
    };
}

static struct result_outcome of_time(const struct ending *ending,
                                     struct arena *arena) {
    char limit[QUANTITY_SIZE];
    return (struct result_outcome){
        .state = RESULT_OVER_LIMIT,
        .detail = arena_format(
            arena, "took longer than limits.time (%s); killed %s",
            quantity_duration(limit, (double)ending->time_ns), moment(ending)),
    };
}

static struct result_outcome of_memory(const struct ending *ending,
                                       const char *what_then,
                                       struct arena *arena) {
    char limit[QUANTITY_SIZE];
    char held[QUANTITY_SIZE];
    return (struct result_outcome){
        .state = RESULT_OVER_LIMIT,
        .detail = arena_format(
            arena, "had %s of memory, more than limits.memory (%s)%s",
            quantity_size(held, (double)ending->memory_bytes),
            quantity_size(limit, (double)ending->memory_limit_bytes),
            what_then),
    };
}

/* Too much at a moment at which nobody looked. */
static bool had_too_much(const struct ending *ending) {
    return ending->memory_limit_bytes != 0 &&
           ending->memory_bytes > ending->memory_limit_bytes;
}

static struct result_outcome of_crash(const struct ending *ending,
                                      struct arena *arena) {
    if (WIFSIGNALED(ending->wait_status)) {
        int signal = WTERMSIG(ending->wait_status);
        return (struct result_outcome){
            .state = RESULT_CRASHED,
            .signal = signal,
            .detail = arena_format(arena, "ended by signal %d (%s) %s", signal,
                                   strsignal(signal), moment(ending)),
        };
    }
    return (struct result_outcome){
        .state = RESULT_CRASHED,
        .detail =
            arena_format(arena, "ended with status %d %s",
                         WEXITSTATUS(ending->wait_status), moment(ending)),
    };
}

static struct result_outcome of_interruption(const struct ending *ending,
                                             struct arena *arena) {
    return (struct result_outcome){
        .state = RESULT_INTERRUPTED,
        .detail = arena_format(arena, "ended %s", moment(ending)),
    };
}

static bool ended_well(const struct ending *ending) {
    return ending->handed_over && WIFEXITED(ending->wait_status) &&
           WEXITSTATUS(ending->wait_status) == 0;
}

/* A child that was asked to stop may be gone by that very signal, before it
 * could listen, or killed for being slow: not a crash of the subject's. Any
 * other signal or status is. */
static bool stopped_as_asked(const struct ending *ending) {
    if (ending->reason != GUARD_INTERRUPTED ||
        !WIFSIGNALED(ending->wait_status)) {
        return false;
    }
    int signal = WTERMSIG(ending->wait_status);
    return signal == SIGINT || signal == SIGKILL;
}

void ending_judge(const struct ending *ending, struct arena *arena,
                  struct result_outcome *outcome) {
    const struct result_outcome own = *outcome;
    if (ended_well(ending)) {
        if (own.state == RESULT_COMPLETED && had_too_much(ending)) {
            *outcome = of_memory(ending, "", arena);
        }
        return;
    }
    if (ending->reason == GUARD_OVER_TIME) {
        *outcome = of_time(ending, arena);
    } else if (ending->reason == GUARD_OVER_MEMORY) {
        *outcome = of_memory(
            ending, arena_format(arena, "; killed %s", moment(ending)), arena);
    } else if (ending->reason == GUARD_STALLED) {
        *outcome = of_stall(ending, arena);
    } else if (stopped_as_asked(ending)) {
        *outcome = of_interruption(ending, arena);
    } else {
        *outcome = of_crash(ending, arena);
    }
    if (ending->handed_over && own.detail != NULL) {
        outcome->detail = arena_format(arena, "%s; before that: %s",
                                       outcome->detail, own.detail);
    }
}
