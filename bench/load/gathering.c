/* SPDX-License-Identifier: Apache-2.0 */
#include "load/gathering.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/text.h"
#include "subject/subject.h"

struct gathering {
    struct subject_request **requests;
    struct text *texts;
    size_t count; /* added so far */
    size_t size;
    FILE *shown;
};

struct gathering *gathering_new(size_t count) {
    struct gathering *gathering = calloc(1, sizeof *gathering);
    if (gathering == NULL) {
        check_out_of_memory();
    }
    gathering->size = count;
    gathering->requests = calloc(count, sizeof *gathering->requests);
    gathering->texts = calloc(count, sizeof *gathering->texts);
    if (gathering->requests == NULL || gathering->texts == NULL) {
        check_out_of_memory();
    }
    for (size_t i = 0; i < count; i++) {
        text_init(&gathering->texts[i]);
    }
    return gathering;
}

void gathering_free(struct gathering *gathering) {
    if (gathering == NULL) {
        return;
    }
    for (size_t i = 0; i < gathering->size; i++) {
        text_fini(&gathering->texts[i]);
    }
    free(gathering->texts);
    free((void *)gathering->requests);
    free(gathering);
}

void gathering_add(struct gathering *gathering,
                   struct subject_request *request) {
    CHECK(gathering->count < gathering->size);
    gathering->requests[gathering->count++] = request;
}

size_t gathering_count(const struct gathering *gathering) {
    return gathering->count;
}

bool gathering_is_full(const struct gathering *gathering) {
    return gathering->count == gathering->size;
}

static void gathering_fired(void *data) {
    struct gathering *gathering = data;
    for (size_t i = 0; i < gathering->count; i++) {
        const struct text *text = &gathering->texts[i];
        (void)fwrite(text->bytes, 1, text->size, gathering->shown);
    }
    gathering_free(gathering);
}

void gathering_wait(struct gathering *gathering, struct subject *subject,
                    FILE *shown) {
    gathering->shown = shown;
    subject->calls->gather(subject, gathering->requests, gathering->count,
                           gathering_fired, gathering);
}

struct subject_request *gathering_request(const struct gathering *gathering,
                                          size_t index) {
    CHECK(index < gathering->count);
    return gathering->requests[index];
}

struct text *gathering_text(const struct gathering *gathering, size_t index) {
    CHECK(index < gathering->count);
    return &gathering->texts[index];
}
