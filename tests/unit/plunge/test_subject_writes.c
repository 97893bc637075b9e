/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck */
#include "subject/subject.h"

#include <string.h>

#include <sqlite3.h>
#include <uv.h>

#include "base/check.h"
#include "people/people.h"
#include "support/people_database.h"
#include "support/suite.h"

/* What a lookup sees of what was written before it. */

#define RENAMED "Somebody else"

struct fixture {
    uv_loop_t loop;
    struct people people;
    struct people_database database;
    struct subject_request request;
    char login[PEOPLE_FIELD_MAX + 1];
    unsigned asked;
    bool saw_it[2]; /* each lookup: the new name */
};

static int set_up(void **state) {
    static struct fixture fixture;
    struct fixture *f = &fixture;
    memset(f, 0, sizeof *f);
    f->people = (struct people){.users = 10, .seed = 5};
    assert_int_equal(uv_loop_init(&f->loop), 0);
    assert_int_equal(people_database_make(&f->database, &f->people), 0);
    subject_request_init(&f->request, f);
    f->request.login_size = people_login(&f->people, 3, f->login);
    f->request.login = f->login;
    f->request.user = 3;
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    subject_request_fini(&f->request);
    people_database_remove(&f->database);
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    return 0;
}

/* By another connection, and whole when it returns. */
static void rename_behind_the_subject(struct fixture *f) {
    sqlite3 *connection;
    CHECK(sqlite3_open(f->database.path, &connection) == SQLITE_OK);
    CHECK(sqlite3_exec(connection, "UPDATE users SET name = '" RENAMED "'",
                       NULL, NULL, NULL) == SQLITE_OK);
    CHECK(sqlite3_close(connection) == SQLITE_OK);
}

/* Between the first lookup's answer and the second. */
static struct subject_request *next(void *data, unsigned lane) {
    struct fixture *f = data;
    (void)lane;
    if (f->asked == 1) {
        rename_behind_the_subject(f);
    }
    return f->asked++ < 2 ? &f->request : NULL;
}

static void answered(void *data, unsigned lane, struct subject_request *request,
                     const struct subject_answer *answer) {
    struct fixture *f = data;
    (void)lane;
    (void)request;
    f->saw_it[f->asked - 1] =
        answer->found && answer->row.name_size == strlen(RENAMED) &&
        memcmp(answer->row.name, RENAMED, strlen(RENAMED)) == 0;
}

static void nothing(void *data) {
    (void)data;
}

static void look_up_twice(struct fixture *f, bool writes) {
    const struct subject_options options = {
        .loop = &f->loop,
        .database = f->database.path,
        .people = &f->people,
        .min = 1,
        .max = 1,
        .batch = 100,
        .writes = writes,
        .sink = {f, answered},
    };
    const struct subject_source source = {f, next};
    struct subject *subject;
    struct subject_error error;
    assert_int_equal(subject_direct.open(&options, &subject, &error), 0);
    assert_int_equal(
        subject->calls->drive(subject, &source, nothing, f, &error), 0);
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    subject->calls->close(subject, nothing, f);
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(f->asked, 3);
    assert_false(f->saw_it[0]);
}

static void where_requests_write_direct_reads_the_newest(void **state) {
    struct fixture *f = *state;
    look_up_twice(f, true);
    assert_true(f->saw_it[1]);
}

static void where_none_does_a_batch_reads_one_state(void **state) {
    struct fixture *f = *state;
    look_up_twice(f, false);
    assert_false(f->saw_it[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(where_requests_write_direct_reads_the_newest),
        TEST(where_none_does_a_batch_reads_one_state),
    };
    return SUITE_RUN(tests, argc, argv);
}
