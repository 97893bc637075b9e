/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BASE_RESULT_VALUE_H
#define PLUNGE_BASE_RESULT_VALUE_H

#include <stdbool.h>

#include "base/result_fields.h"

struct arena;
struct json_t;

/* One value of a document that has no parts, put into the member of a
 * structure that its field names. For result_json_read.c alone.
 *
 * Returns: false when it is none of the field's type; what the member holds
 *          then does not matter, as nobody gets to see it. */
bool result_value_read(const struct field *field, void *member,
                       const struct json_t *value, struct arena *arena);

/* "a count": what a field of that type takes, in words. */
const char *result_value_expected(enum field_type type);

#endif
