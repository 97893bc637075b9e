/* SPDX-License-Identifier: Apache-2.0 */
#include "subject/subject.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/text.h"
#include "people/naming.h"
#include "subject/errand.h"

/* The library, with its defaults, used as a program would use it. */
struct pooled {
    struct subject subject;
    struct subject_sink sink;
    const char *sql;
    bool is_plain; /* rows are not looked into */
    struct dbpool *pool;
    struct dbpool_gather gather; /* of forget */
    struct pooled_closing {
        struct dbpool_close_request request;
        struct pooled *pooled;
        subject_cb closed;
        void *data;
    } closings[2];
    size_t closings_count;
    size_t closings_pending;
};

static int pooled_open(const struct subject_options *options,
                       struct subject **subject_out,
                       struct subject_error *error_out) {
    struct pooled *pooled = calloc(1, sizeof *pooled);
    if (pooled == NULL) {
        check_out_of_memory();
    }
    pooled->subject.calls = &subject_dbpool;
    pooled->sink = options->sink;
    pooled->is_plain = options->query != NULL;
    pooled->sql =
        pooled->is_plain ? options->query : errand_sql(SUBJECT_LOOKUP);

    struct dbpool_options pool_options;
    dbpool_options_init(&pool_options);
    pool_options.name = "plunge-db";
    pool_options.min = options->min;
    pool_options.max = options->max;
    pool_options.tag = options->cycle;
    pool_options.must_exist = true;
    pool_options.timing = options->stages;
    pool_options.read_only = options->query != NULL;
    struct text url;
    text_init(&url);
    text_format(&url, "sqlite:%s", options->database);
    int status = dbpool_open_at(options->site, options->loop, url.bytes,
                                &pool_options, &pooled->pool);
    text_fini(&url);
    if (status < 0) {
        free(pooled);
        return subject_fail(error_out, status, NULL);
    }
    *subject_out = &pooled->subject;
    return 0;
}

static struct avatar_row pooled_row(const struct dbpool_result *result,
                                    size_t index) {
    const struct dbpool_value *row = dbpool_row(result, index);
    const struct dbpool_value *login = &row[SUBJECT_COLUMN_LOGIN];
    const struct dbpool_value *name = &row[SUBJECT_COLUMN_NAME];
    const struct dbpool_value *forname = &row[SUBJECT_COLUMN_FORNAME];
    struct avatar_row avatar = {
        .login = login->as.text,
        .login_size = login->size,
        .name = name->as.text,
        .name_size = name->size,
        .forname = forname->as.text,
        .forname_size = forname->size,
    };
    if (result->columns_count > SUBJECT_COLUMN_BIO) {
        avatar.bio = row[SUBJECT_COLUMN_BIO].as.text;
        avatar.bio_size = row[SUBJECT_COLUMN_BIO].size;
    }
    return avatar;
}

static void pooled_answered(struct dbpool_request *pooled_request) {
    struct subject_request *request = pooled_request->data;
    struct pooled *pooled = (struct pooled *)request->subject;
    const struct dbpool_result *result = &pooled_request->result;
    struct subject_answer answer = {.status = pooled_request->status};
    if (answer.status < 0) {
        answer.error = dbpool_request_message(pooled_request);
    } else if (pooled->is_plain) {
        answer.found = result->rows_count > 0;
    } else if (result->rows_count > 0) {
        answer.found = true;
        answer.row = pooled_row(result, 0);
    }
    pooled->sink.answered(pooled->sink.data, 0, request, &answer);
}

/* ---- What is no lookup ---------------------------------------------------*/

static void pooled_page_answered(struct dbpool_request *pooled_request) {
    struct subject_request *request = pooled_request->data;
    struct pooled *pooled = (struct pooled *)request->subject;
    const struct dbpool_result *result = &pooled_request->result;
    struct subject_answer answer = {.status = pooled_request->status};
    struct avatar_row rows[SUBJECT_SCAN_ROWS];
    if (answer.status < 0) {
        answer.error = dbpool_request_message(pooled_request);
    } else {
        CHECK(result->rows_count <= SUBJECT_SCAN_ROWS);
        answer.rows = rows;
        answer.rows_count = result->rows_count;
        for (size_t i = 0; i < answer.rows_count; i++) {
            rows[i] = pooled_row(result, i);
        }
    }
    pooled->sink.answered(pooled->sink.data, 0, request, &answer);
}

static void pooled_written(struct dbpool_request *pooled_request) {
    struct subject_request *request = pooled_request->data;
    struct pooled *pooled = (struct pooled *)request->subject;
    struct subject_answer answer = {.status = pooled_request->status};
    if (answer.status < 0) {
        answer.error = dbpool_request_message(pooled_request);
    } else if (request->operation == SUBJECT_TRANSFER) {
        answer.changes = request->errand->changes;
    } else {
        answer.changes = (uint64_t)pooled_request->result.changes;
    }
    pooled->sink.answered(pooled->sink.data, 0, request, &answer);
}

