/* SPDX-License-Identifier: Apache-2.0 */
#include "subject/errand.h"

#include <stdalign.h>
#include <string.h>

static alignas(64) const char lookup_sql[] = SUBJECT_LOOKUP_SQL;
static alignas(64) const char rename_sql[] = SUBJECT_RENAME_SQL;
static alignas(64) const char sign_up_sql[] = SUBJECT_SIGN_UP_SQL;
static alignas(64) const char sign_off_sql[] = SUBJECT_SIGN_OFF_SQL;
static alignas(64) const char scan_sql[] = SUBJECT_SCAN_SQL;

static const char *const sql[SUBJECT_OPERATIONS_COUNT] = {
    [SUBJECT_LOOKUP] = lookup_sql,   [SUBJECT_RENAME] = rename_sql,
    [SUBJECT_SIGN_UP] = sign_up_sql, [SUBJECT_SIGN_OFF] = sign_off_sql,
    [SUBJECT_SCAN] = scan_sql,
};

const char *errand_sql(enum subject_operation operation) {
    return sql[operation];
}

unsigned errand_rename(const struct person *person,
                       struct dbpool_value params[ERRAND_PARAMS_MAX]) {
    params[0] = dbpool_text_n(person->name, person->name_size);
    params[1] = dbpool_text_n(person->forname, person->forname_size);
    params[2] = dbpool_text_n(person->login, person->login_size);
    return 3;
}

unsigned errand_params(const struct subject_request *request,
                       struct dbpool_value params[ERRAND_PARAMS_MAX]) {
    switch (request->operation) {
    case SUBJECT_RENAME:
        return errand_rename(&request->errand->one, params);
    case SUBJECT_SIGN_UP: {
        const struct person *one = &request->errand->one;
        params[0] = dbpool_text_n(one->login, one->login_size);
        params[1] = dbpool_text_n(one->name, one->name_size);
        params[2] = dbpool_text_n(one->forname, one->forname_size);
        return 3;
    }
    default:
        params[0] = dbpool_text_n(request->login, request->login_size);
        return 1;
    }
}

/* A column may be NULL, and memcpy() takes no NULL. */
static bool copy_field(char field[PEOPLE_FIELD_MAX + 1], size_t *size_out,
                       const char *bytes, size_t size) {
    if (size > PEOPLE_FIELD_MAX) {
        return false;
    }
    if (size > 0) {
        memcpy(field, bytes, size);
    }
    field[size] = '\0';
    *size_out = size;
    return true;
}

bool errand_copy(struct person *person, const struct avatar_row *row) {
    return copy_field(person->login, &person->login_size, row->login,
                      row->login_size) &&
           copy_field(person->name, &person->name_size, row->name,
                      row->name_size) &&
           copy_field(person->forname, &person->forname_size, row->forname,
                      row->forname_size);
}
