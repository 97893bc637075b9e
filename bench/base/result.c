/* SPDX-License-Identifier: Apache-2.0 */
#include "base/result.h"

#include <math.h>
#include <string.h>

#include "base/check.h"

#define COUNT_OF(names) (sizeof(names) / sizeof *(names))

static const char *const verdict_names[] = {
    [RESULT_PASS] = "pass",           [RESULT_FAIL] = "fail",
    [RESULT_UNDECIDED] = "undecided", [RESULT_ERROR] = "error",
    [RESULT_PARTIAL] = "partial",
};

static const char *const state_names[] = {
    [RESULT_COMPLETED] = "completed",
    [RESULT_CRASHED] = "crashed",
    [RESULT_HUNG] = "hung",
    [RESULT_INTERRUPTED] = "interrupted",
    [RESULT_OVER_LIMIT] = "over_limit",
};

static const char *const kind_names[RESULT_KINDS_COUNT] = {
    [RESULT_POOL] = "pool",
    [RESULT_THREAD] = "thread",
    [RESULT_FD] = "fd",
    [RESULT_SOCKET] = "socket",
    [RESULT_HEAP] = "heap",
    [RESULT_MAP] = "map",
    [RESULT_CONNECTION] = "connection",
    [RESULT_STATEMENT] = "statement",
    [RESULT_TRANSACTION] = "transaction",
    [RESULT_REQUEST] = "request",
    [RESULT_HANDLE] = "handle",
    [RESULT_FILE] = "file",
    [RESULT_LOCK] = "lock",
    [RESULT_PROCESS] = "process",
    [RESULT_TIMER] = "timer",
    [RESULT_SIGNAL] = "signal",
    [RESULT_SHM] = "shm",
    [RESULT_SETTING] = "setting",
};

static const char *const stage_names[RESULT_STAGES_COUNT] = {
    [RESULT_LAG] = "lag",           [RESULT_QUEUE] = "queue",
    [RESULT_PICKUP] = "pickup",     [RESULT_DATABASE] = "database",
    [RESULT_HANDBACK] = "handback", [RESULT_CALLBACK] = "callback",
};

static const char *name_of(const char *const *names, size_t count,
                           size_t index) {
    CHECK(index < count);
    return names[index];
}

const char *result_verdict_name(enum result_verdict verdict) {
    return name_of(verdict_names, COUNT_OF(verdict_names), (size_t)verdict);
}

const char *result_state_name(enum result_state state) {
    return name_of(state_names, COUNT_OF(state_names), (size_t)state);
}

const char *result_stage_name(enum result_stage stage) {
    return name_of(stage_names, COUNT_OF(stage_names), (size_t)stage);
}

const char *result_kind_name(enum result_kind kind) {
    return name_of(kind_names, COUNT_OF(kind_names), (size_t)kind);
}

static bool parse(const char *const *names, size_t count, const char *name,
                  size_t *index_out) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            *index_out = i;
            return true;
        }
    }
    return false;
}

bool result_verdict_parse(const char *name, enum result_verdict *verdict_out) {
    size_t index = 0;
    if (!parse(verdict_names, COUNT_OF(verdict_names), name, &index)) {
        return false;
    }
    *verdict_out = (enum result_verdict)index;
    return true;
}

bool result_state_parse(const char *name, enum result_state *state_out) {
    size_t index = 0;
    if (!parse(state_names, COUNT_OF(state_names), name, &index)) {
        return false;
    }
    *state_out = (enum result_state)index;
    return true;
}

bool result_kind_parse(const char *name, enum result_kind *kind_out) {
    size_t index = 0;
    if (!parse(kind_names, COUNT_OF(kind_names), name, &index)) {
        return false;
    }
    *kind_out = (enum result_kind)index;
    return true;
}

static const struct result_usage usage_unknown = {
    .threads = RESULT_UNKNOWN,
    .fds = RESULT_UNKNOWN,
    .rss_bytes = RESULT_UNKNOWN,
    .heap_bytes = RESULT_UNKNOWN,
};

void result_cell_init(struct result_cell *cell) {
    *cell = (struct result_cell){
        .label = "",
        .program = {.duration_s = NAN},
        .pool = {.min = RESULT_UNKNOWN, .max = RESULT_UNKNOWN},
        .database = {.users = RESULT_UNKNOWN,
                     .bytes = RESULT_UNKNOWN,
                     .generate_s = NAN},
        .resources = {.before = usage_unknown,
                      .after = usage_unknown,
                      .peak = usage_unknown},
        .under = {.still_reachable_bytes = RESULT_UNKNOWN,
                  .possibly_lost_bytes = RESULT_UNKNOWN},
        .noise = {.duration_s = NAN,
                  .steal = NAN,
                  .others = NAN,
                  .pressure = NAN,
                  .clock_step_s = NAN},
        .cost = {.instructions = NAN,
                 .allocations = NAN,
                 .syscalls = NAN,
                 .context_switches = NAN},
    };
}
