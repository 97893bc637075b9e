/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck */
#include "load/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "people/avatar.h"
#include "people/people.h"
#include "subject/subject.h"
#include "support/load_fixture.h"
#include "support/suite.h"

/* Loads that do more than look up, on real databases: what every subject
 * answers is right, what is left of the database is, too, and a database that
 * lies is caught at it. */

static const struct subject_calls *const subjects[] = {
    &subject_dbpool, &subject_direct, &subject_uvwork};

static const struct scenario_operations all = {{60, 10, 8, 8, 8, 6}};

/* Small: the same rows are written over and over. */
static int set_up(void **state) {
    int status = load_fixture_set_up(state);
    struct load_fixture *f = *state;
    f->settings.database.users = 50;
    f->phases[0].lookups = 200;
    f->phases[0].in_flight = 20;
    f->phases[0].operations = all;
    return status;
}

static void execute(struct load_fixture *f, const char *sql) {
    sqlite3 *connection;
    assert_int_equal(sqlite3_open(f->database.path, &connection), SQLITE_OK);
    assert_int_equal(sqlite3_exec(connection, sql, NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(connection), SQLITE_OK);
}

static void run(struct load_fixture *f, const struct subject_calls *calls) {
    load_fixture_start(f, calls);
    load_warm_up(f->load, &f->outcome);
    assert_int_equal(f->outcome.end, LOAD_DONE);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    assert_int_equal(load_fixture_cycle(f, 2), LOAD_DONE);
    load_fixture_result(f);
}

static void start_over(struct load_fixture *f) {
    load_free(f->load);
    f->load = NULL;
    if (f->database.path[0] != '\0') {
        people_database_remove(&f->database);
    }
    load_fixture_make_database(f);
}

/* Every row's seal fits its login, and there are @rows of them. */
static void expect_sound(struct load_fixture *f, uint64_t rows) {
    const struct people people = {.users = f->settings.database.users,
                                  .seed = f->settings.database.seed};
    sqlite3 *connection;
    sqlite3_stmt *statement;
    uint64_t found = 0;
    assert_int_equal(sqlite3_open(f->database.path, &connection), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(connection, "PRAGMA integrity_check",
                                        -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal(sqlite3_column_text(statement, 0), "ok");
    (void)sqlite3_finalize(statement);
    assert_int_equal(
        sqlite3_prepare_v2(connection, "SELECT login, name, forname FROM users",
                           -1, &statement, NULL),
        SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        const struct avatar_row row = {
            .login = (const char *)sqlite3_column_text(statement, 0),
            .login_size = (size_t)sqlite3_column_bytes(statement, 0),
            .name = (const char *)sqlite3_column_text(statement, 1),
            .name_size = (size_t)sqlite3_column_bytes(statement, 1),
            .forname = (const char *)sqlite3_column_text(statement, 2),
            .forname_size = (size_t)sqlite3_column_bytes(statement, 2),
        };
        struct avatar avatar;
        avatar_render(&avatar, &row);
        assert_true(avatar_verify(&people, &avatar, row.login, row.login_size));
        found++;
    }
    (void)sqlite3_finalize(statement);
    assert_int_equal(sqlite3_close(connection), SQLITE_OK);
    assert_int_equal(found, rows);
}

static void expect_counts(const struct load_fixture *f, uint64_t requests) {
    const struct result_phase *phase = &f->cell.phases[0];
    const struct result_operations *counts = &phase->operations;
    assert_int_equal(phase->completed, requests);
    assert_int_equal(phase->failed, 0);
    assert_int_equal(phase->wrong, 0);
    assert_true(phase->mixed);
    assert_int_equal(counts->lookup + counts->rename + counts->sign_up +
                         counts->sign_off + counts->transfer + counts->scan,
                     requests);
    assert_int_equal(counts->lookup, requests * 60 / 100);
    assert_int_equal(counts->rename, requests * 10 / 100);
    assert_int_equal(counts->transfer, requests * 8 / 100);
    assert_int_equal(counts->scan, requests * 6 / 100);
    assert_int_equal(counts->sign_up + counts->sign_off, requests * 16 / 100);
    assert_true(counts->sign_off > 0);
}

static uint64_t rows_after(const struct load_fixture *f) {
    const struct result_operations *counts = &f->cell.phases[0].operations;
    return f->settings.database.users + counts->sign_up - counts->sign_off;
}

static void every_subject_does_all_of_it_rightly(void **state) {
    struct load_fixture *f = *state;
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        start_over(f);
        run(f, subjects[i]);
        expect_counts(f, 400);
        expect_sound(f, rows_after(f));
    }
}

static void every_choice_of_keys_goes_with_it(void **state) {
    static const char *logins[] = {"yoen", "nobody", "yoen"};
    static const struct scenario_keys keys[] = {
        {.kind = SCENARIO_KEYS_LATEST},
        {.kind = SCENARIO_KEYS_SEQUENTIAL},
        {.kind = SCENARIO_KEYS_ZIPF, .exponent = 1.2},
        {.kind = SCENARIO_KEYS_HOT, .hot_users = 20000, .hot_lookups = 900000},
        {.kind = SCENARIO_KEYS_LIST, .logins = logins, .logins_count = 3},
    };
    struct load_fixture *f = *state;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        start_over(f);
        f->phases[0].keys = keys[i];
        f->phases[0].misses = 100000;
        run(f, &subject_dbpool);
        expect_counts(f, 400);
        expect_sound(f, rows_after(f));
    }
}

static void databases_of_few_or_nobody_are_written_too(void **state) {
    static const uint64_t users[] = {0, 1, 2, 3};
    struct load_fixture *f = *state;
    for (size_t i = 0; i < sizeof users / sizeof *users; i++) {
        f->settings.database.users = users[i];
        start_over(f);
        run(f, &subject_dbpool);
        expect_counts(f, 400);
        expect_sound(f, rows_after(f));
    }
}

static void null_answers_as_if(void **state) {
    static const uint64_t users[] = {0, 1, 3, 50};
    struct load_fixture *f = *state;
    for (size_t i = 0; i < sizeof users / sizeof *users; i++) {
        load_free(f->load);
        f->settings.database.users = users[i];
        f->phases[0].keys.kind = SCENARIO_KEYS_LATEST;
        run(f, &subject_null);
        expect_counts(f, 400);
    }
}

/* Nobody has signed up: so nobody can sign off, but for one who comes first. */
static void who_signs_off_has_signed_up_before(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].operations = (struct scenario_operations){{0, 0, 0, 1, 0, 0}};
    start_over(f);
    f->phases[0].in_flight = 1;
    run(f, &subject_dbpool);
    const struct result_operations *counts = &f->cell.phases[0].operations;
    assert_int_equal(counts->sign_up, 200);
    assert_int_equal(counts->sign_off, 200);
    assert_int_equal(f->cell.phases[0].wrong, 0);
    expect_sound(f, 50);
}

