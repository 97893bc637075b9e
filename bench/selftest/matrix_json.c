/* SPDX-License-Identifier: Apache-2.0 */
#include "selftest/matrix.h"

#include <stdlib.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/result.h"
#include "base/text.h"
#include "measure/proportion.h"
#include "selftest/defect.h"

/* Takes @value. jansson gives NULL for want of memory only; the words come from
 * processes of our own, and are UTF-8. */
static void put(json_t *object, const char *name, json_t *value) {
    if (value == NULL || json_object_set_new(object, name, value) != 0) {
        check_out_of_memory();
    }
}

static json_t *count(uint64_t value) {
    return json_integer((json_int_t)value);
}

static json_t *words(const char *string) {
    json_t *value =
        string == NULL || *string == '\0' ? json_null() : json_string(string);
    return value == NULL ? json_string("(no UTF-8)") : value;
}

/* null for a share of nothing. */
static json_t *share(uint64_t right, uint64_t of) {
    if (of == 0) {
        return json_null();
    }
    const struct proportion interval =
        proportion_interval(right, of, MATRIX_CONFIDENCE);
    json_t *object = json_object();
    put(object, "count", count(right));
    put(object, "of", count(of));
    put(object, "low", json_real(interval.low));
    put(object, "high", json_real(interval.high));
    return object;
}

static json_t *row_to_json(const struct matrix_row *row, struct arena *arena) {
    const struct defect *defect = row->defect;
    json_t *object = json_object();
    put(object, "name", words(defect->name));
    put(object, "defect", words(defect->title));
    put(object, "detector", words(defect->detector));
    put(object, "expected", words(defect_expected(defect)));
    put(object, "expected_site", words(defect_site(defect, arena)));
    put(object, "verdict", words(matrix_row_verdict(row)));
    put(object, "planted", count(row->planted));
    put(object, "caught", share(row->caught, row->planted));
    put(object, "kind_right", share(row->kind_right, row->planted));
    put(object, "site_right", share(row->site_right, row->site_judged));
    put(object, "skipped", count(row->skipped));
    put(object, "why_not", words(row->why_not));
    put(object, "false_alarms", share(row->false_alarms, row->clean_runs));
    put(object, "said", words(row->said));
    put(object, "site", words(row->site));
    return object;
}

static json_t *clean_to_json(const struct matrix_clean *clean) {
    json_t *object = json_object();
    put(object, "subject", words(clean->clean->name));
    put(object, "runs", count(clean->runs));
    put(object, "false_alarms", count(clean->alarms));
    put(object, "said", words(clean->said));
    return object;
}

static json_t *cleans_to_json(const struct matrix *matrix) {
    json_t *subjects = json_array();
    for (size_t i = 0; i < matrix->cleans_count; i++) {
        (void)json_array_append_new(subjects,
                                    clean_to_json(&matrix->cleans[i]));
    }
    json_t *object = json_object();
    put(object, "runs", count(matrix->clean_runs));
    put(object, "false_alarms", count(matrix->false_alarms));
    put(object, "share_below", json_real(matrix_alarm_bound(matrix)));
    put(object, "subjects", subjects);
    return object;
}

static json_t *environment_to_json(const struct matrix *matrix) {
    json_t *object = json_object();
    for (size_t i = 0; i < matrix->environment_count; i++) {
        const struct result_fact *fact = &matrix->environment[i];
        put(object, fact->name,
            fact->text == NULL ? json_real(fact->number) : words(fact->text));
    }
    return object;
}

void matrix_write_json(const struct matrix *matrix, struct text *text) {
    struct arena *arena = arena_new();
    json_t *rows = json_array();
    for (size_t i = 0; i < matrix->rows_count; i++) {
        (void)json_array_append_new(rows, row_to_json(&matrix->rows[i], arena));
    }
    json_t *object = json_object();
    put(object, "schema", words("plunge-selftest/1"));
    put(object, "version", words(PLUNGE_VERSION));
    put(object, "started_at", words(matrix->started_at));
    put(object, "environment", environment_to_json(matrix));
    put(object, "full", json_boolean(matrix->full));
    put(object, "confidence", json_real(MATRIX_CONFIDENCE));
    put(object, "verdict", words(matrix_verdict_name(matrix_verdict(matrix))));
    put(object, "defects", rows);
    put(object, "clean", cleans_to_json(matrix));
    char *bytes = json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    json_decref(object);
    arena_free(arena);
    if (bytes == NULL) {
        check_out_of_memory();
    }
    text_format(text, "%s\n", bytes);
    free(bytes);
}
