/* SPDX-License-Identifier: Apache-2.0 */
#include "beside/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include "base/check.h"
#include "base/clock.h"
#include "beside/argument.h"
#include "beside/asked.h"
#include "beside/counts.h"
#include "beside/fail.h"
#include "dbpool.h"

#define IN_FLIGHT_MAX 100000000
#define USERS_MAX 1000
#define PATIENCE_NS (60 * CLOCK_NS_PER_S)

struct memory {
    uv_loop_t loop;
    struct dbpool *pool;
    struct asked asked;
    struct dbpool_request *requests;
    struct dbpool_value *params;
    size_t in_flight;
    size_t answered;
    bool gives_back; /* what an answer holds, in its callback */

    struct dbpool_request *holders; /* one a thread */
    unsigned threads;
    unsigned holding; /* holders that are not answered */
    uv_sem_t held;
    uv_sem_t gate;

    struct counts before;
    size_t resident_before;
    unsigned stages_printed;
};

/* ---- Stages --------------------------------------------------------------*/

static size_t resident_bytes(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%*u %lu", &pages) != 1) {
        fail("/proc/self/statm cannot be read");
    }
    (void)fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static long long more(uint64_t now, uint64_t before) {
    return (long long)(now - before);
}

static void print_stage(struct memory *memory, const char *name) {
    struct counts now = counts_now();
    const struct counts_memory *own = &now.memory[COUNTS_OWN];
    const struct counts_memory *own_before = &memory->before.memory[COUNTS_OWN];
    (void)printf("%s{\"name\": \"%s\", \"blocks\": %lld, \"bytes\": %lld, "
                 "\"sqlite_bytes\": %lld, \"loop_bytes\": %lld, "
                 "\"resident_bytes\": %lld}",
                 memory->stages_printed++ == 0 ? "" : ", ", name,
                 more(own->blocks, own_before->blocks),
                 more(own->bytes, own_before->bytes),
                 more(now.memory[COUNTS_SQLITE].bytes,
                      memory->before.memory[COUNTS_SQLITE].bytes),
                 more(now.memory[COUNTS_LIBUV].bytes,
                      memory->before.memory[COUNTS_LIBUV].bytes),
                 more(resident_bytes(), memory->resident_before));
}

/* ---- The threads are held ------------------------------------------------*/

static int wait_at_gate(struct dbpool_transaction *connection, void *data) {
    struct memory *memory = data;
    struct dbpool_value param = dbpool_text(memory->asked.logins[0]);
    struct dbpool_result result;
    dbpool_result_init(&result);
    /* What a connection keeps of its first lookup is there before the count. */
    const struct dbpool_statement lookup = {
        .sql = ASKED_SQL, .params = &param, .params_count = 1};
    int status = dbpool_execute(connection, &lookup, &result);
    dbpool_result_fini(&result);
    uv_sem_post(&memory->held);
    uv_sem_wait(&memory->gate);
    return status;
}

static void was_held(struct dbpool_request *request) {
    struct memory *memory = request->data;
    memory->holding--;
    if (request->status != DBPOOL_OK) {
        fail("a thread could not be held: %s", dbpool_request_message(request));
    }
}

static void hold(struct memory *memory) {
    for (unsigned i = 0; i < memory->threads; i++) {
        CHECK(dbpool_run_with_connection(memory->pool, &memory->holders[i],
                                         wait_at_gate, was_held) == DBPOOL_OK);
        memory->holding++;
    }
    (void)uv_run(&memory->loop, UV_RUN_NOWAIT);
    for (unsigned i = 0; i < memory->threads; i++) {
        uv_sem_wait(&memory->held);
    }
}

static void let_go(struct memory *memory) {
    for (unsigned i = 0; i < memory->threads; i++) {
        uv_sem_post(&memory->gate);
    }
}

/* ---- Requests ------------------------------------------------------------*/

static void answered(struct dbpool_request *request) {
    struct memory *memory = request->data;
    const char *login = request->params->as.text;
    struct dbpool_value found = dbpool_value(&request->result, 0, 0);
    if (request->status != DBPOOL_OK || found.type != DBPOOL_TEXT ||
        strcmp(found.as.text, login) != 0) {
        fail("asked for '%s': %s", login, dbpool_request_message(request));
    }
    memory->answered++;
    if (memory->gives_back) {
        dbpool_request_fini(request);
    }
}

static void submit_all(struct memory *memory) {
    memory->answered = 0;
    for (size_t i = 0; i < memory->in_flight; i++) {
        CHECK(dbpool_run_query(memory->pool, &memory->requests[i], ASKED_SQL,
                               answered) == DBPOOL_OK);
    }
    (void)uv_run(&memory->loop, UV_RUN_NOWAIT); /* hands the last ones over */
    CHECK(memory->answered == 0);
}

