/* SPDX-License-Identifier: Apache-2.0 */
#include "support/ledger_fixture.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "dbpool.h"
#include "ledger/ledger.h"
#include "support/suite.h"

/* ---- A pool's life ------------------------------------------------------ */

static void answered(struct dbpool_request *request) {
    assert_int_equal(request->status, 0);
    dbpool_request_fini(request);
}

struct dbpool *ledger_fixture_open_pool(struct ledger_fixture *f,
                                        uint64_t cycle) {
    struct dbpool_site site = {.file = "scenarios/x.yaml", .line = 9};
    struct dbpool_options options;
    struct dbpool *pool;
    dbpool_options_init(&options);
    options.min = 2;
    options.max = 2;
    options.name = "plunge-db";
    options.tag = cycle;
    const char *url = arena_format(f->arena, "sqlite:%s", f->path);
    assert_int_equal(dbpool_open_at(site, &f->loop, url, &options, &pool), 0);
    return pool;
}

void ledger_fixture_query(struct ledger_fixture *f, struct dbpool *pool,
                          const char *sql) {
    struct dbpool_request request;
    dbpool_request_init(&request, NULL);
    assert_int_equal(dbpool_run_query(pool, &request, sql, answered), 0);
    (void)uv_run(&f->loop, UV_RUN_DEFAULT);
}

void ledger_fixture_use_pool(struct ledger_fixture *f, struct dbpool *pool) {
    ledger_fixture_query(f, pool, "SELECT 1");
}

void ledger_fixture_close_pool(struct ledger_fixture *f, struct dbpool *pool) {
    dbpool_close(pool, NULL, NULL);
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
}

/* ---- Fixture ------------------------------------------------------------ */

int ledger_fixture_set_up(void **state) {
    struct ledger_fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    f->arena = arena_new();
    result_cell_init(&f->cell);
    const char *parent = getenv("TMPDIR");
    f->folder = mkdtemp(arena_format(f->arena, "%s/ledger-XXXXXX",
                                     parent == NULL ? "/tmp" : parent));
    assert_non_null(f->folder);
    f->path = arena_format(f->arena, "%s/users.db", f->folder);
    struct dbpool *pool = ledger_fixture_open_pool(f, 0);
    ledger_fixture_use_pool(f, pool);
    ledger_fixture_close_pool(f, pool);
    ledger_fixture_begin(f);
    *state = f;
    return 0;
}

int ledger_fixture_tear_down(void **state) {
    struct ledger_fixture *f = *state;
    ledger_free(f->before);
    ledger_free(f->after);
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(rmdir(f->folder), 0);
    arena_free(f->arena);
    free(f);
    return 0;
}

void ledger_fixture_begin(struct ledger_fixture *f) {
    ledger_free(f->before);
    f->before = ledger_take(&f->loop);
}

void ledger_fixture_settle(struct ledger_fixture *f) {
    ledger_free(f->after);
    f->after = ledger_take(&f->loop);
    ledger_difference(f->before, f->after, f->arena, &f->cell);
}

void ledger_fixture_expect_undisputed(const struct ledger_fixture *f) {
    if (f->cell.ledger_disputed != NULL) {
        fail_msg("disputed: %s", f->cell.ledger_disputed);
    }
}

void ledger_fixture_say(const struct ledger_fixture *f) {
    for (size_t i = 0; i < f->cell.leftovers_count; i++) {
        const struct result_leftover *left = &f->cell.leftovers[i];
        print_error("left behind: %s; %s\n", left->identity,
                    left->site == NULL ? "where from is unknown" : left->site);
    }
}

void ledger_fixture_expect_nothing_left(struct ledger_fixture *f) {
    ledger_fixture_settle(f);
    ledger_fixture_say(f);
    ledger_fixture_expect_undisputed(f);
    assert_int_equal(f->cell.leftovers_count, 0);
}

void ledger_fixture_close_timer(struct ledger_fixture *f, uv_timer_t *timer) {
    uv_close((uv_handle_t *)timer, NULL);
    (void)uv_run(&f->loop, UV_RUN_DEFAULT);
}

/* ---- Sleeper ------------------------------------------------------------ */

void *sleeper_run(void *data) {
    struct sleeper *sleeper = data;
    (void)pthread_setname_np(pthread_self(), "sleeper");
    (void)sem_post(&sleeper->ready);
    (void)sem_wait(&sleeper->go);
    return NULL;
}

void sleeper_start(struct sleeper *sleeper) {
    (void)__real_sem_init(&sleeper->ready, 0, 0);
    (void)__real_sem_init(&sleeper->go, 0, 0);
    assert_int_equal(
        pthread_create(&sleeper->thread, NULL, sleeper_run, sleeper), 0);
    (void)sem_wait(&sleeper->ready);
}

void sleeper_join(struct sleeper *sleeper) {
    assert_int_equal(pthread_join(sleeper->thread, NULL), 0);
    (void)__real_sem_destroy(&sleeper->ready);
    (void)__real_sem_destroy(&sleeper->go);
}