/* What @person is called in the database; @found: whether he is there. */
static int transfer_read(struct dbpool_transaction *transaction,
                         struct person *person, bool *found) {
    const struct dbpool_value login =
        dbpool_text_n(person->login, person->login_size);
    const struct dbpool_statement statement = {
        .sql = errand_sql(SUBJECT_LOOKUP), .params = &login, .params_count = 1};
    struct dbpool_result result;
    dbpool_result_init(&result);
    int status = dbpool_execute(transaction, &statement, &result);
    *found = status == DBPOOL_OK && result.rows_count > 0;
    if (*found) {
        const struct avatar_row row = pooled_row(&result, 0);
        status = errand_copy(person, &row) ? DBPOOL_OK : DBPOOL_ETOOBIG;
    }
    dbpool_result_fini(&result);
    return status;
}

static int transfer_write(struct dbpool_transaction *transaction,
                          const struct person *person, uint64_t *changes) {
    struct dbpool_value params[ERRAND_PARAMS_MAX];
    const struct dbpool_statement statement = {
        .sql = errand_sql(SUBJECT_RENAME),
        .params = params,
        .params_count = errand_rename(person, params)};
    struct dbpool_result result;
    dbpool_result_init(&result);
    int status = dbpool_execute(transaction, &statement, &result);
    if (status == DBPOOL_OK) {
        *changes += (uint64_t)result.changes;
    }
    dbpool_result_fini(&result);
    return status;
}

static int transfer_run(struct dbpool_transaction *transaction, void *data) {
    struct subject_request *request = data;
    struct subject_errand *errand = request->errand;
    bool found[2] = {false, false};
    errand->changes = 0;
    int status = transfer_read(transaction, &errand->one, &found[0]);
    if (status == DBPOOL_OK) {
        status = transfer_read(transaction, &errand->other, &found[1]);
    }
    if (status != DBPOOL_OK || !found[0] || !found[1]) {
        return status;
    }
    naming_exchange(&errand->one, &errand->other);
    status = transfer_write(transaction, &errand->one, &errand->changes);
    if (status == DBPOOL_OK) {
        status = transfer_write(transaction, &errand->other, &errand->changes);
    }
    return status;
}

static int pooled_run(struct pooled *pooled, struct subject_request *request) {
    struct dbpool_request *pooled_request = &request->pooled;
    if (request->operation == SUBJECT_TRANSFER) {
        return dbpool_run_interaction_at(request->site, pooled->pool,
                                         pooled_request, transfer_run,
                                         pooled_written);
    }
    if (request->operation == SUBJECT_SCAN) {
        return dbpool_run_query_at(request->site, pooled->pool, pooled_request,
                                   errand_sql(SUBJECT_SCAN),
                                   pooled_page_answered);
    }
    pooled_request->params = request->errand->params;
    pooled_request->params_count =
        errand_params(request, request->errand->params);
    return dbpool_run_operation_at(request->site, pooled->pool, pooled_request,
                                   errand_sql(request->operation),
                                   pooled_written);
}

/* ---- Submitted -----------------------------------------------------------*/

static int pooled_submit(struct subject *subject,
                         struct subject_request *request,
                         struct subject_error *error_out) {
    struct pooled *pooled = (struct pooled *)subject;
    request->subject = subject;
    request->param = dbpool_text_n(request->login, request->login_size);
    request->pooled.params = &request->param;
    request->pooled.params_count = 1;
    request->pooled.times = request->times;
    int status =
        request->operation == SUBJECT_LOOKUP
            ? dbpool_run_query_at(request->site, pooled->pool, &request->pooled,
                                  pooled->sql, pooled_answered)
            : pooled_run(pooled, request);
    if (status == 0) {
        return 0;
    }
    (void)subject_fail(error_out, status, NULL);
    if (status == DBPOOL_ETHREAD) {
        error_out->error_number = request->pooled.code;
    }
    return -1;
}

/* ---- Gathered ------------------------------------------------------------*/

struct pooled_gathering {
    struct dbpool_gather gather;
    subject_cb done;
    void *data;
    struct dbpool_request *requests[];
};

static void pooled_all_answered(struct dbpool_gather *gather) {
    struct pooled_gathering *gathering = gather->data;
    subject_cb done = gathering->done;
    void *data = gathering->data;
    free(gathering);
    done(data);
}

