/* SPDX-License-Identifier: Apache-2.0 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <uv.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/result.h"
#include "counting/turns.h"
#include "dbpool.h"
#include "load/load.h"
#include "scenario/scenario.h"
#include "subject/subject.h"

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION (void)0
#define CALLGRIND_STOP_INSTRUMENTATION (void)0
#define CALLGRIND_ZERO_STATS (void)0
#define CALLGRIND_DUMP_STATS (void)0
#endif

/* counter SUBJECT DATABASE USERS IN_FLIGHT LOOKUPS: what ci/counts runs under
 * callgrind. The real load on the real subject, with one thread, from one seed,
 * and one thread at a time (turns.h): the first lookups fill the caches, and
 * exactly LOOKUPS are counted, from the submission of one to that of another
 * that many later. In the log of system calls a getppid() stands at both.
 *
 * Prints what happened between the two; exit 1 where an answer was wrong. */
#define SEED 1
#define WARM_LOOKUPS UINT64_C(16384)

static const struct subject_calls *const subjects[] = {
    &subject_dbpool, &subject_uvwork, &subject_null};

struct window {
    uint64_t submitted;
    uint64_t first;
    uint64_t end;
    struct turns_counts before;
    struct turns_counts after;
};

static struct window window;

static void mark(void) {
    (void)syscall(SYS_getppid);
}

static void window_begin(void) {
    CALLGRIND_START_INSTRUMENTATION;
    window.before = turns_counts();
    mark();
    CALLGRIND_ZERO_STATS;
}

static void window_end(void) {
    CALLGRIND_DUMP_STATS;
    mark();
    window.after = turns_counts();
    CALLGRIND_STOP_INSTRUMENTATION;
}

/* ---- The subject, with its submissions counted ---------------------------*/

static const struct subject_calls *counted;
static struct subject_calls counting;

static int counting_submit(struct subject *subject,
                           struct subject_request *request,
                           struct subject_error *error_out) {
    if (window.submitted == window.first) {
        window_begin();
    } else if (window.submitted == window.end) {
        window_end();
    }
    window.submitted++;
    return counted->submit(subject, request, error_out);
}

static int counting_open(const struct subject_options *options,
                         struct subject **subject_out,
                         struct subject_error *error_out) {
    int status = counted->open(options, subject_out, error_out);
    if (status == 0) {
        (*subject_out)->calls = &counting;
    }
    return status;
}

static bool find_subject(const char *name) {
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        if (strcmp(subjects[i]->name, name) == 0) {
            counted = subjects[i];
            counting = *counted;
            counting.open = counting_open;
            counting.submit = counting_submit;
            return true;
        }
    }
    return false;
}

/* ---- The load ------------------------------------------------------------*/

/* Some more are in flight at the end than are counted. */
static struct scenario_phase make_phase(uint64_t in_flight, uint64_t lookups) {
    uint64_t rounds = (WARM_LOOKUPS + in_flight - 1) / in_flight;
    window.first = rounds * in_flight;
    window.end = window.first + lookups;
    return (struct scenario_phase){
        .name = "counted",
        .in_flight = in_flight,
        .lookups = window.end + in_flight,
        .measure = true,
    };
}

static bool run(struct load *load, struct result_phase *phase_out) {
    struct arena *arena = arena_new();
    struct result_cell cell;
    struct load_outcome outcome;
    result_cell_init(&cell);
    load_cycle(load, 1, &outcome);
    load_result(load, arena, &cell);
    *phase_out = cell.phases[0];
    bool right = outcome.end == LOAD_DONE && phase_out->wrong == 0 &&
                 phase_out->failed == 0 &&
                 phase_out->completed == phase_out->submitted;
    if (!right) {
        (void)fprintf(stderr, "counter: %s\n",
                      cell.error != NULL ? cell.error : "answers were wrong");
    }
    arena_free(arena);
    return right;
}

static bool count(const char *database, uint64_t users, uint64_t in_flight,
                  uint64_t lookups, bool stages) {
    struct scenario_phase phase = make_phase(in_flight, lookups);
    const struct scenario_settings settings = {
        .database = {.users = users, .seed = SEED},
        .pool = {.min = 1, .max = 1},
        .phases = &phase,
        .phases_count = 1,
        .cycles = 1,
        .stages = stages,
        .limits = {.stall_ns = UINT64_MAX},
    };
    uv_loop_t loop;
    CHECK(uv_loop_init(&loop) == 0);
    struct load_board board = {0};
    const struct load_options options = {
        .loop = &loop,
        .settings = &settings,
        .subject = &counting,
        .database = database,
        .scenario_path = "counter",
        .seed = SEED,
        .board = &board,
    };
    struct load *load = load_new(&options);
    struct result_phase result;
    bool right = run(load, &result);
    load_free(load);
    CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
    CHECK(uv_loop_close(&loop) == 0);
    return right;
}

/* Since one thread executes at a time. Who asks how many processors there are,
 * to wait awake or to start as many threads, gets the same answer on every
 * machine. */
static void stay_on_one_processor(void) {
    cpu_set_t set;
    CHECK(sched_getaffinity(0, sizeof set, &set) == 0);
    size_t first = 0;
    while (!CPU_ISSET(first, &set)) {
        first++;
    }
    CPU_ZERO(&set);
    CPU_SET(first, &set);
    CHECK(sched_setaffinity(0, sizeof set, &set) == 0);
}

int main(int argc, char **argv) {
    bool stages = argc == 7 && strcmp(argv[6], "stages") == 0;
    if ((argc != 6 && !stages) || !find_subject(argv[1])) {
        (void)fputs("usage: counter SUBJECT DATABASE USERS IN_FLIGHT LOOKUPS "
                    "[stages]\n",
                    stderr);
        return 2;
    }
    uint64_t lookups = strtoull(argv[5], NULL, 10);
    stay_on_one_processor();
    (void)dbpool_tune_process();
    if (!count(argv[2], strtoull(argv[3], NULL, 10),
               strtoull(argv[4], NULL, 10), lookups, stages)) {
        return 1;
    }
    (void)printf(
        "{\"lookups\": %llu, \"waits\": %llu, \"wakes\": %llu, "
        "\"clock\": %llu}\n",
        (unsigned long long)lookups,
        (unsigned long long)(window.after.waits - window.before.waits),
        (unsigned long long)(window.after.wakes - window.before.wakes),
        (unsigned long long)(window.after.clock - window.before.clock));
    return 0;
}
