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
#include "counting/memory.h"
#include "counting/turns.h"
#include "counting/work.h"
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

/* counter SUBJECT DATABASE USERS IN_FLIGHT LOOKUPS [stages] [memory]: what
 * ci/counts runs under callgrind. The real load on the real subject, with one
 * thread, from one seed, and one thread at a time (turns.h): the first lookups
 * fill the caches, and exactly LOOKUPS are counted, from the submission of one
 * to that of another that many later. In the log of system calls a getppid()
 * stands at both. With `memory` allocations are counted, too, which takes
 * instructions: so it is a run of its own, of which only that is used.
 *
 * Prints what happened between the two; exit 1 where an answer was wrong. */
#define SEED 1
#define WARM_LOOKUPS UINT64_C(16384)

static const struct subject_calls *const subjects[] = {
    &subject_dbpool, &subject_uvwork, &subject_null};

struct reading {
    struct turns_counts turns;
    struct work work;
    struct memory memory;
};

struct window {
    uint64_t submitted;
    uint64_t first;
    uint64_t end;
    struct reading before;
    struct reading after;
};

static struct window window;

static void mark(void) {
    (void)syscall(SYS_getppid);
}

static struct reading read_counts(void) {
    return (struct reading){
        .turns = turns_counts(),
        .work = work_done(),
        .memory = memory_made(),
    };
}

static void window_begin(void) {
    window.before = read_counts();
    CALLGRIND_START_INSTRUMENTATION;
    mark();
    CALLGRIND_ZERO_STATS;
}

static void window_end(void) {
    CALLGRIND_DUMP_STATS;
    mark();
    CALLGRIND_STOP_INSTRUMENTATION;
    window.after = read_counts();
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

/* ---- What is said --------------------------------------------------------*/

static void say(const char *name, uint64_t before, uint64_t after) {
    (void)printf(", \"%s\": %llu", name, (unsigned long long)(after - before));
}

static void say_work(const struct work *before, const struct work *after) {
    say("statements", before->statements, after->statements);
    say("steps", before->steps, after->steps);
    say("pages_found", before->pages_found, after->pages_found);
    say("pages_read", before->pages_read, after->pages_read);
    say("pages_written", before->pages_written, after->pages_written);
}

static void say_memory(const struct memory *before,
                       const struct memory *after) {
    for (int i = 0; i < MEMORY_OWNERS_COUNT; i++) {
        const struct memory_made *from = &before->made[i];
        const struct memory_made *to = &after->made[i];
        (void)printf(", \"%s\": {\"allocations\": %llu, \"bytes\": %llu}",
                     memory_owner_name((enum memory_owner)i),
                     (unsigned long long)(to->allocations - from->allocations),
                     (unsigned long long)(to->bytes - from->bytes));
    }
}

static void say_all(uint64_t lookups, bool memory) {
    const struct reading *before = &window.before;
    const struct reading *after = &window.after;
    (void)printf("{\"lookups\": %llu", (unsigned long long)lookups);
    say("waits", before->turns.waits, after->turns.waits);
    say("wakes", before->turns.wakes, after->turns.wakes);
    say("switches", before->turns.switches, after->turns.switches);
    say("clock", before->turns.clock, after->turns.clock);
    say_work(&before->work, &after->work);
    if (memory) {
        say_memory(&before->memory, &after->memory);
    }
    (void)puts("}");
}

/* false: there is none of that name. */
static bool read_word(const char *word, bool *stages_out, bool *memory_out) {
    *stages_out = *stages_out || strcmp(word, "stages") == 0;
    *memory_out = *memory_out || strcmp(word, "memory") == 0;
    return strcmp(word, "stages") == 0 || strcmp(word, "memory") == 0;
}

int main(int argc, char **argv) {
    bool stages = false;
    bool memory = false;
    bool understood = argc >= 6 && find_subject(argv[1]);
    for (int i = 6; i < argc; i++) {
        understood = read_word(argv[i], &stages, &memory) && understood;
    }
    if (!understood) {
        (void)fputs("usage: counter SUBJECT DATABASE USERS IN_FLIGHT LOOKUPS "
                    "[stages] [memory]\n",
                    stderr);
        return 2;
    }
    uint64_t lookups = strtoull(argv[5], NULL, 10);
    stay_on_one_processor();
    if (memory) {
        memory_count();
    }
    (void)dbpool_tune_process();
    if (!count(argv[2], strtoull(argv[3], NULL, 10),
               strtoull(argv[4], NULL, 10), lookups, stages)) {
        return 1;
    }
    say_all(lookups, memory);
    return 0;
}
