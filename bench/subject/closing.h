/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SUBJECT_CLOSING_H
#define PLUNGE_SUBJECT_CLOSING_H

#include <stddef.h>

#include "subject/subject.h"

/* Who waits for the end of a subject: at most two, called in the order in
 * which they came. Zeroed: nobody. */
#define CLOSING_MAX 2

struct closing {
    struct closing_waiter {
        subject_cb closed;
        void *data;
    } waiters[CLOSING_MAX];
    size_t count;
};

void closing_add(struct closing *closing, subject_cb closed, void *data);

/* @closing is copied: the subject that held it may be gone. */
void closing_call(struct closing closing);

#endif
