/* SPDX-License-Identifier: Apache-2.0 */
#include "subject/subject.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "base/annotate.h"
#include "base/check.h"
#include "base/clock.h"
#include "subject/closing.h"
#include "subject/lane.h"

/* What people write first: uv_queue_work() for each lookup, and a connection
 * with its statement for each of libuv's threads, found again by the thread. It
 * is written with care: jobs and the room for their rows are used again.
 *
 * libuv starts its threads with the process's first piece of work, reads their
 * number from the environment then and never again, and joins them when the
 * process ends. They are therefore the process's, not the subject's: what a
 * subject can close are its connections, and it does. */
#define UVWORK_THREADS "UV_THREADPOOL_SIZE"

/* One of libuv's threads, as one opening of the subject knows it. */
struct worker {
    struct worker *next;
    struct lane lane;
    bool is_open;
};

/* A lookup on its way. Owner: the loop, but from uv_queue_work() until its
 * second callback: the thread that runs it. */
struct job {
    uv_work_t work;
    struct uvwork *uvwork;
    struct subject_request *request;
    struct subject_answer answer; /* points into text */
    char *text;
    size_t text_capacity;
    struct avatar_row *rows; /* of a page; NULL: there was none yet */
    struct job *next_free;
};

struct uvwork {
    /* Fixed from open to close. */
    struct subject subject;
    struct subject_sink sink;
    char *database;
    const char *query;
    uint64_t opening;

    /* Loop thread only. */
    uv_idle_t end; /* never started: its closing calls back */
    struct job *free;
    size_t unanswered;
    struct closing closing;

    /* Guarded by mutex. */
    uv_mutex_t mutex;
    struct worker *workers;
};

/* ---- On one of libuv's threads -------------------------------------------*/

/* Openings are numbered, since a later one may lie at the same address. */
static _Thread_local struct {
    uint64_t opening;
    struct worker *worker;
} here;

static struct worker *worker_here(struct uvwork *uvwork) {
    if (here.opening == uvwork->opening) {
        return here.worker;
    }
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL) {
        check_out_of_memory();
    }
    uv_mutex_lock(&uvwork->mutex);
    worker->next = uvwork->workers;
    uvwork->workers = worker;
    uv_mutex_unlock(&uvwork->mutex);
    here.opening = uvwork->opening;
    here.worker = worker;
    return worker;
}

/* Where it does not open, the next lookup tries again. */
static bool worker_open(struct worker *worker, const struct uvwork *uvwork,
                        struct subject_error *error_out) {
    if (worker->is_open) {
        return true;
    }
    worker->is_open = lane_init(&worker->lane, uvwork->database, uvwork->query,
                                error_out) == 0;
    if (!worker->is_open) {
        lane_fini(&worker->lane);
        memset(&worker->lane, 0, sizeof worker->lane);
    }
    return worker->is_open;
}

static void job_reserve(struct job *job, size_t size) {
    if (size <= job->text_capacity) {
        return;
    }
    char *text = realloc(job->text, size);
    if (text == NULL) {
        check_out_of_memory();
    }
    job->text = text;
    job->text_capacity = size;
}

/* Returns the copy at @offset, which moves behind it. */
static const char *job_copy(struct job *job, size_t *offset, const char *bytes,
                            size_t size) {
    char *copy = job->text + *offset;
    if (size > 0) {
        memcpy(copy, bytes, size);
    }
    *offset += size;
    return copy;
}

static void job_copy_row(struct job *job, size_t *offset,
                         struct avatar_row *row) {
    row->login = job_copy(job, offset, row->login, row->login_size);
    row->name = job_copy(job, offset, row->name, row->name_size);
    row->forname = job_copy(job, offset, row->forname, row->forname_size);
    row->bio = job_copy(job, offset, row->bio, row->bio_size);
}

static size_t row_size(const struct avatar_row *row) {
    return row->login_size + row->name_size + row->forname_size + row->bio_size;
}

static void job_keep_row(struct job *job) {
    size_t offset = 0;
    job_reserve(job, row_size(&job->answer.row));
    job_copy_row(job, &offset, &job->answer.row);
}

static void job_keep_page(struct job *job) {
    size_t size = 0;
    size_t offset = 0;
    if (job->rows == NULL) {
        job->rows = calloc(SUBJECT_SCAN_ROWS, sizeof *job->rows);
        if (job->rows == NULL) {
            check_out_of_memory();
        }
    }
    for (size_t i = 0; i < job->answer.rows_count; i++) {
        job->rows[i] = job->answer.rows[i];
        size += row_size(&job->rows[i]);
    }
    job_reserve(job, size);
    for (size_t i = 0; i < job->answer.rows_count; i++) {
        job_copy_row(job, &offset, &job->rows[i]);
    }
    job->answer.rows = job->rows;
}

static void job_keep_error(struct job *job, const char *error) {
    size_t offset = 0;
    size_t size = strlen(error) + 1;
    job_reserve(job, size);
    job->answer.error = job_copy(job, &offset, error, size);
}

