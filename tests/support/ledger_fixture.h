/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_LEDGER_FIXTURE_H
#define TESTS_SUPPORT_LEDGER_FIXTURE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>

#include <uv.h>

#include "base/result.h"

struct arena;
struct dbpool;
struct ledger;

/* A real pool on a real loop, warmed up once: the baseline is what it leaves.
 */
struct ledger_fixture {
    uv_loop_t loop;
    struct arena *arena;
    struct ledger *before;
    struct ledger *after; /* of the last settling */
    struct result_cell cell;
    const char *folder;
    const char *path; /* of a database in it */
};

/* For cmocka's setup and teardown; the teardown proves the loop empty. */
int ledger_fixture_set_up(void **state);
int ledger_fixture_tear_down(void **state);

/* The baseline is taken anew. */
void ledger_fixture_begin(struct ledger_fixture *f);

/* What is left now: f->cell.leftovers. */
void ledger_fixture_settle(struct ledger_fixture *f);

/* What was left then, a line each. */
void ledger_fixture_say(const struct ledger_fixture *f);

void ledger_fixture_expect_undisputed(const struct ledger_fixture *f);

/* Settles first. */
void ledger_fixture_expect_nothing_left(struct ledger_fixture *f);

/* A pool of two threads, named plunge-db, opened at this site in @cycle. */
#define LEDGER_FIXTURE_SITE "scenarios/x.yaml:9"

struct dbpool *ledger_fixture_open_pool(struct ledger_fixture *f,
                                        uint64_t cycle);

/* One query, answered; use_pool(): "SELECT 1". */
void ledger_fixture_query(struct ledger_fixture *f, struct dbpool *pool,
                          const char *sql);
void ledger_fixture_use_pool(struct ledger_fixture *f, struct dbpool *pool);

/* The loop runs dry. */
void ledger_fixture_close_pool(struct ledger_fixture *f, struct dbpool *pool);

void ledger_fixture_close_timer(struct ledger_fixture *f, uv_timer_t *timer);

/* Past the wraps: what a test waits with is not what it looks for. */
int __real_sem_init(sem_t *semaphore, int shared, unsigned value);
int __real_sem_destroy(sem_t *semaphore);

/* A thread called "sleeper" that has started, and ends when it may go. */
struct sleeper {
    sem_t ready;
    sem_t go;
    pthread_t thread;
};

void sleeper_start(struct sleeper *sleeper);

/* After sem_post(&sleeper->go). */
void sleeper_join(struct sleeper *sleeper);

/* What its thread runs, with the struct sleeper. */
void *sleeper_run(void *data);

#endif
