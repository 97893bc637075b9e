/* SPDX-License-Identifier: Apache-2.0 */
#include "load/answers.h"

#include "base/text.h"
#include "load/errand.h"
#include "people/avatar.h"
#include "people/naming.h"
#include "people/people.h"
#include "subject/subject.h"

static bool bio_is_right(const struct people *people,
                         const struct subject_request *request,
                         const struct avatar_row *row) {
    return people->bio.median == 0 ||
           bio_fits(&people->bio, people->seed, request->login,
                    request->login_size, row->bio, row->bio_size);
}

/* Nobody can say what is right. */
static bool check_given(const struct subject_request *request,
                        const struct subject_answer *answer,
                        struct text *line) {
    if (line != NULL) {
        text_format(line, "%s for '%.*s'\n", answer->found ? "a row" : "no row",
                    (int)request->login_size, request->login);
    }
    return true;
}

static struct roll_state state_of(const struct answers *answers,
                                  const struct subject_request *request) {
    if (answers->roll == NULL) {
        return (struct roll_state){0};
    }
    return roll_state(answers->roll,
                      roll_login(request->login, request->login_size),
                      errand_of(request)->asked);
}

static bool may_be_missing(const struct answers *answers,
                           const struct subject_request *request) {
    const struct roll_state state = state_of(answers, request);
    return state.known ? !state.there
                       : request->user == SUBJECT_NOBODY ||
                             request->user == SUBJECT_NEWCOMER;
}

static bool may_be_found(const struct answers *answers,
                         const struct subject_request *request,
                         const struct avatar_row *row) {
    const struct roll_state state = state_of(answers, request);
    return state.known ? state.there && state.called == naming_hash(row)
                       : request->user != SUBJECT_NOBODY;
}

/* @line: NULL, or what gets the rendered answer. */
static bool check(const struct answers *answers,
                  const struct subject_request *request,
                  const struct subject_answer *answer, struct text *line) {
    if (answers->people->given != NULL) {
        return check_given(request, answer, line);
    }
    if (!answer->found) {
        if (line != NULL) {
            text_format(line, "nobody is connected under '%.*s'\n",
                        (int)request->login_size, request->login);
        }
        return may_be_missing(answers, request);
    }
    struct avatar avatar;
    avatar_render(&avatar, &answer->row);
    if (line != NULL) {
        text_append_n(line, avatar.text, avatar.text_size);
        text_append(line, "\n");
    }
    return may_be_found(answers, request, &answer->row) &&
           avatar_verify(answers->people, &avatar, request->login,
                         request->login_size) &&
           bio_is_right(answers->people, request, &answer->row);
}

bool answers_check(const struct answers *answers,
                   const struct subject_request *request,
                   const struct subject_answer *answer) {
    return request->operation == SUBJECT_LOOKUP
               ? check(answers, request, answer, NULL)
               : errand_check(answers, request, answer);
}

bool answers_show(const struct answers *answers,
                  const struct subject_request *request,
                  const struct subject_answer *answer, struct text *later) {
    if (request->operation != SUBJECT_LOOKUP) {
        return errand_check(answers, request, answer);
    }
    if (later != NULL) {
        return check(answers, request, answer, later);
    }
    struct text line;
    text_init(&line);
    bool right = check(answers, request, answer, &line);
    (void)fwrite(line.bytes, 1, line.size, answers->shown);
    text_fini(&line);
    return right;
}

void answers_failed(const struct answers *answers,
                    const struct subject_request *request) {
    if (answers->roll != NULL) {
        errand_failed(answers, request);
    }
}
