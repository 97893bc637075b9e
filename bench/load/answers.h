/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_ANSWERS_H
#define PLUNGE_LOAD_ANSWERS_H

#include <stdbool.h>
#include <stdio.h>

struct people;
struct roll;
struct subject_answer;
struct subject_request;
struct text;

/* Whether what came back is what was asked for.
 *
 * Thread: any. */
struct answers {
    const struct people *people;
    FILE *shown;       /* where show: answers goes */
    struct roll *roll; /* NULL: nothing is written */
};

/* Builds and renders the avatar, and checks it against the login of @request;
 * nobody must be found under a login of nobody. Where somebody writes, it has
 * to be what the roll is certain of; a newcomer of whom it is not may be there
 * or not. What is no lookup errand.h checks. @answer did not fail. */
bool answers_check(const struct answers *answers,
                   const struct subject_request *request,
                   const struct subject_answer *answer);

/* As answers_check(), and shows the avatar of a lookup, on one line: at once,
 * or appended to @later where that is not NULL. */
bool answers_show(const struct answers *answers,
                  const struct subject_request *request,
                  const struct subject_answer *answer, struct text *later);

/* @request failed or was refused, and has no answer to check. */
void answers_failed(const struct answers *answers,
                    const struct subject_request *request);

#endif