/* The holders, too: one thread may have answered all lookups before another
 * comes from its gate. */
static void answer_all(struct memory *memory) {
    while (memory->answered < memory->in_flight || memory->holding > 0) {
        (void)uv_run(&memory->loop, UV_RUN_ONCE);
    }
}

/* Every answer has a row, and so a block: they have all run when these are
 * there. The loop, which would take them, stands still. */
static void await_blocks(struct memory *memory) {
    uint64_t until_ns = clock_now_ns() + PATIENCE_NS;
    uint64_t before = memory->before.memory[COUNTS_OWN].blocks;
    while (counts_now().memory[COUNTS_OWN].blocks - before <
           memory->in_flight) {
        if (clock_now_ns() > until_ns) {
            fail("%zu lookups have not run in 60 s", memory->in_flight);
        }
        uv_sleep(1);
    }
}

/* ---- The program ---------------------------------------------------------*/

static void *zeros(size_t count, size_t size) {
    void *block = calloc(count, size);
    if (block == NULL) {
        check_out_of_memory();
    }
    return block;
}

static void open_pool(struct memory *memory, const char *database) {
    char url[4096];
    struct dbpool_options options;
    dbpool_options_init(&options);
    options.min = memory->threads;
    options.max = memory->threads;
    options.must_exist = true;
    (void)snprintf(url, sizeof url, "sqlite:%s", database);
    CHECK(uv_loop_init(&memory->loop) == 0);
    CHECK(dbpool_open(&memory->loop, url, &options, &memory->pool) ==
          DBPOOL_OK);
}

/* As the caller's: the pages of the requests are not in memory yet. */
static void init(struct memory *memory, char **arguments) {
    *memory = (struct memory){
        .in_flight =
            argument_number(arguments[1], "IN_FLIGHT", 1, IN_FLIGHT_MAX),
        .threads = argument_number(arguments[2], "THREADS", 1, 1024),
    };
    size_t users =
        memory->in_flight < USERS_MAX ? memory->in_flight : USERS_MAX;
    asked_init(&memory->asked, arguments[0], users);
    memory->requests = zeros(memory->in_flight, sizeof *memory->requests);
    memory->params = zeros(users, sizeof *memory->params);
    memory->holders = zeros(memory->threads, sizeof *memory->holders);
    CHECK(uv_sem_init(&memory->held, 0) == 0);
    CHECK(uv_sem_init(&memory->gate, 0) == 0);
    open_pool(memory, arguments[0]);
    for (size_t i = 0; i < users; i++) {
        memory->params[i] = dbpool_text(memory->asked.logins[i]);
    }
    for (unsigned i = 0; i < memory->threads; i++) {
        dbpool_request_init(&memory->holders[i], memory);
        memory->holders[i].reads_only = true;
    }
}

static void fini(struct memory *memory) {
    dbpool_close(memory->pool, NULL, NULL);
    CHECK(uv_run(&memory->loop, UV_RUN_DEFAULT) == 0);
    CHECK(uv_loop_close(&memory->loop) == 0);
    uv_sem_destroy(&memory->gate);
    uv_sem_destroy(&memory->held);
    free(memory->holders);
    free(memory->params);
    free(memory->requests);
    asked_fini(&memory->asked);
}

/* The blocks of the last ones are kept, as by a program that uses its requests
 * again. */
static void print_stages(struct memory *memory) {
    hold(memory);
    memory->before = counts_now();
    memory->resident_before = resident_bytes();
    for (size_t i = 0; i < memory->in_flight; i++) {
        dbpool_request_init(&memory->requests[i], memory);
        memory->requests[i].params = &memory->params[i % memory->asked.count];
        memory->requests[i].params_count = 1;
    }
    submit_all(memory);
    print_stage(memory, "waiting");
    let_go(memory);
    await_blocks(memory);
    print_stage(memory, "finished");
    answer_all(memory);
    print_stage(memory, "answered");
    hold(memory);
    submit_all(memory);
    print_stage(memory, "waiting again");
    memory->gives_back = true;
    let_go(memory);
    answer_all(memory);
    print_stage(memory, "given back");
}

int memory_run(char **arguments) {
    struct memory memory;
    init(&memory, arguments);
    (void)printf("{\"in_flight\": %zu, \"threads\": %u, "
                 "\"request_bytes\": %zu, \"parameter_bytes\": %zu, "
                 "\"stages\": [",
                 memory.in_flight, memory.threads,
                 sizeof(struct dbpool_request), sizeof(struct dbpool_value));
    print_stages(&memory);
    (void)printf("], \"sqlite_bytes_before\": %llu}\n",
                 (unsigned long long)memory.before.memory[COUNTS_SQLITE].bytes);
    fini(&memory);
    return 0;
}
