/* SPDX-License-Identifier: Apache-2.0 */
#include "beside/opening.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <uv.h>

#include "base/check.h"
#include "base/clock.h"
#include "beside/argument.h"
#include "beside/asked.h"
#include "beside/counts.h"
#include "beside/fail.h"
#include "beside/hand.h"
#include "dbpool.h"

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION (void)0
#define CALLGRIND_STOP_INSTRUMENTATION (void)0
#endif

#define ROUNDS_MAX 100000
#define WARM_ROUNDS 5

struct opening {
    uv_loop_t loop;
    const char *database;
    char url[4096];
    struct dbpool_options options;
    struct asked asked;
    unsigned threads; /* that this many lookups call for */
    uv_barrier_t opened;

    /* A round of the pool's. */
    struct dbpool *pool;
    struct dbpool_request *requests;
    struct dbpool_value *params;
    struct dbpool_close_request closing;
    size_t answered;
    bool closed;
};

/* ---- A round -------------------------------------------------------------*/

static int wait_for_others(struct dbpool_transaction *connection, void *data) {
    struct opening *opening = data;
    (void)connection;
    (void)uv_barrier_wait(&opening->opened);
    return DBPOOL_OK;
}

static void note_closed(struct dbpool_close_request *request) {
    struct opening *opening = request->data;
    opening->closed = true;
}

static void answered(struct dbpool_request *request) {
    struct opening *opening = request->data;
    const char *login = request->params->as.text;
    struct dbpool_value found = dbpool_value(&request->result, 0, 0);
    if (request->status != DBPOOL_OK || found.type != DBPOOL_TEXT ||
        strcmp(found.as.text, login) != 0) {
        fail("dbpool: asked for '%s': %s", login,
             dbpool_request_message(request));
    }
    dbpool_request_fini(request);
    if (++opening->answered == opening->asked.count) {
        dbpool_close(opening->pool, &opening->closing, note_closed);
    }
}

static void round_of_dbpool(struct opening *opening) {
    opening->answered = 0;
    opening->closed = false;
    opening->closing.data = opening;
    int status = dbpool_open(&opening->loop, opening->url, &opening->options,
                             &opening->pool);
    CHECK(status == DBPOOL_OK);
    for (size_t i = 0; i < opening->asked.count; i++) {
        struct dbpool_request *request = &opening->requests[i];
        dbpool_request_init(request, opening);
        opening->params[i] = dbpool_text(opening->asked.logins[i]);
        request->params = &opening->params[i];
        request->params_count = 1;
        status = dbpool_run_query(opening->pool, request, ASKED_SQL, answered);
        CHECK(status == DBPOOL_OK);
    }
    CHECK(uv_run(&opening->loop, UV_RUN_DEFAULT) == 0);
    CHECK(opening->closed);
}

static void round_by_hand(struct opening *opening) {
    hand_round(&(struct hand_work){
        .loop = &opening->loop,
        .database = opening->database,
        .options = &opening->options,
        .asked = &opening->asked,
        .threads = opening->threads,
    });
}

/* ---- Rounds --------------------------------------------------------------*/

static const struct side {
    const char *name;
    void (*round)(struct opening *opening);
} sides[] = {{"dbpool", round_of_dbpool}, {"hand", round_by_hand}};

enum { SIDES_COUNT = sizeof sides / sizeof *sides };

static uint64_t allocations_of(const struct counts *counts) {
    uint64_t sum = 0;
    for (int i = 0; i < COUNTS_PARTIES; i++) {
        sum += counts->memory[i].allocations;
    }
    return sum;
}

static uint64_t blocks_of(const struct counts *counts) {
    uint64_t sum = 0;
    for (int i = 0; i < COUNTS_PARTIES; i++) {
        sum += counts->memory[i].blocks;
    }
    return sum;
}

/* What happened between the two: as it has to be, or the program ends. */
static void check_round(const struct opening *opening, const struct side *side,
                        const struct counts *before,
                        const struct counts *after) {
    const struct {
        const char *what;
        uint64_t expected;
        uint64_t found;
    } all[] = {
        {"threads started", opening->threads, after->threads - before->threads},
        {"threads joined", opening->threads,
         after->threads_joined - before->threads_joined},
        {"connections opened", opening->asked.count,
         after->connections - before->connections},
        {"connections closed", opening->asked.count,
         after->connections_ended - before->connections_ended},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i].found != all[i].expected) {
            fail("%s: a round has %llu %s, not %llu", side->name,
                 (unsigned long long)all[i].found, all[i].what,
                 (unsigned long long)all[i].expected);
        }
    }
}

struct measured {
    uint64_t ns;
    uint64_t allocations;
    int64_t blocks; /* left */
};

