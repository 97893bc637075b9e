/* SPDX-License-Identifier: Apache-2.0 */
#include "beside/hand.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>
#include <uv.h>

#include "base/check.h"
#include "beside/fail.h"
#include "dbpool.h"

#define COLUMN_SIZE 128

struct hand_thread {
    struct hand *hand;
    uv_thread_t handle;
    const char *login;        /* NULL: has nothing to ask for */
    char row[3][COLUMN_SIZE]; /* written before it is counted as answered */
};

struct hand {
    /* Fixed while the threads run. */
    const struct hand_work *work;
    struct hand_thread *threads;
    uv_barrier_t opened;

    /* Loop thread only. */
    uv_async_t told;

    /* Guarded by mutex. */
    uv_mutex_t mutex;
    uv_cond_t changed;
    size_t answered;
    bool stopping;
};

struct sqlite3 *hand_open(const char *database,
                          const struct dbpool_options *options) {
    struct sqlite3 *handle = NULL;
    char sql[96];
    (void)snprintf(sql, sizeof sql,
                   "PRAGMA mmap_size = %zu; PRAGMA cache_size = -%zu",
                   options->mmap_bytes, options->cache_bytes / 1024);
    if (sqlite3_open_v2(database, &handle,
                        SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE,
                        NULL) != SQLITE_OK ||
        sqlite3_busy_timeout(handle, (int)options->busy_timeout_ms) !=
            SQLITE_OK ||
        sqlite3_exec(handle, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fail("%s: %s", database, sqlite3_errmsg(handle));
    }
    return handle;
}

/* Two that close at the same moment would leave the write-ahead log. */
static void close_connection(struct sqlite3 *handle) {
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    (void)pthread_mutex_lock(&one_at_a_time);
    int code = sqlite3_close(handle);
    (void)pthread_mutex_unlock(&one_at_a_time);
    CHECK(code == SQLITE_OK);
}

/* ---- A thread ------------------------------------------------------------*/

static void ask(struct hand_thread *thread, struct sqlite3_stmt *statement) {
    CHECK(sqlite3_bind_text(statement, 1, thread->login, -1, SQLITE_STATIC) ==
          SQLITE_OK);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        for (int i = 0; i < 3; i++) {
            const unsigned char *text = sqlite3_column_text(statement, i);
            size_t size = (size_t)sqlite3_column_bytes(statement, i);
            CHECK(size < COLUMN_SIZE);
            memcpy(thread->row[i], text, size + 1);
        }
    }
    (void)sqlite3_reset(statement);
}

static void tell(struct hand *hand) {
    uv_mutex_lock(&hand->mutex);
    bool last = ++hand->answered == hand->work->asked->count;
    uv_mutex_unlock(&hand->mutex);
    if (last) {
        (void)uv_async_send(&hand->told);
    }
}

static void wait_for_end(struct hand *hand) {
    uv_mutex_lock(&hand->mutex);
    while (!hand->stopping) {
        uv_cond_wait(&hand->changed, &hand->mutex);
    }
    uv_mutex_unlock(&hand->mutex);
}

static void run_idle(void *data) {
    struct hand_thread *thread = data;
    wait_for_end(thread->hand);
}

static void run_asking(void *data) {
    struct hand_thread *thread = data;
    struct hand *hand = thread->hand;
    struct sqlite3 *handle =
        hand_open(hand->work->database, hand->work->options);
    struct sqlite3_stmt *statement = NULL;
    if (hand->work->asked->count > 1) {
        (void)uv_barrier_wait(&hand->opened);
    }
    if (sqlite3_prepare_v2(handle, ASKED_SQL, -1, &statement, NULL) !=
        SQLITE_OK) {
        fail("%s: %s", hand->work->database, sqlite3_errmsg(handle));
    }
    ask(thread, statement);
    tell(hand);
    wait_for_end(hand);
    (void)sqlite3_finalize(statement);
    close_connection(handle);
}

/* ---- The loop ------------------------------------------------------------*/

static void end(uv_async_t *told) {
    struct hand *hand = told->data;
    uv_mutex_lock(&hand->mutex);
    hand->stopping = true;
    uv_cond_broadcast(&hand->changed);
    uv_mutex_unlock(&hand->mutex);
    for (unsigned i = 0; i < hand->work->threads; i++) {
        CHECK(uv_thread_join(&hand->threads[i].handle) == 0);
    }
    uv_close((uv_handle_t *)told, NULL);
}

static void start(struct hand *hand) {
    const struct hand_work *work = hand->work;
    const uv_thread_options_t options = {
        .flags = UV_THREAD_HAS_STACK_SIZE,
        .stack_size = work->options->stack_size,
    };
    for (unsigned i = 0; i < work->threads; i++) {
        struct hand_thread *thread = &hand->threads[i];
        bool asks = i < work->asked->count;
        thread->hand = hand;
        thread->login = asks ? work->asked->logins[i] : NULL;
        CHECK(uv_thread_create_ex(&thread->handle, &options,
                                  asks ? run_asking : run_idle, thread) == 0);
    }
}

void hand_round(const struct hand_work *work) {
    struct hand hand = {.work = work};
    hand.threads = calloc(work->threads, sizeof *hand.threads);
    if (hand.threads == NULL) {
        check_out_of_memory();
    }
    CHECK(uv_mutex_init(&hand.mutex) == 0);
    CHECK(uv_cond_init(&hand.changed) == 0);
    CHECK(uv_barrier_init(&hand.opened, (unsigned)work->asked->count) == 0);
    CHECK(uv_async_init(work->loop, &hand.told, end) == 0);
    hand.told.data = &hand;
    start(&hand);
    CHECK(uv_run(work->loop, UV_RUN_DEFAULT) == 0);
    for (size_t i = 0; i < work->asked->count; i++) {
        if (strcmp(hand.threads[i].row[0], work->asked->logins[i]) != 0) {
            fail("by hand: asked for '%s', got '%s'", work->asked->logins[i],
                 hand.threads[i].row[0]);
        }
    }
    uv_barrier_destroy(&hand.opened);
    uv_cond_destroy(&hand.changed);
    uv_mutex_destroy(&hand.mutex);
    free(hand.threads);
}
