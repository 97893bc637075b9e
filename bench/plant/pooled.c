/* SPDX-License-Identifier: Apache-2.0 */
#include "plant/plant.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <uv.h>

#include "base/check.h"
#include "dbpool.h"

/* What only a pool can leave. A second one, beside the cell's own, is opened in
 * the unmeasured cycle and stays: of what is left behind later it is none. */

static struct dbpool *side;
static uv_async_t begun; /* the function of a request has been reached */

static struct dbpool_options options_of(const char *name, uint64_t cycle) {
    struct dbpool_options options;
    dbpool_options_init(&options);
    options.name = name;
    options.min = 1;
    options.max = 1;
    options.tag = cycle;
    return options;
}

static struct dbpool_request *new_request(void) {
    struct dbpool_request *request = malloc(sizeof *request);
    if (request == NULL) {
        check_out_of_memory();
    }
    dbpool_request_init(request, NULL);
    return request;
}

static void answered(struct dbpool_request *request) {
    CHECK(request->status == DBPOOL_OK);
    dbpool_request_fini(request);
    free(request);
    plant_waited();
}

static int pass(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    (void)data;
    return DBPOOL_OK;
}

static void reached(uv_async_t *async) {
    (void)async;
    plant_waited();
}

static void prepare_handle(struct uv_loop_s *loop) {
    CHECK(uv_async_init(loop, &begun, reached) == 0);
    uv_unref((uv_handle_t *)&begun);
}

static void open_side(struct uv_loop_s *loop) {
    const struct dbpool_options options = options_of("side", 0);
    int status = dbpool_open(loop, "sqlite::memory:", &options, &side);
    CHECK(status == DBPOOL_OK);
    prepare_handle(loop);
    plant_wait();
}

/* With a transaction, so that its own statements are there, too. */
static void prepare_side(const struct plant_place *place) {
    open_side(place->loop);
    int status = dbpool_run_interaction(side, new_request(), pass, answered);
    CHECK(status == DBPOOL_OK);
}

static unsigned plant_pool(const struct plant_place *place) {
    static struct dbpool *pool;
    struct dbpool_options options;
    char url[4096];
    if (place != NULL) {
        options = options_of("forgotten", place->cycle);
        (void)snprintf(url, sizeof url, "sqlite:%s", place->database);
    }
    PLANT_NEXT_LINE(place)
    int status = dbpool_open(place->loop, url, &options, &pool);
    CHECK(status == DBPOOL_OK);
    return 0;
}

static unsigned plant_statement(const struct plant_place *place) {
    static char sql[64];
    struct dbpool_request *request = place == NULL ? NULL : new_request();
    if (place != NULL) {
        (void)snprintf(sql, sizeof sql, "SELECT %d", (int)place->cycle);
        plant_wait();
    }
    PLANT_NEXT_LINE(place)
    int status = dbpool_run_query(side, request, sql, answered);
    CHECK(status == DBPOOL_OK);
    return 0;
}

static int wait_for_good(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    (void)data;
    (void)uv_async_send(&begun);
    while (pause() < 0) {
    }
    return DBPOOL_OK;
}

/* Its only thread never comes back. */
static void prepare_stuck(const struct plant_place *place) {
    static struct dbpool_request request;
    open_side(place->loop);
    dbpool_request_init(&request, NULL);
    int status =
        dbpool_run_with_connection(side, &request, wait_for_good, NULL);
    CHECK(status == DBPOOL_OK);
}

static unsigned plant_transaction(const struct plant_place *place) {
    static struct dbpool_request request;
    if (place != NULL) {
        dbpool_request_init(&request, NULL);
        plant_wait();
    }
    PLANT_NEXT_LINE(place)
    int status = dbpool_run_interaction(side, &request, wait_for_good, NULL);
    CHECK(status == DBPOOL_OK);
    return 0;
}

static unsigned plant_request(const struct plant_place *place) {
    static struct dbpool_request request;
    if (place != NULL) {
        dbpool_request_init(&request, NULL);
    }
    PLANT_NEXT_LINE(place)
    int status = dbpool_run_query(side, &request, "SELECT 1", NULL);
    CHECK(status == DBPOOL_OK);
    return 0;
}

#define ONCE .where = PLANT_ON_LOOP, .every = 3, .file = __FILE__

const struct plant plants_pooled[] = {
    {.name = "pool", .plant = plant_pool, ONCE},
    {.name = "statement",
     .plant = plant_statement,
     .prepare = prepare_side,
     ONCE},
    {.name = "transaction",
     .plant = plant_transaction,
     .prepare = prepare_side,
     ONCE},
    {.name = "request", .plant = plant_request, .prepare = prepare_stuck, ONCE},
    {.name = "statement per thousand",
     .plant = plant_statement,
     .prepare = prepare_side,
     .where = PLANT_ON_LOOP,
     .every = 1000,
     .file = __FILE__},
};

const size_t plants_pooled_count =
    sizeof plants_pooled / sizeof plants_pooled[0];
