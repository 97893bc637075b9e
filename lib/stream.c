/* SPDX-License-Identifier: Apache-2.0 */
#include "stream.h"

#include "check.h"
#include "pool.h"
#include "result.h"
#include "session.h"

static bool is_stopped(struct dbpool__stream *stream) {
    uv_mutex_lock(&stream->pool->mutex);
    bool stopped = stream->request->stopped;
    uv_mutex_unlock(&stream->pool->mutex);
    return stopped;
}

/* Until the loop has read what was handed over; it owns that until then, even
 * when the stream is stopped. Whether more is wanted. */
static bool wait_until_read(struct dbpool__stream *stream) {
    struct dbpool *pool = stream->pool;
    uv_mutex_lock(&pool->mutex);
    while (stream->ready != NULL) {
        uv_cond_wait(&pool->streams.consumed, &pool->mutex);
    }
    bool wanted = !stream->request->stopped;
    uv_mutex_unlock(&pool->mutex);
    return wanted;
}

static void hand_over(struct dbpool__stream *stream) {
    struct dbpool *pool = stream->pool;
    uv_mutex_lock(&pool->mutex);
    stream->ready = stream->filling;
    stream->next = pool->streams.ready;
    pool->streams.ready = stream;
    uv_mutex_unlock(&pool->mutex);
    (void)uv_async_send(&pool->wake);
}

/* Columns and names of a chunk as those of the one before. */
static int copy_shape(struct dbpool_result *to,
                      const struct dbpool_result *from) {
    dbpool__result_clear(to);
    to->columns_count = from->columns_count;
    for (uint32_t i = 0; from->named && i < from->columns_count; i++) {
        struct dbpool_value name = dbpool_text(dbpool_column_name(from, i));
        int status = dbpool__result_add(to, &name);
        if (status != DBPOOL_OK) {
            return status;
        }
    }
    to->named = from->named;
    return DBPOOL_OK;
}

/* There is no room for another row as large as the largest so far. */
static bool is_full(const struct dbpool__stream *stream) {
    const struct dbpool_options *options = &stream->pool->options;
    return stream->filling->rows_count >= options->stream_rows ||
           stream->used + stream->row_size_max > options->stream_bytes;
}

static int on_row(void *data, struct dbpool_result **rows) {
    struct dbpool__stream *stream = data;
    size_t used = dbpool__result_size(*rows);
    if (used - stream->used > stream->row_size_max) {
        stream->row_size_max = used - stream->used;
    }
    stream->used = used;
    if (!is_full(stream)) {
        return DBPOOL_OK;
    }
    if (!wait_until_read(stream)) {
        return DBPOOL__STOP;
    }
    struct dbpool_result *other =
        *rows == &stream->chunks[0] ? &stream->chunks[1] : &stream->chunks[0];
    int status = copy_shape(other, *rows);
    if (status == DBPOOL_OK) {
        hand_over(stream);
        stream->filling = *rows = other;
        stream->used = dbpool__result_size(other);
    }
    return status;
}

static int run(struct dbpool__stream *stream, struct dbpool__session *session) {
    const struct dbpool__driver *driver = stream->pool->target.driver;
    const struct dbpool_request *request = stream->request;
    struct dbpool__run run = {
        .params = request->params,
        .params_count = request->params_count,
        .keep_rows = true,
        .names = request->names,
        .result = stream->filling,
        .on_row = on_row,
        .on_row_data = stream,
    };
    int status =
        driver->prepare(session->connection, request->what.sql, &request->site,
                        &run.statement, &session->error);
    if (status == DBPOOL_OK && !session->writes && run.statement->writes) {
        return DBPOOL__HAND_OVER;
    }
    /* What a statement has written stays when its reader has enough. */
    session->guard.may_end_early =
        status == DBPOOL_OK && !run.statement->writes;
    return status == DBPOOL_OK
               ? driver->run(session->connection, &run, &session->error)
               : status;
}

int dbpool__stream_run(struct dbpool__session *session,
                       struct dbpool_request *request) {
    struct dbpool__stream stream = {
        .pool = session->pool,
        .request = request,
        .filling = &stream.chunks[0],
    };
    size_t size = session->pool->options.stream_bytes;
    dbpool__result_clear(&request->result);
    if (is_stopped(&stream)) {
        return DBPOOL_OK;
    }
    int status = dbpool__result_reserve(&stream.chunks[0], size);
    if (status == DBPOOL_OK) {
        status = dbpool__result_reserve(&stream.chunks[1], size);
    }
    status = status == DBPOOL_OK ? run(&stream, session)
                                 : dbpool__error_plain(&session->error, status);
    bool wanted = wait_until_read(&stream);
    if (status == DBPOOL_OK) {
        request->result.changes = stream.filling->changes;
        request->result.last_insert_id = stream.filling->last_insert_id;
        if (wanted && stream.filling->rows_count != 0) {
            hand_over(&stream);
            (void)wait_until_read(&stream);
        }
    }
    dbpool_result_fini(&stream.chunks[0]);
    dbpool_result_fini(&stream.chunks[1]);
    return status;
}

/* ---- The loop's side ---- */

void dbpool__streams_deliver(struct dbpool *pool) {
    uv_mutex_lock(&pool->mutex);
    struct dbpool__stream *stream = pool->streams.ready;
    pool->streams.ready = NULL;
    uv_mutex_unlock(&pool->mutex);
    while (stream != NULL) {
        struct dbpool__stream *next = stream->next;
        struct dbpool_request *request = stream->request;
        if (!request->stopped) {
            request->more.rows_cb(request, stream->ready);
            if (dbpool__pool_is_forked(pool)) {
                return;
            }
        }
        uv_mutex_lock(&pool->mutex);
        stream->ready = NULL; /* from here on it may be gone */
        uv_cond_broadcast(&pool->streams.consumed);
        uv_mutex_unlock(&pool->mutex);
        stream = next;
    }
}

void dbpool_stream_stop(struct dbpool_request *request) {
    if (request->state != DBPOOL__REQUEST_UNANSWERED) {
        return;
    }
    struct dbpool *pool = request->pool;
    if (dbpool__pool_is_forked(pool)) {
        return;
    }
    CHECK_LOOP_THREAD(pool);
    uv_mutex_lock(&pool->mutex);
    request->stopped = true;
    if (!request->alarmed) {
        request->alarmed = true;
        (void)atomic_fetch_add(&pool->alarms, 1);
    }
    uv_cond_broadcast(&pool->lane.changed);
    uv_mutex_unlock(&pool->mutex);
}
