/* SPDX-License-Identifier: Apache-2.0 */
#include "support/fake_subject.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "people/people.h"
#include "subject/closing.h"

/* What a gather waits for; its requests may be submitted anew, to another one,
 * as soon as they are answered. */
struct fake_gathering {
    struct fake_gathering *next;
    struct subject_request **requests;
    size_t requests_count;
    size_t pending;
    subject_cb done;
    void *data;
};

struct fake {
    struct subject subject;
    struct subject_options options;
    uv_idle_t idle;
    uv_timer_t alive;
    struct subject_request *first;
    struct subject_request **last;
    struct subject_request *withheld;
    struct fake_gathering *gatherings;
    uint64_t in_flight;
    uint64_t answered;
    unsigned handles;
    bool answering;
    bool aborted;
    struct closing closing;
    subject_cb forgotten;
    void *forgotten_data;
    struct subject_request *late; /* of FAKE_AFTER_CLOSE */
};

static struct fake *the_fake; /* the last that was opened */

struct fake_script fake_script;
struct fake_record fake_record;

/* The one that waits for @request, which it forgets; or NULL. */
static struct fake_gathering *
fake_gathering_of(struct fake *fake, const struct subject_request *request) {
    for (struct fake_gathering *gathering = fake->gatherings; gathering != NULL;
         gathering = gathering->next) {
        for (size_t i = 0; i < gathering->requests_count; i++) {
            if (gathering->requests[i] == request) {
                gathering->requests[i] = NULL;
                return gathering;
            }
        }
    }
    return NULL;
}

static void fake_gathering_hear(struct fake *fake,
                                struct fake_gathering *gathering) {
    if (gathering == NULL || --gathering->pending > 0) {
        return;
    }
    struct fake_gathering **place = &fake->gatherings;
    while (*place != gathering) {
        place = &(*place)->next;
    }
    *place = gathering->next;
    gathering->done(gathering->data);
    free(gathering);
}

static void fake_tell(struct fake *fake, struct subject_request *request,
                      enum fake_answer how) {
    const struct people *people = fake->options.people;
    struct subject_answer answer = {.found = request->user != SUBJECT_NOBODY};
    struct person person;
    uint64_t user = answer.found ? request->user : 0;
    if (how == FAKE_OTHER_PERSON || how == FAKE_OTHER_LOGIN_RIGHT_PERSON) {
        user = (user + 1) % people->users;
    }
    people_person(people, user, &person);
    answer.row = (struct avatar_row){
        person.login,     person.login_size, person.name,
        person.name_size, person.forname,    person.forname_size,
    };
    if (how == FAKE_OTHER_LOGIN_RIGHT_PERSON) {
        answer.row.login = request->login;
        answer.row.login_size = request->login_size;
    }
    if (how == FAKE_NOBODY || how == FAKE_SOMEBODY) {
        answer.found = how == FAKE_SOMEBODY;
    } else if (how == FAKE_CANCELLED ||
               (fake->aborted && fake->answered % 2 == 0)) {
        answer = (struct subject_answer){DBPOOL_ECANCELED, "given up", false,
                                         answer.row};
    } else if (how == FAKE_FAILED) {
        answer = (struct subject_answer){DBPOOL_EIO, "the disk is on fire",
                                         false, answer.row};
    }
    struct fake_gathering *gathering = fake_gathering_of(fake, request);
    fake->answering = true;
    fake->options.sink.answered(fake->options.sink.data, 0, request, &answer);
    fake->answering = false;
    fake_gathering_hear(fake, gathering);
}

static void fake_handle_closed(uv_handle_t *handle) {
    struct fake *fake = handle->data;
    if (--fake->handles > 0) {
        return;
    }
    const struct closing closing = fake->closing;
    const struct subject_sink sink = fake->options.sink;
    struct subject_request *late = fake->late;
    free(fake);
    closing_call(closing);
    if (late != NULL) {
        const struct subject_answer answer = {.found = false};
        sink.answered(sink.data, 0, late, &answer);
    }
}

