/* SPDX-License-Identifier: Apache-2.0 */
#include "plant/plant.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "dbpool.h"
#include "subject/subject.h"

/* A subject in front of a real one: what is asked of it goes through, and in
 * the cycle that is due the defect is planted. The load has one at a time. */
struct planted {
    struct subject subject;
    struct subject *real;
    struct subject_options options; /* the load's */
    struct subject_request *late;   /* answered again after the close */
    subject_cb closed;
    void *closed_data;
    bool done; /* in this cycle */
};

static const struct plant *armed;
static const struct subject_calls *real_calls;
static struct subject_calls calls;
static struct dbpool_request on_thread;
static unsigned waiting;
static struct planted *to_close; /* when nothing is waited for any more */

/* ---- Where it is planted -------------------------------------------------*/

static struct plant_place place_of(const struct planted *planted) {
    return (struct plant_place){
        .loop = planted->options.loop,
        .database = planted->options.database,
        .pool =
            real_calls->pool == NULL ? NULL : real_calls->pool(planted->real),
        .cycle = planted->options.cycle,
    };
}

static bool is_due(const struct planted *planted) {
    uint64_t cycle = planted->options.cycle;
    return cycle != 0 && armed->every != 0 && cycle % armed->every == 0;
}

static struct plant_place thread_place;

static int run_on_thread(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    (void)data;
    (void)armed->plant(&thread_place);
    return DBPOOL_OK;
}

static void ran_on_thread(struct dbpool_request *request) {
    CHECK(request->status == DBPOOL_OK);
    dbpool_request_fini(request);
    plant_waited();
}

/* For the line of the scenario that the lookup was made for. */
static void plant_on_thread(const struct planted *planted,
                            const struct subject_request *request) {
    thread_place = place_of(planted);
    dbpool_request_init(&on_thread, NULL);
    plant_wait();
    int status =
        dbpool_run_with_connection_at(request->site, thread_place.pool,
                                      &on_thread, run_on_thread, ran_on_thread);
    CHECK(status == DBPOOL_OK);
}

static void plant_now(struct planted *planted,
                      const struct subject_request *request) {
    struct plant_place place = place_of(planted);
    if (place.cycle == 0 && armed->prepare != NULL && !planted->done) {
        armed->prepare(&place);
        planted->done = true;
    }
    if (!is_due(planted) || (planted->done && !armed->each_answer)) {
        return;
    }
    planted->done = true;
    if (armed->where == PLANT_ON_THREAD) {
        plant_on_thread(planted, request);
    } else if (armed->where == PLANT_ON_LOOP) {
        (void)armed->plant(&place);
    }
}

/* ---- Answers -------------------------------------------------------------*/

static void pass_on(const struct planted *planted, unsigned lane,
                    struct subject_request *request,
                    const struct subject_answer *answer) {
    const struct subject_sink *sink = &planted->options.sink;
    sink->answered(sink->data, lane, request, answer);
}

/* Looks like an answer, and is another's. */
static struct subject_answer wrong_answer(const struct subject_answer *answer) {
    struct subject_answer wrong = *answer;
    wrong.row.name = answer->row.forname;
    wrong.row.name_size = answer->row.forname_size;
    return wrong;
}

static void answer_otherwise(struct planted *planted, unsigned lane,
                             struct subject_request *request,
                             const struct subject_answer *answer) {
    struct subject_answer other;
    switch (armed->answer) {
    case PLANT_ANSWER_TWICE:
        pass_on(planted, lane, request, answer);
        pass_on(planted, lane, request, answer);
        break;
    case PLANT_ANSWER_NEVER:
        break;
    case PLANT_ANSWER_AFTER_CLOSE:
        planted->late = request;
        pass_on(planted, lane, request, answer);
        break;
    case PLANT_ANSWER_WRONG:
        other = wrong_answer(answer);
        pass_on(planted, lane, request, &other);
        break;
    }
}

static void planted_answered(void *data, unsigned lane,
                             struct subject_request *request,
                             const struct subject_answer *answer) {
    struct planted *planted = data;
    if (armed->where == PLANT_IN_ANSWER && is_due(planted) && !planted->done) {
        planted->done = true;
        answer_otherwise(planted, lane, request, answer);
        return;
    }
    plant_now(planted, request);
    pass_on(planted, lane, request, answer);
}

/* ---- The subject ---------------------------------------------------------*/

static int planted_open(const struct subject_options *options,
                        struct subject **subject_out,
                        struct subject_error *error_out) {
    struct planted *planted = calloc(1, sizeof *planted);
    if (planted == NULL) {
        check_out_of_memory();
    }
    planted->subject.calls = &calls;
    planted->options = *options;
    struct subject_options inner = *options;
    inner.sink = (struct subject_sink){planted, planted_answered};
    if (real_calls->open(&inner, &planted->real, error_out) != 0) {
        free(planted);
        return -1;
    }
    *subject_out = &planted->subject;
    return 0;
}

static int planted_submit(struct subject *subject,
                          struct subject_request *request,
                          struct subject_error *error_out) {
    struct planted *planted = (struct planted *)subject;
    return real_calls->submit(planted->real, request, error_out);
}

static void planted_closed(void *data) {
    struct planted *planted = data;
    planted->closed(planted->closed_data);
    if (planted->late != NULL) {
        const struct subject_answer nobody = {.found = false};
        pass_on(planted, 0, planted->late, &nobody);
    }
    free(planted);
}

/* Says that all is closed while a thread of the pool still works, and will. */
static int work_on(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    (void)data;
    while (pause() < 0) {
    }
    return DBPOOL_OK;
}

static void ignore(void *data) {
    (void)data;
}

static void close_early(struct planted *planted) {
    subject_cb closed = planted->closed;
    void *data = planted->closed_data;
    const struct plant_place place = place_of(planted);
    dbpool_request_init(&on_thread, NULL);
    int status = dbpool_run_with_connection_at(
        planted->options.site, place.pool, &on_thread, work_on, NULL);
    CHECK(status == DBPOOL_OK);
    real_calls->close(planted->real, ignore, NULL);
    free(planted);
    closed(data);
}

static void close_now(struct planted *planted) {
    if (armed->where == PLANT_IN_CLOSE && is_due(planted)) {
        close_early(planted);
    } else {
        real_calls->close(planted->real, planted_closed, planted);
    }
}

static void planted_close(struct subject *subject, subject_cb closed,
                          void *data) {
    struct planted *planted = (struct planted *)subject;
    planted->closed = closed;
    planted->closed_data = data;
    if (waiting == 0) {
        close_now(planted);
    } else {
        to_close = planted;
    }
}

void plant_wait(void) {
    waiting++;
}

void plant_waited(void) {
    struct planted *planted = to_close;
    CHECK(waiting > 0);
    if (--waiting == 0 && planted != NULL) {
        to_close = NULL;
        close_now(planted);
    }
}

const struct subject_calls *plant_subject(const struct plant *plant,
                                          const char *subject) {
    armed = plant;
    real_calls = strcmp(subject, subject_null.name) == 0 ? &subject_null
                                                         : &subject_dbpool;
    calls = (struct subject_calls){
        .name = real_calls->name,
        .reference = real_calls->reference,
        .open = planted_open,
        .submit = planted_submit,
        .close = planted_close,
    };
    return &calls;
}
