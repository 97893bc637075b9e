/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/recovery.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/leftover.h"
#include "base/result.h"
#include "base/text.h"
#include "cell/mechanism.h"
#include "ledger/ledger.h"
#include "ledger/primitives.h"
#include "ledger/threads.h"
#include "load/load.h"
#include "scenario/scenario.h"

/* NULL, or what went wrong in closing. */
static const char *closing_problem(const struct load_outcome *outcome,
                                   const char *what, struct arena *arena) {
    return outcome->end == LOAD_DONE
               ? NULL
               : arena_format(arena, "%s did not close: %s", what,
                              outcome->error);
}

static bool is_of_threads(const struct recovery *recovery) {
    return strcmp(recovery->cycles->exhausted.resource, "threads") == 0;
}

/* Or else the limit would not be there, and what follows proved nothing. (Of
 * descriptors the pool that failed may have given some back.) */
static const char *expect_refusal(const struct recovery *recovery,
                                  struct arena *arena) {
    struct load_outcome outcome;
    if (!is_of_threads(recovery) ||
        !load_ask_once(recovery->load, recovery->cycles->exhausted.at_cycle + 1,
                       &outcome)) {
        return NULL;
    }
    return arena_text(arena, "before any pool was closed, a new one answered: "
                             "the limit does not hold");
}

static const char *close_half(const struct recovery *recovery,
                              struct arena *arena,
                              struct result_recovery *result) {
    struct load_outcome outcome;
    result->pools = load_left(recovery->load);
    /* Of those that went through, rounded up: one at least, where there is
     * one. */
    result->closed = result->pools / 2;
    load_close_left(recovery->load, result->closed, &outcome);
    /* The kernel counts a thread until it is gone. */
    threads_settle();
    return closing_problem(&outcome, "half of the pools", arena);
}

static bool is_struck_for_good(const struct recovery *recovery) {
    return recovery->mechanism->limits->by == SCENARIO_BY_SECCOMP &&
           is_of_threads(recovery);
}

static const char *go_on(const struct recovery *recovery, struct arena *arena,
                         struct result_recovery *result) {
    struct load_outcome outcome;
    result->went_on = RESULT_HELD_UNDECIDED;
    if (result->closed == 0 || is_struck_for_good(recovery)) {
        return NULL;
    }
    bool answered = load_ask_once(
        recovery->load, recovery->cycles->exhausted.at_cycle + 1, &outcome);
    result->went_on = answered ? RESULT_HELD_YES : RESULT_HELD_NO;
    if (answered) {
        return NULL;
    }
    return arena_format(arena,
                        "with %" PRIu64 " of %" PRIu64
                        " pools closed, a new one gave no answer%s%s",
                        result->closed, result->pools,
                        outcome.error[0] == '\0' ? "" : ": ", outcome.error);
}

static const char *close_failed(const struct recovery *recovery,
                                struct arena *arena,
                                const struct result_recovery *result) {
    struct load_outcome outcome;
    load_close_last(recovery->load, &outcome);
    const char *problem =
        closing_problem(&outcome, "the pool that failed", arena);
    uint64_t whole = result->pools - result->closed - 1;
    uint64_t expected =
        recovery->base_threads + whole * recovery->threads_per_pool;
    uint64_t live = primitives_threads_live();
    bool known = recovery->threads_per_pool != 0;
    if (problem == NULL && known && live != expected) {
        problem = arena_format(arena,
                               "with the pool that failed closed %" PRIu64
                               " threads are alive, and %" PRIu64
                               " pools have %" PRIu64,
                               live, whole, expected);
    }
    return problem;
}

/* With the limits lifted: to look takes a descriptor. */
static const char *close_rest(const struct recovery *recovery,
                              struct arena *arena,
                              struct result_recovery *result) {
    struct load_outcome outcome;
    struct result_cell after;
    uint64_t counts[RESULT_KINDS_COUNT];
    load_close_left(recovery->load, load_left(recovery->load), &outcome);
    mechanism_lift(recovery->mechanism);
    load_rest(recovery->load);
    struct ledger *ledger = ledger_take(recovery->loop);
    result_cell_init(&after);
    ledger_difference(recovery->baseline, ledger, arena, &after);
    ledger_free(ledger);
    result->left_behind = leftover_sum(&after, counts);
    const char *problem = closing_problem(&outcome, "the rest", arena);
    if (problem == NULL && result->left_behind != 0) {
        struct text text;
        text_init(&text);
        leftover_append(&text, counts);
        problem = arena_format(arena,
                               "all pools are closed, and there is left: "
                               "%s",
                               text.bytes);
        text_fini(&text);
    }
    return problem;
}

static const char *well(const struct result_recovery *result,
                        struct arena *arena) {
    const char *middle =
        result->went_on == RESULT_HELD_YES ? "a new one answered"
        : result->closed == 0              ? "no room for a new one"
                                           : "no new one, for the filter stays";
    return arena_format(arena,
                        "%" PRIu64 " of %" PRIu64 " pools closed, %s; then "
                        "all closed: nothing left",
                        result->closed, result->pools, middle);
}

void recovery_run(const struct recovery *recovery, struct arena *arena,
                  struct result_recovery *result_out) {
    *result_out = (struct result_recovery){
        .tried = true,
        .went_on = RESULT_HELD_UNDECIDED,
        .left_behind = RESULT_UNKNOWN,
    };
    const char *problem = NULL;
    if (mechanism_arm(recovery->mechanism, arena, &problem) == 0) {
        problem = expect_refusal(recovery, arena);
    }
    if (problem == NULL) {
        problem = close_half(recovery, arena, result_out);
    }
    if (problem == NULL) {
        problem = go_on(recovery, arena, result_out);
    }
    if (problem == NULL) {
        problem = close_failed(recovery, arena, result_out);
    }
    if (problem == NULL) {
        problem = close_rest(recovery, arena, result_out);
    }
    mechanism_lift(recovery->mechanism);
    result_out->ok = problem == NULL;
    result_out->why = problem != NULL ? problem : well(result_out, arena);
}
