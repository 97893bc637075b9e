/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SUBJECT_ERRAND_H
#define PLUNGE_SUBJECT_ERRAND_H

#include <stdbool.h>
#include <stddef.h>

#include "subject/subject.h"

/* What requests that are no lookups have in common, whichever subject runs
 * them. Of a transfer's statements this is none: it has two of others.
 *
 * Thread: any. */
#define ERRAND_PARAMS_MAX 3

/* Aligned: what it costs to compare it must not depend on what else is linked
 * to the program and moves its strings. NULL for a transfer. */
const char *errand_sql(enum subject_operation operation);

/* Fills in the parameters of its statement, which borrow from @request; returns
 * how many. */
unsigned errand_params(const struct subject_request *request,
                       struct dbpool_value params[ERRAND_PARAMS_MAX]);

/* Those of the renaming of one of a transfer's two. */
unsigned errand_rename(const struct person *person,
                       struct dbpool_value params[ERRAND_PARAMS_MAX]);

/* Makes a copy of @row; false: it is too long for a person. */
bool errand_copy(struct person *person, const struct avatar_row *row);

#endif
