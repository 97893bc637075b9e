/* SPDX-License-Identifier: Apache-2.0 */
#include "subject/subject.h"

#include <stdio.h>
#include <string.h>

void subject_request_init(struct subject_request *request, void *data) {
    memset(request, 0, sizeof *request);
    request->user = SUBJECT_NOBODY;
    request->data = data;
    dbpool_request_init(&request->pooled, request);
}

void subject_request_fini(struct subject_request *request) {
    dbpool_request_fini(&request->pooled);
}

int subject_fail(struct subject_error *error_out, int status,
                 const char *text) {
    error_out->status = status;
    error_out->error_number = 0;
    (void)snprintf(error_out->text, sizeof error_out->text, "%s",
                   text != NULL ? text : dbpool_strerror(status));
    return -1;
}