static void job_run(uv_work_t *work) {
    struct job *job = work->data;
    struct uvwork *uvwork = job->uvwork;
    struct dbpool_request_times *times = job->request->times;
    if (times != NULL) {
        times->taken_ns = clock_now_ns();
    }
    struct worker *worker = worker_here(uvwork);
    struct subject_error error;
    if (!worker_open(worker, uvwork, &error)) {
        job->answer = (struct subject_answer){.status = error.status};
        job_keep_error(job, error.text);
        return;
    }
    if (times != NULL) {
        times->begun_ns = clock_now_ns();
    }
    lane_do(&worker->lane, job->request, &job->answer);
    if (times != NULL) {
        times->ended_ns = clock_now_ns();
    }
    if (job->answer.status < 0) {
        job_keep_error(job, job->answer.error);
    } else if (job->answer.found) {
        job_keep_row(job);
    } else if (job->answer.rows != NULL) {
        job_keep_page(job);
    }
    lane_release(&worker->lane);
}

/* ---- Closed --------------------------------------------------------------*/

static void uvwork_free(struct uvwork *uvwork) {
    while (uvwork->free != NULL) {
        struct job *job = uvwork->free;
        uvwork->free = job->next_free;
        free(job->text);
        free(job->rows);
        free(job);
    }
    uv_mutex_destroy(&uvwork->mutex);
    free(uvwork->database);
    free(uvwork);
}

static void uvwork_closed(uv_handle_t *handle) {
    struct uvwork *uvwork = handle->data;
    struct closing closing = uvwork->closing;
    uvwork_free(uvwork);
    closing_call(closing);
}

/* From here, not from the threads: nothing tells libuv's when to end. One after
 * the other, so that the last removes what SQLite keeps beside the database. */
static void close_connections(struct uvwork *uvwork) {
    uv_mutex_lock(&uvwork->mutex);
    struct worker *worker = uvwork->workers;
    uvwork->workers = NULL;
    uv_mutex_unlock(&uvwork->mutex);
    while (worker != NULL) {
        struct worker *next = worker->next;
        lane_fini(&worker->lane);
        free(worker);
        worker = next;
    }
}

static void uvwork_check_over(struct uvwork *uvwork) {
    if (uvwork->closing.count > 0 && uvwork->unanswered == 0 &&
        uv_is_closing((uv_handle_t *)&uvwork->end) == 0) {
        close_connections(uvwork);
        uv_close((uv_handle_t *)&uvwork->end, uvwork_closed);
    }
}

static void uvwork_close(struct subject *subject, subject_cb closed,
                         void *data) {
    struct uvwork *uvwork = (struct uvwork *)subject;
    closing_add(&uvwork->closing, closed, data);
    uvwork_check_over(uvwork);
}

/* ---- On the loop ---------------------------------------------------------*/

static void job_done(uv_work_t *work, int status) {
    struct job *job = work->data;
    struct uvwork *uvwork = job->uvwork;
    CHECK(status == 0); /* nobody cancels */
    uvwork->unanswered--;
    if (job->request->times != NULL) {
        job->request->times->delivered_ns = clock_now_ns();
    }
    uvwork->sink.answered(uvwork->sink.data, 0, job->request, &job->answer);
    job->next_free = uvwork->free;
    uvwork->free = job;
    uvwork_check_over(uvwork);
}

static struct job *job_take(struct uvwork *uvwork) {
    struct job *job = uvwork->free;
    if (job != NULL) {
        uvwork->free = job->next_free;
        return job;
    }
    job = calloc(1, sizeof *job);
    if (job == NULL) {
        check_out_of_memory();
    }
    job->work.data = job;
    job->uvwork = uvwork;
    return job;
}

static int uvwork_submit(struct subject *subject,
                         struct subject_request *request,
                         struct subject_error *error_out) {
    struct uvwork *uvwork = (struct uvwork *)subject;
    if (uvwork->closing.count > 0) {
        return subject_fail(error_out, DBPOOL_ECLOSED, NULL);
    }
    struct job *job = job_take(uvwork);
    job->request = request;
    if (request->times != NULL) {
        *request->times =
            (struct dbpool_request_times){.submitted_ns = clock_now_ns()};
    }
    CHECK(uv_queue_work(uvwork->end.loop, &job->work, job_run, job_done) == 0);
    uvwork->unanswered++;
    return 0;
}

static int uvwork_open(const struct subject_options *options,
                       struct subject **subject_out,
                       struct subject_error *error_out) {
    static _Atomic uint64_t openings;
    (void)error_out;
    struct uvwork *uvwork = calloc(1, sizeof *uvwork);
    if (uvwork == NULL || uv_mutex_init(&uvwork->mutex) != 0) {
        check_out_of_memory();
    }
    uvwork->subject.calls = &subject_uvwork;
    uvwork->sink = options->sink;
    uvwork->opening = atomic_fetch_add(&openings, 1) + 1;
    uvwork->query = options->query;
    uvwork->database = strdup(options->database);
    char threads[16];
    (void)snprintf(threads, sizeof threads, "%u", options->max);
    if (uvwork->database == NULL || setenv(UVWORK_THREADS, threads, 1) != 0) {
        check_out_of_memory();
    }
    uvwork->end.data = uvwork;
    (void)uv_idle_init(options->loop, &uvwork->end);
    /* libuv's threads are never joined before the loop is closed: the last of
     * them may still be on its way out of giving this back. */
    ANNOTATE_UNCHECKED(options->loop->wq_mutex);
    *subject_out = &uvwork->subject;
    return 0;
}

const struct subject_calls subject_uvwork = {
    .name = "uvwork",
    .reference = true,
    .open = uvwork_open,
    .submit = uvwork_submit,
    .close = uvwork_close,
};