static void fake_answer_one(struct fake *fake,
                            struct subject_request *request) {
    fake->answered++;
    bool scripted =
        fake->answered >= fake_script.answer_from &&
        (fake_script.answer_to == 0 || fake->answered <= fake_script.answer_to);
    enum fake_answer how = scripted ? fake_script.answer : FAKE_RIGHT;
    if (how == FAKE_NONE) {
        request->next = fake->withheld;
        fake->withheld = request;
        return;
    }
    fake->in_flight--;
    fake_tell(fake, request, how);
    if (how == FAKE_TWICE) {
        fake_tell(fake, request, how);
    }
    fake->late = how == FAKE_AFTER_CLOSE ? request : fake->late;
}

static struct subject_request *reversed(struct subject_request *list) {
    struct subject_request *result = NULL;
    while (list != NULL) {
        struct subject_request *next = list->next;
        list->next = result;
        result = list;
        list = next;
    }
    return result;
}

static void fake_ignore(void *data) {
    (void)data;
}

static void fake_say_closed(struct fake *fake) {
    const struct closing closing = fake->closing;
    fake->closing = (struct closing){0};
    closing_add(&fake->closing, fake_ignore, NULL);
    closing_call(closing);
}

static void fake_turn(uv_idle_t *idle) {
    struct fake *fake = idle->data;
    if (fake_script.closes_early && fake->closing.count > 0) {
        fake_say_closed(fake);
    }
    struct subject_request *request =
        fake_script.backwards ? reversed(fake->first) : fake->first;
    fake->first = NULL;
    fake->last = &fake->first;
    while (request != NULL) {
        struct subject_request *next = request->next;
        fake_answer_one(fake, request);
        request = next;
    }
    if (fake->first != NULL) {
        return;
    }
    (void)uv_idle_stop(idle);
    if (fake->forgotten != NULL) {
        subject_cb forgotten = fake->forgotten;
        fake->forgotten = NULL;
        (void)uv_idle_start(idle, fake_turn); /* to go, in the next turn */
        forgotten(fake->forgotten_data);
    } else if (fake->closing.count > 0 && !fake_script.close_is_silent) {
        uv_close((uv_handle_t *)&fake->alive, fake_handle_closed);
        uv_close((uv_handle_t *)idle, fake_handle_closed);
    }
}

static void fake_do_nothing(uv_timer_t *timer) {
    (void)timer;
}

static int fake_open_as(const struct subject_calls *calls,
                        const struct subject_options *options,
                        struct subject **subject_out,
                        struct subject_error *error_out) {
    if (fake_script.open_status < 0) {
        return subject_fail(error_out, fake_script.open_status, NULL);
    }
    struct fake *fake = calloc(1, sizeof *fake);
    CHECK(fake != NULL);
    fake->subject.calls = calls;
    fake->options = *options;
    fake->last = &fake->first;
    fake->handles = 2;
    (void)uv_idle_init(options->loop, &fake->idle);
    (void)uv_timer_init(options->loop, &fake->alive);
    fake->idle.data = fake;
    fake->alive.data = fake;
    if (fake_script.keeps_loop_alive) {
        (void)uv_timer_start(&fake->alive, fake_do_nothing, 1, 1);
    }
    fake_record.opened++;
    fake_record.cycle = options->cycle;
    the_fake = fake;
    *subject_out = &fake->subject;
    return 0;
}

static int fake_open(const struct subject_options *options,
                     struct subject **subject_out,
                     struct subject_error *error_out) {
    return fake_open_as(&fake_subject, options, subject_out, error_out);
}

static int fake_open_reference(const struct subject_options *options,
                               struct subject **subject_out,
                               struct subject_error *error_out) {
    return fake_open_as(&fake_reference, options, subject_out, error_out);
}

