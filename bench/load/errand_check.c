/* SPDX-License-Identifier: Apache-2.0 */
#include "load/errand.h"

#include <string.h>

#include "load/answers.h"
#include "people/naming.h"

static struct roll_state there(uint64_t called) {
    return (struct roll_state){.known = true, .there = true, .called = called};
}

static bool is_sealed(const struct answers *answers,
                      const struct avatar_row *row) {
    struct avatar avatar;
    avatar_render(&avatar, row);
    return avatar_verify(answers->people, &avatar, row->login, row->login_size);
}

/* ---- One row -------------------------------------------------------------*/

static bool check_rename(const struct answers *answers, struct errand *errand,
                         const struct subject_request *request,
                         const struct subject_answer *answer) {
    const uint64_t expected = request->user == SUBJECT_NOBODY ? 0 : 1;
    const bool right = answer->changes == expected;
    struct roll_state after = {0};
    if (right && expected == 1) {
        after = there(naming_hash_of(&errand->what.one));
    }
    (void)roll_end(answers->roll, &errand->one, after);
    return right;
}

static bool check_sign_up(const struct answers *answers, struct errand *errand,
                          const struct subject_answer *answer) {
    const bool right = answer->changes == 1;
    struct roll_state after = {0};
    if (right) {
        after = there(naming_hash_of(&errand->what.one));
    }
    (void)roll_end(answers->roll, &errand->one, after);
    if (right) {
        roll_offer(answers->roll, errand->newcomer);
    }
    return right;
}

static bool check_sign_off(const struct answers *answers,
                           const struct errand *errand,
                           const struct subject_answer *answer) {
    const bool right = answer->changes == 1;
    const struct roll_state after = {.known = right, .there = false};
    (void)roll_end(answers->roll, &errand->one, after);
    return right;
}

/* ---- Two rows ------------------------------------------------------------*/

/* @write's row was alone, and called what it was known to be called: so the
 * other one is called now. */
static bool check_taken_over(bool alone, const struct roll_write *write,
                             uint64_t called) {
    return !alone || !write->before.known || write->before.called == called;
}

static bool check_transfer(const struct answers *answers, struct errand *errand,
                           const struct subject_request *request,
                           const struct subject_answer *answer) {
    const bool both =
        request->user != SUBJECT_NOBODY && errand->other_user != SUBJECT_NOBODY;
    if (!both || answer->changes != 2) {
        const struct roll_state unknown = {0};
        (void)roll_end(answers->roll, &errand->one, unknown);
        (void)roll_end(answers->roll, &errand->other, unknown);
        return !both && answer->changes == 0;
    }
    const struct avatar_row one = avatar_row_of(&errand->what.one);
    const struct avatar_row other = avatar_row_of(&errand->what.other);
    const uint64_t one_called = naming_hash(&one);
    const uint64_t other_called = naming_hash(&other);
    bool one_alone = roll_end(answers->roll, &errand->one, there(one_called));
    bool other_alone =
        roll_end(answers->roll, &errand->other, there(other_called));
    return is_sealed(answers, &one) && is_sealed(answers, &other) &&
           check_taken_over(one_alone, &errand->one, other_called) &&
           check_taken_over(other_alone, &errand->other, one_called);
}

/* ---- A page --------------------------------------------------------------*/

static int compare(const char *one, size_t one_size, const char *other,
                   size_t other_size) {
    int order =
        memcmp(one, other, one_size < other_size ? one_size : other_size);
    return order != 0 ? order
                      : (one_size > other_size) - (one_size < other_size);
}

/* @next: the one of the people who comes next. */
static bool check_row(const struct answers *answers, uint64_t asked,
                      const struct avatar_row *row, uint64_t *next) {
    uint64_t user;
    if (people_index(answers->people, row->login, row->login_size, &user)) {
        if (user != (*next)++) {
            return false;
        }
    } else if (answers->roll == NULL ||
               !newcomer_has(row->login, row->login_size)) {
        return false;
    }
    if (answers->roll != NULL) {
        const struct roll_state state = roll_state(
            answers->roll, roll_login(row->login, row->login_size), asked);
        if (state.known && (!state.there || state.called != naming_hash(row))) {
            return false;
        }
    }
    return is_sealed(answers, row);
}

static bool check_scan(const struct answers *answers,
                       const struct errand *errand,
                       const struct subject_request *request,
                       const struct subject_answer *answer) {
    const struct people *people = answers->people;
    uint64_t next = people_from(people, request->login, request->login_size);
    const char *before = request->login;
    size_t before_size = request->login_size;
    for (size_t i = 0; i < answer->rows_count; i++) {
        const struct avatar_row *row = &answer->rows[i];
        if (row->login_size > PEOPLE_FIELD_MAX || row->login == NULL ||
            compare(before, before_size, row->login, row->login_size) >=
                (i == 0 ? 1 : 0) ||
            !check_row(answers, errand->asked, row, &next)) {
            return false;
        }
        before = row->login;
        before_size = row->login_size;
    }
    return answer->rows_count == SUBJECT_SCAN_ROWS || next == people->users;
}

bool errand_check(const struct answers *answers,
                  const struct subject_request *request,
                  const struct subject_answer *answer) {
    struct errand *errand = errand_of(request);
    switch (request->operation) {
    case SUBJECT_RENAME:
        return check_rename(answers, errand, request, answer);
    case SUBJECT_SIGN_UP:
        return check_sign_up(answers, errand, answer);
    case SUBJECT_SIGN_OFF:
        return check_sign_off(answers, errand, answer);
    case SUBJECT_TRANSFER:
        return check_transfer(answers, errand, request, answer);
    default:
        return check_scan(answers, errand, request, answer);
    }
}

void errand_failed(const struct answers *answers,
                   const struct subject_request *request) {
    const struct roll_state unknown = {0};
    switch (request->operation) {
    case SUBJECT_LOOKUP:
    case SUBJECT_SCAN:
        break;
    case SUBJECT_TRANSFER:
        (void)roll_end(answers->roll, &errand_of(request)->other, unknown);
        (void)roll_end(answers->roll, &errand_of(request)->one, unknown);
        break;
    default:
        (void)roll_end(answers->roll, &errand_of(request)->one, unknown);
        break;
    }
}
