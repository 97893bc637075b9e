/* SPDX-License-Identifier: Apache-2.0 */
#include "base/result_value.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/result.h"

static bool read_count(const json_t *value, uint64_t *count_out) {
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        *count_out = (uint64_t)json_integer_value(value);
        return true;
    }
    /* Another writer's way to put a whole number. */
    const double real = json_real_value(value);
    if (json_is_real(value) && real >= 0 && real < 0x1p53 &&
        real == floor(real)) {
        *count_out = (uint64_t)real;
        return true;
    }
    const char *digits = json_string_value(value);
    if (digits == NULL || *digits < '0' || *digits > '9') {
        return false;
    }
    char *end = NULL;
    errno = 0;
    const unsigned long long count = strtoull(digits, &end, 10);
    if (errno != 0 || *end != '\0') {
        return false;
    }
    *count_out = count;
    return true;
}

static bool read_int(const json_t *value, json_int_t least, json_int_t most,
                     json_int_t *number_out) {
    *number_out = json_integer_value(value);
    return json_is_integer(value) && *number_out >= least &&
           *number_out <= most;
}

bool result_value_read(const struct field *field, void *member,
                       const json_t *value, struct arena *arena) {
    json_int_t number = 0;
    const char *word = json_string_value(value);
    switch (field->type) {
    case FIELD_TEXT:
        *(const char **)member = arena_text(arena, word);
        return word != NULL;
    case FIELD_COUNT:
        return read_count(value, member);
    case FIELD_NUMBER:
        *(double *)member = json_number_value(value);
        return json_is_number(value);
    case FIELD_FLAG:
        *(bool *)member = json_is_true(value);
        return json_is_boolean(value);
    case FIELD_INT:
        if (!read_int(value, INT_MIN, INT_MAX, &number)) {
            return false;
        }
        *(int *)member = (int)number;
        return true;
    case FIELD_UNSIGNED:
        if (!read_int(value, 0, UINT_MAX, &number)) {
            return false;
        }
        *(unsigned *)member = (unsigned)number;
        return true;
    case FIELD_HELD:
        *(enum result_held *)member =
            json_is_true(value) ? RESULT_HELD_YES : RESULT_HELD_NO;
        return json_is_boolean(value);
    case FIELD_VERDICT:
        return word != NULL && result_verdict_parse(word, member);
    case FIELD_STATE:
        return word != NULL && result_state_parse(word, member);
    case FIELD_KIND:
        return word != NULL && result_kind_parse(word, member);
    default:
        CHECK(false);
        return false;
    }
}

const char *result_value_expected(enum field_type type) {
    switch (type) {
    case FIELD_TEXT:
        return "a text";
    case FIELD_COUNT:
    case FIELD_UNSIGNED:
        return "a count";
    case FIELD_NUMBER:
        return "a number";
    case FIELD_INT:
        return "a whole number";
    case FIELD_FLAG:
        return "true or false";
    case FIELD_HELD:
        return "true, false or null";
    case FIELD_VERDICT:
        return "pass, fail, undecided, error or partial";
    case FIELD_STATE:
        return "completed, crashed, hung, interrupted or over_limit";
    case FIELD_KIND:
        return "a kind of leftover such as \"thread\"";
    case FIELD_LIST:
        return "a list";
    default:
        return "an object";
    }
}