static void all_of_it_can_be_in_flight_at_once(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].in_flight = 200;
    start_over(f);
    run(f, &subject_dbpool);
    assert_int_equal(f->cell.phases[0].completed, 400);
    assert_int_equal(f->cell.phases[0].in_flight_peak, 200);
    assert_int_equal(f->cell.phases[0].wrong, 0);
    expect_sound(f, rows_after(f));
}

static void lookups_of_a_later_phase_know_what_was_written(void **state) {
    struct load_fixture *f = *state;
    start_over(f);
    f->settings.phases_count = 2;
    run(f, &subject_dbpool);
    assert_int_equal(f->cell.phases[0].wrong + f->cell.phases[1].wrong, 0);
    assert_false(f->cell.phases[1].mixed);
    assert_int_equal(f->cell.phases[1].operations.lookup, 200);
}

static void pages_alone_need_no_writing(void **state) {
    struct load_fixture *f = *state;
    start_over(f);
    f->phases[0].operations = (struct scenario_operations){{1, 0, 0, 0, 0, 1}};
    run(f, &subject_direct);
    assert_int_equal(f->cell.phases[0].wrong, 0);
    assert_int_equal(f->cell.phases[0].operations.scan, 200);
    expect_sound(f, 50);
}

/* ---- Databases that lie --------------------------------------------------*/

/* One request at a time, so that all is certain. */
static uint64_t wrong_with(struct load_fixture *f,
                           struct scenario_operations operations,
                           const char *trigger) {
    start_over(f);
    execute(f, trigger);
    f->phases[0].operations = operations;
    f->phases[0].in_flight = 1;
    load_fixture_start(f, &subject_dbpool);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    assert_int_equal(f->cell.phases[0].failed, 0);
    return f->cell.phases[0].wrong;
}

#define LOOKUPS_AND(rename, up, off, transfer, scan)                           \
    ((struct scenario_operations){{5, rename, up, off, transfer, scan}})

/* As if the update had never been: the old names come back, whose seals fit. */
#define LOSES_UPDATES                                                          \
    "CREATE TRIGGER lie AFTER UPDATE ON users BEGIN UPDATE users SET"          \
    " name = old.name, forname = old.forname WHERE login = old.login; END"

static void a_lost_rename_is_wrong(void **state) {
    assert_true(wrong_with(*state, LOOKUPS_AND(5, 0, 0, 0, 0), LOSES_UPDATES) >
                10);
}

static void a_lost_transfer_is_wrong(void **state) {
    assert_true(wrong_with(*state, LOOKUPS_AND(0, 0, 0, 5, 0), LOSES_UPDATES) >
                10);
}

static void a_page_with_lost_updates_is_wrong(void **state) {
    assert_true(wrong_with(*state,
                           (struct scenario_operations){{0, 5, 0, 0, 0, 5}},
                           LOSES_UPDATES) > 10);
}

static void an_update_that_hits_others_is_wrong(void **state) {
    assert_true(wrong_with(*state, LOOKUPS_AND(1, 0, 0, 0, 0),
                           "CREATE TRIGGER lie AFTER UPDATE ON users BEGIN"
                           " UPDATE users SET name = new.name WHERE login <"
                           " new.login; END") > 10);
}