static void pooled_gather(struct subject *subject,
                          struct subject_request **requests,
                          size_t requests_count, subject_cb done, void *data) {
    struct pooled *pooled = (struct pooled *)subject;
    struct pooled_gathering *gathering = malloc(
        sizeof *gathering + requests_count * sizeof gathering->requests[0]);
    if (gathering == NULL) {
        check_out_of_memory();
    }
    gathering->done = done;
    gathering->data = data;
    for (size_t i = 0; i < requests_count; i++) {
        gathering->requests[i] = &requests[i]->pooled;
    }
    dbpool_gather_init(&gathering->gather, gathering);
    int status =
        dbpool_gather(pooled->pool, &gathering->gather, gathering->requests,
                      requests_count, pooled_all_answered);
    CHECK(status == 0);
}

/* ---- Closed --------------------------------------------------------------*/

static void pooled_closed(struct dbpool_close_request *request) {
    struct pooled_closing *closing = request->data;
    struct pooled *pooled = closing->pooled;
    subject_cb closed = closing->closed;
    void *data = closing->data;
    if (--pooled->closings_pending == 0) {
        free(pooled);
    }
    closed(data);
}

static void pooled_close_with(struct subject *subject,
                              enum dbpool_close_grade grade, subject_cb closed,
                              void *data) {
    const struct dbpool_close_options options = {.grade = grade};
    struct pooled *pooled = (struct pooled *)subject;
    CHECK(pooled->closings_count < 2);
    struct pooled_closing *closing =
        &pooled->closings[pooled->closings_count++];
    pooled->closings_pending++;
    closing->request.data = closing;
    closing->pooled = pooled;
    closing->closed = closed;
    closing->data = data;
    int status = dbpool_close_with(pooled->pool, &options, &closing->request,
                                   pooled_closed);
    CHECK(status == DBPOOL_OK);
}

static void pooled_close(struct subject *subject, subject_cb closed,
                         void *data) {
    pooled_close_with(subject, DBPOOL_CLOSE_DRAIN, closed, data);
}

static void pooled_abort(struct subject *subject, subject_cb closed,
                         void *data) {
    pooled_close_with(subject, DBPOOL_CLOSE_ABORT, closed, data);
}

/* ---- Without a shutdown --------------------------------------------------*/

struct pooled_forgetting {
    struct pooled *pooled;
    void (*shutdown)(struct dbpool *pool, struct dbpool_close_request *request,
                     dbpool_close_cb cb);
    subject_cb done;
    void *data;
};

static void pooled_forgotten(struct dbpool_gather *gather) {
    struct pooled_forgetting *forgetting = gather->data;
    subject_cb done = forgetting->done;
    void *data = forgetting->data;
    free(forgetting->pooled);
    free(forgetting);
    done(data);
}

/* The tutorial ends with DeferredList(...).addCallback(dbpool.shutdown): the
 * function is there, as a value, when the list fires; and nobody calls it. */
static void pooled_forget(struct subject *subject, subject_cb done,
                          void *data) {
    struct pooled *pooled = (struct pooled *)subject;
    struct pooled_forgetting *forgetting = malloc(sizeof *forgetting);
    if (forgetting == NULL) {
        check_out_of_memory();
    }
    *forgetting = (struct pooled_forgetting){
        .pooled = pooled,
        .shutdown = dbpool_close,
        .done = done,
        .data = data,
    };
    dbpool_gather_init(&pooled->gather, forgetting);
    int status =
        dbpool_gather(pooled->pool, &pooled->gather, NULL, 0, pooled_forgotten);
    CHECK(status == 0);
}

static void pooled_drop(struct subject *subject) {
    free(subject);
}

static struct dbpool *pooled_pool(const struct subject *subject) {
    return ((const struct pooled *)subject)->pool;
}

static struct subject *pooled_adopt(struct dbpool *pool) {
    struct pooled *pooled = calloc(1, sizeof *pooled);
    if (pooled == NULL) {
        check_out_of_memory();
    }
    pooled->subject.calls = &subject_dbpool;
    pooled->pool = pool;
    return &pooled->subject;
}

static void pooled_queue(const struct subject *subject,
                         struct subject_queue *queue_out) {
    struct dbpool_stats stats;
    dbpool_stats(((const struct pooled *)subject)->pool, &stats);
    *queue_out = (struct subject_queue){
        .unanswered = stats.unanswered,
        .waiting = stats.waiting,
        .threads = stats.threads,
    };
}

const struct subject_calls subject_dbpool = {
    .name = "dbpool",
    .open = pooled_open,
    .submit = pooled_submit,
    .gather = pooled_gather,
    .close = pooled_close,
    .abort = pooled_abort,
    .forget = pooled_forget,
    .drop = pooled_drop,
    .pool = pooled_pool,
    .adopt = pooled_adopt,
    .queue = pooled_queue,
};
