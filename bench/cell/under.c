/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/under.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/annotate.h"
#include "base/arena.h"
#include "base/quantity.h"
#include "cell/instrument.h"
#include "cell/scaling.h"
#include "scenario/prediction.h"
#include "scenario/scenario.h"

/* How much slower: of the order that valgrind's manual gives, with one
 * processor for all threads. Helgrind remembers every thread that there was,
 * and becomes slower with each, from some hundreds on. */
static const struct under_tool tools[] = {
    {.name = "memcheck", .divisor = 20, .finds = true},
    {.name = "helgrind", .divisor = 100, .finds = true, .of_threads = true},
    {.name = "drd", .divisor = 50, .finds = true, .of_threads = true},
    {.name = "massif", .divisor = 20, .output_option = "--massif-out-file"},
    {.name = "callgrind",
     .divisor = 50,
     .output_option = "--callgrind-out-file"},
};

const struct under_tool *under_find(const char *name) {
    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++) {
        if (strcmp(tools[i].name, name) == 0) {
            return &tools[i];
        }
    }
    return NULL;
}

const char *under_names(void) {
    return "memcheck, helgrind, drd, massif or callgrind";
}

const char *under_refuses(const struct under_tool *tool) {
    if (instrument_sanitizer() != NULL) {
        return "this build has a sanitizer in it, which does not run under "
               "valgrind: use the release or the debug build";
    }
    if (tool->of_threads && !ANNOTATE_TOLD) {
        return "this build does not tell it what its atomics are, so that it "
               "would find races where there are none: make VARIANT=debug, "
               "and use build/debug/plunge";
    }
    return NULL;
}

const char *under_valgrind(struct arena *arena, const char **problem_out) {
    const char *folders = getenv("PATH");
    for (const char *at = folders == NULL ? "" : folders; *at != '\0';) {
        const size_t size = strcspn(at, ":");
        const char *path = arena_format(arena, "%.*s/valgrind", (int)size, at);
        if (size != 0 && access(path, X_OK) == 0) {
            return path;
        }
        at += size;
        at += *at == ':' ? 1 : 0;
    }
    *problem_out = "there is no valgrind in $PATH: install the package "
                   "valgrind";
    return NULL;
}

uint64_t under_threads(const struct scenario_settings *settings) {
    uint64_t pool = prediction_threads_per_cycle(settings);
    uint64_t all = 0;
    /* The warm-up asks for as many as the pool may have. */
    if (settings->pool.subject == SCENARIO_DBPOOL ||
        settings->pool.subject == SCENARIO_UVWORK) {
        pool = settings->pool.max;
    }
    if (settings->pool.subject != SCENARIO_DBPOOL ||
        scenario_shutdown_is_clean(settings->pool.shutdown)) {
        return pool + 1;
    }
    const uint64_t known = prediction_threads_per_cycle(settings);
    const uint64_t most = known != 0 ? known : settings->pool.max;
    if (__builtin_mul_overflow(most, settings->cycles, &all)) {
        all = UINT64_MAX - 1;
    }
    const uint64_t limit = settings->limits.threads;
    if (limit != 0 && limit <= all) {
        all = limit - 1;
    }
    return (all > pool ? all : pool) + 1;
}

/* What of a scenario does not go with a tool. */
struct refusal {
    unsigned line;
    const char *why; /* NULL: nothing */
};

static struct refusal refuse(const struct scenario_settings *settings,
                             struct arena *arena) {
    const struct scenario_limits *limits = &settings->limits;
    if (settings->pool.subject == SCENARIO_COMMAND) {
        return (struct refusal){
            settings->pool.command.line,
            "pool.subject: what a command has is read from outside, where the "
            "tool's own cannot be told from it: leave --under out"};
    }
    if (limits->by != SCENARIO_BY_BUDGET) {
        return (struct refusal){
            limits->line,
            arena_format(arena,
                         "limits.by: %s: not under valgrind, which starts "
                         "threads in its own way: -s limits.by=budget",
                         scenario_by_name(limits->by))};
    }
    if (limits->fds != 0) {
        return (struct refusal){
            limits->line,
            "limits.fds: not under valgrind, which has descriptors of its own: "
            "leave one of the two out"};
    }
    return (struct refusal){0, NULL};
}

static int check_kind(const struct under_tool *tool,
                      const struct scenario *scenario,
                      const struct scenario_cell *cell, struct arena *arena,
                      const char **problem_out) {
    const struct refusal refusal = refuse(&cell->settings, arena);
    if (refusal.why == NULL) {
        return 0;
    }
    *problem_out = arena_format(arena, "%s:%u: %s%s--under %s: %s",
                                scenario->path, refusal.line, cell->label,
                                cell->label[0] == '\0' ? "" : " ", tool->name,
                                refusal.why);
    return -1;
}

static int check_threads(const struct under_tool *tool,
                         const struct scenario *scenario,
                         const struct scenario_cell *cell, struct arena *arena,
                         const char **problem_out) {
    char wanted[QUANTITY_SIZE];
    char most[QUANTITY_SIZE];
    const uint64_t threads = under_threads(&cell->settings);
    if (threads <= UNDER_THREADS_MAX) {
        return 0;
    }
    *problem_out = arena_format(
        arena,
        "%s:%u: %s%swould have %s threads at once, and there can be %s under "
        "%s: -s limits.threads=%d has as many%s",
        scenario->path, cell->settings.pool.line, cell->label,
        cell->label[0] == '\0' ? "" : " ", quantity_count(wanted, threads),
        quantity_count(most, UNDER_THREADS_MAX), tool->name, UNDER_THREADS_MAX,
        ", -s cycles=N fewer");
    return -1;
}

int under_plan(const struct under_tool *tool, const struct scenario *scenario,
               struct arena *arena, struct under_plan *plan_out,
               const char **problem_out) {
    const size_t count = scenario->cells_count;
    struct scenario *copy = arena_alloc(arena, sizeof *copy);
    *copy = *scenario;
    copy->cells = arena_alloc(arena, count * sizeof *copy->cells);
    const char **scaling = arena_alloc(arena, count * sizeof *scaling);
    for (size_t i = 0; i < count; i++) {
        struct scenario_cell *cell = &copy->cells[i];
        *cell = scenario->cells[i];
        if (check_kind(tool, scenario, cell, arena, problem_out) != 0) {
            return -1;
        }
        scaling[i] = scaling_apply(&cell->settings, tool->divisor, arena);
        if (check_threads(tool, scenario, cell, arena, problem_out) != 0) {
            return -1;
        }
    }
    *plan_out = (struct under_plan){.scenario = copy, .scaling = scaling};
    return 0;
}