static struct measured run_round(struct opening *opening,
                                 const struct side *side) {
    struct counts before = counts_now();
    uint64_t start_ns = clock_now_ns();
    side->round(opening);
    uint64_t end_ns = clock_now_ns();
    struct counts after = counts_now();
    check_round(opening, side, &before, &after);
    return (struct measured){
        .ns = end_ns - start_ns,
        .allocations = allocations_of(&after) - allocations_of(&before),
        .blocks = (int64_t)(blocks_of(&after) - blocks_of(&before)),
    };
}

/* ---- The program ---------------------------------------------------------*/

/* DATABASE MIN MAX LOOKUPS */
static void init(struct opening *opening, char **arguments) {
    *opening = (struct opening){.database = arguments[0]};
    struct dbpool_options *options = &opening->options;
    dbpool_options_init(options);
    options->max = argument_number(arguments[2], "MAX", 1, 1024);
    options->min = argument_number(arguments[1], "MIN", 0, options->max);
    options->must_exist = true;
    unsigned lookups =
        argument_number(arguments[3], "LOOKUPS", 1, options->max);
    opening->threads = lookups > options->min ? lookups : options->min;
    if (lookups > 1) {
        options->batch_max = 1;
        options->on_connect = wait_for_others;
        options->on_connect_data = opening;
    }
    (void)snprintf(opening->url, sizeof opening->url, "sqlite:%s",
                   opening->database);
    asked_init(&opening->asked, opening->database, lookups);
    opening->requests = calloc(lookups, sizeof *opening->requests);
    opening->params = calloc(lookups, sizeof *opening->params);
    if (opening->requests == NULL || opening->params == NULL) {
        check_out_of_memory();
    }
    CHECK(uv_loop_init(&opening->loop) == 0);
    CHECK(uv_barrier_init(&opening->opened, lookups) == 0);
}

static void fini(struct opening *opening) {
    uv_barrier_destroy(&opening->opened);
    CHECK(uv_loop_close(&opening->loop) == 0);
    free(opening->params);
    free(opening->requests);
    asked_fini(&opening->asked);
}

static void print_side(const struct side *side, const struct measured *rounds,
                       unsigned rounds_count) {
    uint64_t allocations = 0;
    int64_t blocks = 0;
    (void)printf(", \"%s\": {\"ns\": [", side->name);
    for (unsigned i = 0; i < rounds_count; i++) {
        (void)printf("%s%llu", i == 0 ? "" : ", ",
                     (unsigned long long)rounds[i].ns);
        allocations += rounds[i].allocations;
        blocks += rounds[i].blocks;
    }
    (void)printf("], \"allocations\": %.1f, \"blocks_left\": %lld}",
                 (double)allocations / rounds_count, (long long)blocks);
}

int opening_run(char **arguments) {
    struct opening opening;
    init(&opening, arguments);
    unsigned rounds_count =
        argument_number(arguments[4], "ROUNDS", 1, ROUNDS_MAX);
    struct measured *rounds[SIDES_COUNT];
    for (int i = 0; i < SIDES_COUNT; i++) {
        rounds[i] = calloc(rounds_count, sizeof *rounds[i]);
        if (rounds[i] == NULL) {
            check_out_of_memory();
        }
        for (int warm = 0; warm < WARM_ROUNDS; warm++) {
            (void)run_round(&opening, &sides[i]);
        }
    }
    for (unsigned i = 0; i < rounds_count; i++) {
        for (unsigned j = 0; j < SIDES_COUNT; j++) {
            unsigned which = (i + j) % SIDES_COUNT;
            rounds[which][i] = run_round(&opening, &sides[which]);
        }
    }
    (void)printf("{\"min\": %u, \"max\": %u, \"lookups\": %zu, "
                 "\"threads\": %u, \"connections\": %zu",
                 opening.options.min, opening.options.max, opening.asked.count,
                 opening.threads, opening.asked.count);
    for (int i = 0; i < SIDES_COUNT; i++) {
        print_side(&sides[i], rounds[i], rounds_count);
        free(rounds[i]);
    }
    (void)puts("}");
    fini(&opening);
    return 0;
}

/* Then nobody waits awake, and the counts are nearly the same each time. */
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

int opening_run_one(char **arguments) {
    const struct side *side = sides;
    while (side != sides + SIDES_COUNT &&
           strcmp(side->name, arguments[0]) != 0) {
        side++;
    }
    if (side == sides + SIDES_COUNT) {
        fail("WHO: expected dbpool or hand, got \"%s\"", arguments[0]);
    }
    struct opening opening;
    stay_on_one_processor();
    init(&opening, arguments + 1);
    unsigned rounds_count =
        argument_number(arguments[5], "ROUNDS", 1, ROUNDS_MAX);
    for (int warm = 0; warm < WARM_ROUNDS; warm++) {
        (void)run_round(&opening, side);
    }
    (void)syscall(SYS_getppid);
    CALLGRIND_START_INSTRUMENTATION;
    for (unsigned i = 0; i < rounds_count; i++) {
        (void)run_round(&opening, side);
    }
    CALLGRIND_STOP_INSTRUMENTATION;
    (void)syscall(SYS_getppid);
    fini(&opening);
    return 0;
}