static int fake_submit(struct subject *subject, struct subject_request *request,
                       struct subject_error *error_out) {
    struct fake *fake = (struct fake *)subject;
    fake_record.submitted++;
    if (fake_script.interrupt != NULL &&
        fake_record.submitted == fake_script.interrupt_at) {
        *fake_script.interrupt = 1;
    }
    if (fake_record.submitted == fake_script.stall_at) {
        uv_sleep(fake_script.stall_ms);
    }
    if (fake_script.refuse_from != 0 &&
        fake_record.submitted >= fake_script.refuse_from &&
        (fake_script.refuse_to == 0 ||
         fake_record.submitted <= fake_script.refuse_to)) {
        (void)subject_fail(error_out, fake_script.refusal, NULL);
        error_out->error_number = EAGAIN;
        return -1;
    }
    if (++fake->in_flight > fake_record.in_flight_peak) {
        fake_record.in_flight_peak = fake->in_flight;
    }
    request->next = NULL;
    *fake->last = request;
    fake->last = &request->next;
    (void)uv_idle_start(&fake->idle, fake_turn);
    return 0;
}

static void fake_gather(struct subject *subject,
                        struct subject_request **requests,
                        size_t requests_count, subject_cb done, void *data) {
    struct fake *fake = (struct fake *)subject;
    struct fake_gathering *gathering = calloc(1, sizeof *gathering);
    CHECK(gathering != NULL);
    *gathering = (struct fake_gathering){
        .next = fake->gatherings,
        .requests = requests,
        .requests_count = requests_count,
        .pending = requests_count,
        .done = done,
        .data = data,
    };
    fake->gatherings = gathering;
    fake_record.gathers++;
    fake_record.gathered += requests_count;
}

static void fake_close(struct subject *subject, subject_cb closed, void *data) {
    struct fake *fake = (struct fake *)subject;
    fake_record.closes++;
    fake_record.closes_joined += fake->closing.count > 0 ? 1 : 0;
    if (fake->closing.count == 0) {
        fake_record.unanswered_at_close = fake->in_flight;
        fake_record.closed_in_answer = fake->answering;
    }
    closing_add(&fake->closing, closed, data);
    (void)uv_idle_start(&fake->idle, fake_turn);
}

/* Gives up every other of what is in flight. */
static void fake_abort(struct subject *subject, subject_cb closed, void *data) {
    struct fake *fake = (struct fake *)subject;
    fake_record.aborts++;
    fake->aborted = true;
    fake_close(subject, closed, data);
}

/* Nothing is left to see after these, unlike with a pool. */
static void fake_forget(struct subject *subject, subject_cb done, void *data) {
    struct fake *fake = (struct fake *)subject;
    fake_record.forgets++;
    fake->forgotten = done;
    fake->forgotten_data = data;
    closing_add(&fake->closing, fake_ignore, NULL);
    (void)uv_idle_start(&fake->idle, fake_turn);
}

static void fake_drop(struct subject *subject) {
    struct fake *fake = (struct fake *)subject;
    fake_record.drops++;
    closing_add(&fake->closing, fake_ignore, NULL);
    (void)uv_idle_start(&fake->idle, fake_turn);
}

void fake_answer_withheld(void) {
    struct fake *fake = the_fake;
    struct subject_request *request = fake->withheld;
    fake->withheld = NULL;
    while (request != NULL) {
        struct subject_request *next = request->next;
        fake_tell(fake, request, FAKE_RIGHT);
        request = next;
    }
}

void fake_recover(void) {
    struct fake *fake = the_fake;
    fake_answer_withheld();
    fake_script.close_is_silent = false;
    if (fake->closing.count == 0) {
        closing_add(&fake->closing, fake_ignore, NULL);
    }
    (void)uv_idle_start(&fake->idle, fake_turn);
}

const struct subject_calls fake_subject = {
    .name = "fake",
    .open = fake_open,
    .submit = fake_submit,
    .gather = fake_gather,
    .close = fake_close,
    .abort = fake_abort,
    .forget = fake_forget,
    .drop = fake_drop,
};

const struct subject_calls fake_reference = {
    .name = "fake",
    .reference = true,
    .open = fake_open_reference,
    .submit = fake_submit,
    .close = fake_close,
};
