/* SPDX-License-Identifier: Apache-2.0 */
#include "subject/closing.h"

#include "base/check.h"

void closing_add(struct closing *closing, subject_cb closed, void *data) {
    CHECK(closing->count < CLOSING_MAX);
    closing->waiters[closing->count++] = (struct closing_waiter){closed, data};
}

void closing_call(struct closing closing) {
    for (size_t i = 0; i < closing.count; i++) {
        closing.waiters[i].closed(closing.waiters[i].data);
    }
}
