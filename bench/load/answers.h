/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_ANSWERS_H
#define PLUNGE_LOAD_ANSWERS_H

#include <stdbool.h>
#include <stdio.h>

struct people;
struct subject_answer;
struct subject_request;
struct text;

/* Whether what came back is what was asked for.
 *
 * Thread: any. */
struct answers {
    const struct people *people;
    FILE *shown; /* where show: answers goes */
};

/* Builds and renders the avatar, and checks it against the login of @request;
 * nobody must be found under a login of nobody. @answer did not fail. */
bool answers_check(const struct answers *answers,
                   const struct subject_request *request,
                   const struct subject_answer *answer);

/* As answers_check(), and shows the avatar, on one line: at once, or appended
 * to @later where that is not NULL. */
bool answers_show(const struct answers *answers,
                  const struct subject_request *request,
                  const struct subject_answer *answer, struct text *later);

#endif
