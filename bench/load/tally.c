/* SPDX-License-Identifier: Apache-2.0 */
#include "load/tally.h"

#include <stdio.h>
#include <string.h>

void tally_init(struct tally *tally, bool timed) {
    memset(tally, 0, sizeof *tally);
    tally->timed = timed;
    if (timed) {
        histogram_init(&tally->latency);
        histogram_init(&tally->service);
    }
}

void tally_stage(struct tally *tally, bool whole) {
    tally->stages = stages_new(whole);
}

void tally_fini(struct tally *tally) {
    stages_free(tally->stages);
    if (tally->timed) {
        histogram_fini(&tally->latency);
        histogram_fini(&tally->service);
    }
}

void tally_clear(struct tally *tally) {
    tally->submitted = 0;
    tally->completed = 0;
    tally->failed = 0;
    tally->rejected = 0;
    tally->cancelled = 0;
    tally->wrong = 0;
    memset(tally->by_operation, 0, sizeof tally->by_operation);
    if (tally->timed) {
        histogram_clear(&tally->latency);
        histogram_clear(&tally->service);
    }
    if (tally->stages != NULL) {
        stages_clear(tally->stages);
    }
}

void tally_add(struct tally *into, const struct tally *from) {
    into->submitted += from->submitted;
    into->completed += from->completed;
    into->failed += from->failed;
    into->rejected += from->rejected;
    into->cancelled += from->cancelled;
    into->wrong += from->wrong;
    for (size_t i = 0; i < SUBJECT_OPERATIONS_COUNT; i++) {
        into->by_operation[i] += from->by_operation[i];
    }
    if (into->timed && from->timed) {
        histogram_add(&into->latency, &from->latency);
        histogram_add(&into->service, &from->service);
    }
    if (into->stages != NULL && from->stages != NULL) {
        stages_add(into->stages, from->stages);
    }
}

void tally_error_keep(struct tally_error *error, const char *text) {
    if (error->text[0] == '\0' && text != NULL) {
        (void)snprintf(error->text, sizeof error->text, "%s", text);
    }
}