static void a_page_that_leaves_somebody_out_is_wrong(void **state) {
    assert_true(wrong_with(*state,
                           (struct scenario_operations){{0, 0, 1, 0, 0, 9}},
                           "DELETE FROM users WHERE rowid = 25") > 10);
}

static void a_row_that_is_nobodys_is_wrong(void **state) {
    assert_true(wrong_with(*state,
                           (struct scenario_operations){{0, 0, 1, 0, 0, 9}},
                           "INSERT INTO users SELECT 'm', name, forname FROM"
                           " users WHERE rowid = 25") > 10);
}

static void who_has_signed_up_has_to_be_there(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].keys.kind = SCENARIO_KEYS_LATEST;
    assert_true(wrong_with(f, LOOKUPS_AND(0, 5, 0, 0, 0),
                           "CREATE TRIGGER lie AFTER INSERT ON users BEGIN"
                           " DELETE FROM users WHERE login = new.login; END") >
                10);
}

static void who_has_signed_off_must_be_gone(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].keys.kind = SCENARIO_KEYS_LATEST;
    assert_true(wrong_with(f, LOOKUPS_AND(0, 5, 5, 0, 0),
                           "CREATE TRIGGER lie AFTER DELETE ON users BEGIN"
                           " INSERT INTO users VALUES (old.login, old.name,"
                           " old.forname); END") > 10);
}

/* Half of the updates fail, and the others are lost. */
static void a_failed_write_hides_no_lost_one(void **state) {
    struct load_fixture *f = *state;
    f->settings.database.users = 1;
    start_over(f);
    execute(f, "CREATE TRIGGER no BEFORE UPDATE ON users WHEN new.forname < 'M'"
               " BEGIN SELECT RAISE(ABORT, 'not today'); END");
    execute(f, LOSES_UPDATES);
    f->phases[0].operations = LOOKUPS_AND(5, 0, 0, 0, 0);
    f->phases[0].in_flight = 1;
    load_fixture_start(f, &subject_dbpool);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    assert_true(f->cell.phases[0].failed > 10);
    assert_true(f->cell.phases[0].wrong > 10);
}

/* What the first cycle gave up is no longer under way in the second. */
static void a_cancelled_write_hides_no_lost_one(void **state) {
    struct load_fixture *f = *state;
    f->settings.database.users = 1;
    f->settings.pool.shutdown = SCENARIO_ABORT;
    f->settings.phases_count = 2;
    start_over(f);
    f->phases[0].operations = LOOKUPS_AND(5, 0, 0, 0, 0);
    f->phases[0].in_flight = 1;
    f->phases[1].operations = LOOKUPS_AND(5, 0, 0, 0, 0);
    f->phases[1].in_flight = 100;
    load_fixture_start(f, &subject_dbpool);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    execute(f, LOSES_UPDATES);
    assert_int_equal(load_fixture_cycle(f, 2), LOAD_DONE);
    load_fixture_result(f);
    assert_true(f->cell.phases[1].cancelled > 10);
    assert_true(f->cell.phases[0].wrong > 10);
}

/* ---- Failing -------------------------------------------------------------*/

static void what_fails_is_not_taken_for_done(void **state) {
    struct load_fixture *f = *state;
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        start_over(f);
        execute(f, "CREATE TRIGGER no BEFORE UPDATE ON users BEGIN SELECT"
                   " RAISE(ABORT, 'not today'); END");
        load_fixture_start(f, subjects[i]);
        assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
        load_fixture_result(f);
        assert_int_equal(f->cell.phases[0].wrong, 0);
        assert_int_equal(f->cell.phases[0].failed, 200 * 18 / 100);
        assert_non_null(strstr(f->cell.error, "not today"));
        expect_sound(f, rows_after(f));
    }
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, set_up, load_fixture_tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(every_subject_does_all_of_it_rightly),
        TEST(every_choice_of_keys_goes_with_it),
        TEST(databases_of_few_or_nobody_are_written_too),
        TEST(null_answers_as_if),
        TEST(who_signs_off_has_signed_up_before),
        TEST(all_of_it_can_be_in_flight_at_once),
        TEST(lookups_of_a_later_phase_know_what_was_written),
        TEST(pages_alone_need_no_writing),
        TEST(a_lost_rename_is_wrong),
        TEST(a_lost_transfer_is_wrong),
        TEST(a_page_with_lost_updates_is_wrong),
        TEST(an_update_that_hits_others_is_wrong),
        TEST(a_page_that_leaves_somebody_out_is_wrong),
        TEST(a_row_that_is_nobodys_is_wrong),
        TEST(who_has_signed_up_has_to_be_there),
        TEST(who_has_signed_off_must_be_gone),
        TEST(a_failed_write_hides_no_lost_one),
        TEST(a_cancelled_write_hides_no_lost_one),
        TEST(what_fails_is_not_taken_for_done),
    };
    return SUITE_RUN(tests, argc, argv);
}
