/* SPDX-License-Identifier: Apache-2.0 */
#include "subject/subject.h"

#include <stdlib.h>

#include <uv.h>

#include "base/check.h"
#include "people/naming.h"
#include "people/people.h"
#include "subject/closing.h"

/* Answers at once, from who the people are, without a database: what is
 * measured is the harness alone. Nothing is made up but what a database would
 * have known: the login is the one that was asked for. "At once" is the next
 * turn of the loop, since nothing is ever answered before the call that
 * submitted it has returned. What is written is forgotten. */
struct null {
    struct subject subject;
    struct subject_sink sink;
    const struct people *people;
    uv_idle_t idle; /* active while there is something to answer, or to end */
    struct subject_request *first;
    struct subject_request **last;
    char *bio; /* room for the longest; NULL: there are none */
    struct closing closing;
};

static void null_add_bio(struct null *null, struct avatar_row *row) {
    const struct people *people = null->people;
    if (null->bio == NULL) {
        return;
    }
    row->bio_size =
        bio_size(&people->bio, people->seed, row->login, row->login_size);
    bio_write(people->seed, row->login, row->login_size, null->bio,
              row->bio_size);
    row->bio = null->bio;
}

static void null_lookup(struct null *null, struct subject_request *request) {
    struct subject_answer answer = {.found = request->user != SUBJECT_NOBODY};
    struct person person;
    if (request->user == SUBJECT_NEWCOMER) {
        answer.row = avatar_row_of(&request->errand->one);
    } else if (answer.found && null->people->given == NULL) {
        people_names(null->people, request->user, request->login,
                     request->login_size, &person);
        answer.row = (struct avatar_row){
            .login = request->login,
            .login_size = request->login_size,
            .name = person.name,
            .name_size = person.name_size,
            .forname = person.forname,
            .forname_size = person.forname_size,
        };
        null_add_bio(null, &answer.row);
    }
    null->sink.answered(null->sink.data, 0, request, &answer);
}

/* ---- What is no lookup: as if, and forgotten -----------------------------*/

static void null_scan(struct null *null, struct subject_request *request) {
    struct person people[SUBJECT_SCAN_ROWS];
    struct avatar_row rows[SUBJECT_SCAN_ROWS];
    struct subject_answer answer = {.rows = rows};
    uint64_t user =
        people_from(null->people, request->login, request->login_size);
    for (size_t i = 0; i < SUBJECT_SCAN_ROWS && user < null->people->users;
         i++) {
        people_person(null->people, user++, &people[i]);
        rows[i] = avatar_row_of(&people[i]);
        answer.rows_count++;
    }
    null->sink.answered(null->sink.data, 0, request, &answer);
}

static bool null_find(const struct null *null, struct person *person) {
    uint64_t user;
    bool found =
        people_index(null->people, person->login, person->login_size, &user);
    if (found) {
        people_person(null->people, user, person);
    }
    return found;
}

static void null_write(struct null *null, struct subject_request *request) {
    struct subject_answer answer = {.changes = 1};
    if (request->operation == SUBJECT_TRANSFER) {
        struct subject_errand *errand = request->errand;
        bool both =
            null_find(null, &errand->one) && null_find(null, &errand->other);
        if (both) {
            naming_exchange(&errand->one, &errand->other);
        }
        answer.changes = both ? 2 : 0;
    } else if (request->user == SUBJECT_NOBODY) {
        answer.changes = 0;
    }
    null->sink.answered(null->sink.data, 0, request, &answer);
}

static void null_answer(struct null *null, struct subject_request *request) {
    switch (request->operation) {
    case SUBJECT_LOOKUP:
        null_lookup(null, request);
        break;
    case SUBJECT_SCAN:
        null_scan(null, request);
        break;
    default:
        null_write(null, request);
        break;
    }
}

static void null_closed(uv_handle_t *handle) {
    struct null *null = handle->data;
    struct closing closing = null->closing;
    free(null->bio);
    free(null);
    closing_call(closing);
}

/* What the sink submits meanwhile waits for the next turn, so that the timers
 * of the loop get theirs. */
static void null_turn(uv_idle_t *idle) {
    struct null *null = idle->data;
    struct subject_request *request = null->first;
    null->first = NULL;
    null->last = &null->first;
    while (request != NULL) {
        struct subject_request *next = request->next;
        null_answer(null, request);
        request = next;
    }
    if (null->first != NULL) {
        return;
    }
    if (null->closing.count > 0) {
        uv_close((uv_handle_t *)idle, null_closed);
    } else {
        (void)uv_idle_stop(idle);
    }
}

static int null_open(const struct subject_options *options,
                     struct subject **subject_out,
                     struct subject_error *error_out) {
    (void)error_out;
    struct null *null = calloc(1, sizeof *null);
    if (null == NULL) {
        check_out_of_memory();
    }
    null->subject.calls = &subject_null;
    null->sink = options->sink;
    null->people = options->people;
    if (options->people->bio.median != 0) {
        null->bio = malloc(BIO_SIZE_MAX);
        if (null->bio == NULL) {
            check_out_of_memory();
        }
    }
    null->last = &null->first;
    null->idle.data = null;
    (void)uv_idle_init(options->loop, &null->idle);
    *subject_out = &null->subject;
    return 0;
}

static int null_submit(struct subject *subject, struct subject_request *request,
                       struct subject_error *error_out) {
    struct null *null = (struct null *)subject;
    if (null->closing.count > 0) {
        return subject_fail(error_out, DBPOOL_ECLOSED, NULL);
    }
    request->next = NULL;
    *null->last = request;
    null->last = &request->next;
    (void)uv_idle_start(&null->idle, null_turn);
    return 0;
}

static void null_close(struct subject *subject, subject_cb closed, void *data) {
    struct null *null = (struct null *)subject;
    closing_add(&null->closing, closed, data);
    if (!uv_is_closing((uv_handle_t *)&null->idle)) {
        (void)uv_idle_start(&null->idle, null_turn);
    }
}

const struct subject_calls subject_null = {
    .name = "null",
    .reference = true,
    .forgets = true,
    .open = null_open,
    .submit = null_submit,
    .close = null_close,
};
