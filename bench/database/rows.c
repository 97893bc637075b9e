/* SPDX-License-Identifier: Apache-2.0 */
#include "database/rows.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "database/database.h"
#include "people/people.h"

#define PROGRESS_EVERY_NS (100 * CLOCK_NS_PER_MS)

/* Enough that neither thread waits when the other was held up for a moment. */
#define BATCHES_COUNT 4

/* A batch ends before this is full, however long the bios are. */
#define ROW_MAX ((size_t)3 * PEOPLE_FIELD_MAX)
#define TEXT_SIZE (ROWS_PER_BATCH * ROW_MAX)

struct rows {
    /* Fixed from start to stop. */
    struct people people;
    struct database_options options;
    pthread_t thread;

    /* Of the maker while it is being filled, else of the taker. */
    struct filled {
        struct rows_batch batch;
        char *text;
    } batches[BATCHES_COUNT];

    /* Of the maker. */
    uint64_t made_rows;

    /* Of the taker. */
    uint64_t taken_rows;
    uint64_t told_ns;
    bool holds_one;

    /* Guarded by mutex. */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    uint64_t made;  /* batches, since the start */
    uint64_t taken; /* given back by the taker */
    bool stopped;
};

/* ---- The maker -----------------------------------------------------------*/

static char *put(char *at, const char *bytes, size_t size) {
    memcpy(at, bytes, size);
    return at + size;
}

static char *make_row(const struct rows *rows, char *text, struct row *row) {
    const struct people *people = &rows->people;
    struct person person;
    char *at = text;

    people_person(people, rows->made_rows, &person);
    at = put(at, person.login, person.login_size);
    at = put(at, person.name, person.name_size);
    at = put(at, person.forname, person.forname_size);
    *row = (struct row){.bytes = text,
                        .login_size = (uint8_t)person.login_size,
                        .name_size = (uint8_t)person.name_size,
                        .forname_size = (uint8_t)person.forname_size};
    if (people->bio.median != 0) {
        row->bio_size = (uint32_t)bio_size(&people->bio, people->seed,
                                           person.login, person.login_size);
        bio_write(people->seed, person.login, person.login_size, at,
                  row->bio_size);
        at += row->bio_size;
    }
    return at;
}

static void make_batch(struct rows *rows, struct filled *filled) {
    const char *full = filled->text + TEXT_SIZE - ROW_MAX;
    char *at = filled->text;
    size_t count = 0;

    while (count < ROWS_PER_BATCH && rows->made_rows < rows->people.users &&
           at <= full) {
        at = make_row(rows, at, &filled->batch.rows[count]);
        rows->made_rows++;
        count++;
    }
    filled->batch.count = count;
}

static void *make(void *data) {
    struct rows *rows = data;

    (void)pthread_mutex_lock(&rows->mutex);
    while (!rows->stopped && rows->made_rows < rows->people.users) {
        if (rows->made - rows->taken == BATCHES_COUNT) {
            (void)pthread_cond_wait(&rows->changed, &rows->mutex);
            continue;
        }
        struct filled *filled = &rows->batches[rows->made % BATCHES_COUNT];
        (void)pthread_mutex_unlock(&rows->mutex);
        make_batch(rows, filled);
        (void)pthread_mutex_lock(&rows->mutex);
        rows->made++;
        (void)pthread_cond_signal(&rows->changed);
    }
    (void)pthread_mutex_unlock(&rows->mutex);
    return NULL;
}

/* ---- The taker -----------------------------------------------------------*/

static void tell(struct rows *rows) {
    uint64_t now = clock_now_ns();
    bool first = rows->told_ns == 0;

    if (rows->options.progress != NULL &&
        (first || now - rows->told_ns >= PROGRESS_EVERY_NS)) {
        rows->told_ns = now;
        rows->options.progress(rows->options.progress_data, rows->taken_rows,
                               rows->people.users);
    }
}

static void wait_for_batch(struct rows *rows) {
    (void)pthread_mutex_lock(&rows->mutex);
    if (rows->holds_one) {
        rows->taken++;
        (void)pthread_cond_signal(&rows->changed);
    }
    rows->holds_one = rows->taken_rows < rows->people.users;
    while (rows->holds_one && rows->made == rows->taken) {
        (void)pthread_cond_wait(&rows->changed, &rows->mutex);
    }
    (void)pthread_mutex_unlock(&rows->mutex);
}

enum rows_next rows_next(struct rows *rows,
                         const struct rows_batch **batch_out) {
    tell(rows);
    if (interrupt_pending() != 0) {
        return ROWS_INTERRUPTED;
    }
    wait_for_batch(rows);
    if (!rows->holds_one) {
        return ROWS_END;
    }
    *batch_out = &rows->batches[rows->taken % BATCHES_COUNT].batch;
    rows->taken_rows += (*batch_out)->count;
    return ROWS_MORE;
}

/* ---- Both ----------------------------------------------------------------*/

static void rows_free(struct rows *rows) {
    for (size_t i = 0; i < BATCHES_COUNT; i++) {
        free(rows->batches[i].text);
    }
    (void)pthread_cond_destroy(&rows->changed);
    (void)pthread_mutex_destroy(&rows->mutex);
    free(rows);
}

int rows_start(const struct database_options *options, struct rows **rows_out) {
    struct rows *rows = calloc(1, sizeof *rows);
    size_t bio_max = options->bio.median == 0 ? 0 : BIO_SIZE_MAX;

    if (rows == NULL || pthread_mutex_init(&rows->mutex, NULL) != 0 ||
        pthread_cond_init(&rows->changed, NULL) != 0) {
        check_out_of_memory();
    }
    rows->options = *options;
    rows->people = (struct people){
        .users = options->users, .seed = options->seed, .bio = options->bio};
    for (size_t i = 0; i < BATCHES_COUNT; i++) {
        rows->batches[i].text = malloc(TEXT_SIZE + bio_max);
        if (rows->batches[i].text == NULL) {
            check_out_of_memory();
        }
    }
    int status = pthread_create(&rows->thread, NULL, make, rows);
    if (status != 0) {
        rows_free(rows);
        return -status;
    }
    *rows_out = rows;
    return 0;
}

void rows_stop(struct rows *rows) {
    (void)pthread_mutex_lock(&rows->mutex);
    rows->stopped = true;
    (void)pthread_cond_signal(&rows->changed);
    (void)pthread_mutex_unlock(&rows->mutex);
    (void)pthread_join(rows->thread, NULL);
    rows_free(rows);
}
