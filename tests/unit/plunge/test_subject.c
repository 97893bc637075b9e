/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck */
#include "subject/subject.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>
#include <uv.h>

#include "people/people.h"
#include "subject/lane.h"
#include "support/people_database.h"
#include "support/suite.h"

#define USERS 200
#define NOBODY_AT 7 /* the request that asks for nobody */

/* ---- Threads that cannot be started --------------------------------------*/

/* How many may still be; below zero: any number. */
static atomic_int threads_allowed = -1;

typedef int (*create_fn)(pthread_t *thread, const pthread_attr_t *attributes,
                         void *(*start)(void *), void *data);

/* Stands before the C library's own. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                   void *(*start)(void *), void *data) {
    create_fn create;
    if (atomic_load(&threads_allowed) == 0) {
        return EAGAIN;
    }
    if (atomic_load(&threads_allowed) > 0) {
        atomic_fetch_sub(&threads_allowed, 1);
    }
    *(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
    return create(thread, attributes, start, data);
}

/* ---- The fixture ---------------------------------------------------------*/

/* A lookup of every user, and one of nobody. */
struct asking {
    struct subject_request request;
    char login[PEOPLE_FIELD_MAX + 1];
    unsigned answers;
    int status;
    bool right;
};

struct fixture {
    uv_loop_t loop;
    struct people people;
    struct people_database database;
    struct asking askings[USERS];
    struct subject *subject;
    struct subject_error error;
    bool submitting;
    bool answered_too_early;
    atomic_uint next;
    atomic_uint answered;
    unsigned closed;
    unsigned answered_at_close;
    unsigned dry;
};

static bool is_right(const struct fixture *f, const struct asking *asking,
                     const struct subject_answer *answer) {
    if (asking->request.user == SUBJECT_NOBODY) {
        return !answer->found;
    }
    struct person person;
    people_person(&f->people, asking->request.user, &person);
    const struct avatar_row *row = &answer->row;
    return answer->found && row->login_size == person.login_size &&
           row->name_size == person.name_size &&
           row->forname_size == person.forname_size &&
           memcmp(row->login, person.login, person.login_size) == 0 &&
           memcmp(row->name, person.name, person.name_size) == 0 &&
           memcmp(row->forname, person.forname, person.forname_size) == 0;
}

static void on_answer(void *data, unsigned lane,
                      struct subject_request *request,
                      const struct subject_answer *answer) {
    struct fixture *f = data;
    struct asking *asking = request->data;
    (void)lane;
    if (f->submitting) {
        f->answered_too_early = true;
    }
    asking->answers++;
    asking->status = answer->status;
    asking->right = answer->status == 0 && is_right(f, asking, answer);
    atomic_fetch_add(&f->answered, 1);
}

static struct subject_request *next_asking(void *data, unsigned lane) {
    struct fixture *f = data;
    (void)lane;
    unsigned k = atomic_fetch_add(&f->next, 1);
    return k < USERS ? &f->askings[k].request : NULL;
}

static void on_closed(void *data) {
    struct fixture *f = data;
    f->closed++;
    f->answered_at_close = atomic_load(&f->answered);
}

static void on_dry(void *data) {
    struct fixture *f = data;
    f->dry++;
}

static void fill_askings(struct fixture *f) {
    for (uint64_t i = 0; i < USERS; i++) {
        struct asking *asking = &f->askings[i];
        struct subject_request *request = &asking->request;
        subject_request_init(request, asking);
        if (i == NOBODY_AT) {
            request->login = "'; DROP TABLE users; --";
            request->login_size = strlen(request->login);
            continue;
        }
        request->user = i;
        request->login_size = people_login(&f->people, i, asking->login);
        request->login = asking->login;
    }
}

static int set_up(void **state) {
    static struct fixture fixture;
    struct fixture *f = &fixture;
    memset(f, 0, sizeof *f);
    f->people = (struct people){.users = USERS, .seed = 5};
    atomic_store(&threads_allowed, -1);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    assert_int_equal(people_database_make(&f->database, &f->people), 0);
    fill_askings(f);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < USERS; i++) {
        subject_request_fini(&f->askings[i].request);
    }
    people_database_remove(&f->database);
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    return 0;
}

static int open_at(struct fixture *f, const struct subject_calls *calls,
                   const char *path, unsigned batch) {
    const struct subject_options options = {
        .loop = &f->loop,
        .database = path,
        .people = &f->people,
        .min = 3,
        .max = 5,
        .batch = batch,
        .site = {"rush.yaml", "pool", 4},
        .cycle = 1,
        .sink = {f, on_answer},
    };
    return calls->open(&options, &f->subject, &f->error);
}

static void open_subject(struct fixture *f, const struct subject_calls *calls,
                         unsigned batch) {
    assert_int_equal(open_at(f, calls, f->database.path, batch), 0);
    assert_ptr_equal(f->subject->calls, calls);
}

static void submit_all(struct fixture *f) {
    f->submitting = true;
    for (size_t i = 0; i < USERS; i++) {
        assert_int_equal(f->subject->calls->submit(
                             f->subject, &f->askings[i].request, &f->error),
                         0);
    }
    f->submitting = false;
}

static int drive_all(struct fixture *f) {
    const struct subject_source source = {f, next_asking};
    return f->subject->calls->drive(f->subject, &source, on_dry, f, &f->error);
}

static void close_subject(struct fixture *f) {
    f->subject->calls->close(f->subject, on_closed, f);
    assert_int_equal(f->closed, 0);
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(f->closed, 1);
}

static void expect_all_right(const struct fixture *f) {
    for (size_t i = 0; i < USERS; i++) {
        assert_int_equal(f->askings[i].answers, 1);
        assert_true(f->askings[i].right);
    }
    assert_false(f->answered_too_early);
}

/* ---- Subjects that lookups are submitted to ------------------------------*/

static void null_answers_everybody_rightly_and_never_at_once(void **state) {
    struct fixture *f = *state;
    open_subject(f, &subject_null, 100);
    submit_all(f);
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    expect_all_right(f);
    close_subject(f);
}

static void null_needs_no_database(void **state) {
    struct fixture *f = *state;
    assert_int_equal(open_at(f, &subject_null, "/nowhere/users.db", 1), 0);
    submit_all(f);
    close_subject(f);
    expect_all_right(f);
}

static void dbpool_answers_everybody_rightly_and_never_at_once(void **state) {
    struct fixture *f = *state;
    open_subject(f, &subject_dbpool, 100);
    submit_all(f);
    close_subject(f);
    expect_all_right(f);
}

static void close_answers_first_and_a_second_joins_it(void **state) {
    static const struct subject_calls *const submitted[] = {
        &subject_null, &subject_dbpool, &subject_uvwork};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof submitted / sizeof *submitted; i++) {
        f->closed = 0;
        atomic_store(&f->answered, 0);
        open_subject(f, submitted[i], 100);
        submit_all(f);
        f->subject->calls->close(f->subject, on_closed, f);
        f->subject->calls->close(f->subject, on_closed, f);
        assert_int_equal(f->closed, 0);
        assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
        assert_int_equal(f->closed, 2);
        assert_int_equal(f->answered_at_close, USERS);
    }
}

static void dbpool_says_that_a_thread_could_not_be_started(void **state) {
    struct fixture *f = *state;
    open_subject(f, &subject_dbpool, 100);
    atomic_store(&threads_allowed, 1);
    assert_int_equal(f->subject->calls->submit(
                         f->subject, &f->askings[0].request, &f->error),
                     -1);
    atomic_store(&threads_allowed, -1);
    assert_int_equal(f->error.status, DBPOOL_ETHREAD);
    assert_int_equal(f->error.error_number, EAGAIN);
    assert_string_equal(f->error.text, "can't start new thread");
    close_subject(f);
    assert_int_equal(f->askings[0].answers, 0);
}

static void dbpool_answers_with_the_databases_own_words(void **state) {
    struct fixture *f = *state;
    assert_int_equal(open_at(f, &subject_dbpool, "/nowhere/users.db", 1), 0);
    submit_all(f);
    close_subject(f);
    for (size_t i = 0; i < USERS; i++) {
        assert_int_equal(f->askings[i].answers, 1);
        assert_int_equal(f->askings[i].status, DBPOOL_ECONNECT);
    }
}

static size_t census_of(enum dbpool_kind kind) {
    struct dbpool_census_entry entries[64];
    size_t count = dbpool_census(entries, 64);
    size_t found = 0;
    for (size_t i = 0; i < count && i < 64; i++) {
        found += entries[i].kind == kind ? 1 : 0;
    }
    return found;
}

/* What is left keeps the loop alive: only so long is it turned. */
static void answer_all(struct fixture *f) {
    submit_all(f);
    while (atomic_load(&f->answered) < USERS) {
        (void)uv_run(&f->loop, UV_RUN_ONCE);
    }
}

/* A pool that was left behind, ended behind its subject's back. */
static void close_left_behind(struct fixture *f, struct dbpool *pool) {
    dbpool_close(pool, NULL, NULL);
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(census_of(DBPOOL_KIND_POOL), 0);
}

static void dropping_leaves_the_pool_and_its_threads(void **state) {
    struct fixture *f = *state;
    open_subject(f, &subject_dbpool, 100);
    answer_all(f);
    struct dbpool *pool = f->askings[0].request.pooled.pool;
    f->subject->calls->drop(f->subject);
    assert_int_equal(census_of(DBPOOL_KIND_POOL), 1);
    assert_int_equal(census_of(DBPOOL_KIND_THREAD), 5);
    close_left_behind(f, pool);
}

static void forgetting_comes_back_and_has_closed_nothing(void **state) {
    struct fixture *f = *state;
    open_subject(f, &subject_dbpool, 100);
    answer_all(f);
    struct dbpool *pool = f->askings[0].request.pooled.pool;
    f->subject->calls->forget(f->subject, on_dry, f);
    assert_int_equal(f->dry, 0);
    while (f->dry == 0) {
        (void)uv_run(&f->loop, UV_RUN_ONCE);
    }
    assert_int_equal(census_of(DBPOOL_KIND_POOL), 1);
    assert_int_equal(census_of(DBPOOL_KIND_THREAD), 5);
    close_left_behind(f, pool);
}

static void what_dbpool_holds_is_named_by_the_scenario(void **state) {
    struct fixture *f = *state;
    struct dbpool_census_entry entries[4];
    open_subject(f, &subject_dbpool, 100);
    f->askings[0].request.site = (struct dbpool_site){"rush.yaml", "load", 9};
    assert_int_equal(f->subject->calls->submit(
                         f->subject, &f->askings[0].request, &f->error),
                     0);
    assert_true(dbpool_census(entries, 4) >= 2);
    assert_int_equal(entries[0].kind, DBPOOL_KIND_POOL);
    assert_string_equal(entries[0].site.file, "rush.yaml");
    assert_int_equal(entries[0].site.line, 4);
    assert_int_equal(entries[0].tag, 1);
    for (size_t i = 0; i < 4; i++) {
        if (entries[i].kind == DBPOOL_KIND_THREAD) {
            assert_string_equal(entries[i].site.function, "load");
            assert_int_equal(entries[i].site.line, 9);
        }
    }
    close_subject(f);
}

/* ---- Lookups as libuv's own work -----------------------------------------*/

/* Descriptors of the database, its log and that log's index. */
static unsigned descriptors_of(const struct fixture *f) {
    unsigned found = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        char link[sizeof f->database.path + 8];
        ssize_t size =
            readlinkat(dirfd(folder), entry->d_name, link, sizeof link - 1);
        link[size > 0 ? size : 0] = '\0';
        found += strncmp(link, f->database.path, strlen(f->database.path)) == 0;
    }
    (void)closedir(folder);
    return found;
}

/* Each opening has connections of its own, on threads that stay. */
static void uvwork_answers_everybody_rightly_at_every_opening(void **state) {
    struct fixture *f = *state;
    for (unsigned i = 0; i < 3; i++) {
        fill_askings(f);
        for (size_t k = 0; k < USERS; k++) {
            f->askings[k].answers = 0;
        }
        f->closed = 0;
        open_subject(f, &subject_uvwork, 100);
        answer_all(f);
        expect_all_right(f);
        assert_true(descriptors_of(f) > 0);
        close_subject(f);
        assert_int_equal(descriptors_of(f), 0);
        atomic_store(&f->answered, 0);
    }
}

static void uvwork_answers_with_the_databases_own_words(void **state) {
    struct fixture *f = *state;
    assert_int_equal(open_at(f, &subject_uvwork, "/nowhere/users.db", 1), 0);
    submit_all(f);
    close_subject(f);
    for (size_t i = 0; i < USERS; i++) {
        assert_int_equal(f->askings[i].answers, 1);
        assert_int_equal(f->askings[i].status, DBPOOL_ECONNECT);
    }
}

static void uvwork_refuses_once_it_is_closing(void **state) {
    struct fixture *f = *state;
    open_subject(f, &subject_uvwork, 100);
    f->subject->calls->close(f->subject, on_closed, f);
    assert_int_equal(f->subject->calls->submit(
                         f->subject, &f->askings[0].request, &f->error),
                     -1);
    assert_int_equal(f->error.status, DBPOOL_ECLOSED);
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(f->closed, 1);
    assert_int_equal(f->askings[0].answers, 0);
}

/* ---- Subjects that run by themselves -------------------------------------*/

static void direct_answers_everybody_rightly_whatever_the_batch(void **state) {
    static const unsigned batches[] = {1, 2, 100, 1000};
    struct fixture *f = *state;
    for (size_t i = 0; i < 4; i++) {
        fill_askings(f);
        for (size_t k = 0; k < USERS; k++) {
            f->askings[k].answers = 0;
        }
        atomic_store(&f->next, 0);
        f->dry = 0;
        f->closed = 0;
        open_subject(f, &subject_direct, batches[i]);
        assert_int_equal(drive_all(f), 0);
        assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
        assert_int_equal(f->dry, 1);
        expect_all_right(f);
        close_subject(f);
    }
}

/* What the lane's connection was doing when it asked for its k-th lookup. */
struct lane_watch {
    struct fixture *f;
    struct lane *lane;
    int states[USERS + 1];
};

static struct subject_request *watched_next(void *data, unsigned number) {
    struct lane_watch *watch = data;
    unsigned k = atomic_load(&watch->f->next);
    watch->states[k] = sqlite3_txn_state(watch->lane->connection, NULL);
    return next_asking(watch->f, number);
}

static void a_lane_has_one_read_transaction_a_batch(void **state) {
    static const unsigned batches[] = {1, 3};
    struct fixture *f = *state;
    for (size_t i = 0; i < 2; i++) {
        struct lane lane = {.batch = batches[i], .sink = {f, on_answer}};
        struct lane_watch watch = {.f = f, .lane = &lane};
        const struct subject_source source = {&watch, watched_next};
        atomic_store(&f->next, 0);
        assert_int_equal(lane_init(&lane, f->database.path, NULL, &f->error),
                         0);
        lane_run(&lane, &source);
        for (unsigned k = 0; k <= USERS; k++) {
            assert_int_equal(watch.states[k], k % batches[i] == 0
                                                  ? SQLITE_TXN_NONE
                                                  : SQLITE_TXN_READ);
        }
        assert_int_equal(sqlite3_txn_state(lane.connection, NULL),
                         SQLITE_TXN_NONE);
        lane_fini(&lane);
    }
}

static void direct_can_be_driven_again(void **state) {
    struct fixture *f = *state;
    open_subject(f, &subject_direct, 100);
    for (unsigned i = 1; i <= 3; i++) {
        atomic_store(&f->next, 0);
        assert_int_equal(drive_all(f), 0);
        assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
        assert_int_equal(f->dry, i);
        assert_int_equal(atomic_load(&f->answered), i * USERS);
    }
    close_subject(f);
}

static void direct_starts_all_its_threads_or_draws_nothing(void **state) {
    struct fixture *f = *state;
    int lanes = (int)uv_available_parallelism();
    open_subject(f, &subject_direct, 100);
    for (int allowed = 0; allowed < lanes && allowed < 5; allowed++) {
        atomic_store(&threads_allowed, allowed);
        assert_int_equal(drive_all(f), -1);
        assert_int_equal(f->error.status, DBPOOL_ETHREAD);
        assert_int_equal(f->error.error_number, EAGAIN);
        assert_int_equal(atomic_load(&f->next), 0);
    }
    atomic_store(&threads_allowed, -1);
    assert_int_equal(drive_all(f), 0);
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    expect_all_right(f);
    close_subject(f);
}

static void direct_says_what_is_wrong_with_a_database(void **state) {
    struct fixture *f = *state;
    assert_int_equal(open_at(f, &subject_direct, "/nowhere/users.db", 1), -1);
    assert_int_equal(f->error.status, DBPOOL_ECONNECT);
    assert_true(f->error.text[0] != '\0');
}

static void closing_direct_twice_calls_back_twice(void **state) {
    struct fixture *f = *state;
    open_subject(f, &subject_direct, 100);
    f->subject->calls->close(f->subject, on_closed, f);
    f->subject->calls->close(f->subject, on_closed, f);
    assert_int_equal(f->closed, 0);
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(f->closed, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(null_answers_everybody_rightly_and_never_at_once),
        TEST(null_needs_no_database),
        TEST(dbpool_answers_everybody_rightly_and_never_at_once),
        TEST(close_answers_first_and_a_second_joins_it),
        TEST(dbpool_says_that_a_thread_could_not_be_started),
        TEST(dbpool_answers_with_the_databases_own_words),
        TEST(dropping_leaves_the_pool_and_its_threads),
        TEST(forgetting_comes_back_and_has_closed_nothing),
        TEST(what_dbpool_holds_is_named_by_the_scenario),
        TEST(uvwork_answers_everybody_rightly_at_every_opening),
        TEST(uvwork_answers_with_the_databases_own_words),
        TEST(uvwork_refuses_once_it_is_closing),
        TEST(direct_answers_everybody_rightly_whatever_the_batch),
        TEST(a_lane_has_one_read_transaction_a_batch),
        TEST(direct_can_be_driven_again),
        TEST(direct_starts_all_its_threads_or_draws_nothing),
        TEST(direct_says_what_is_wrong_with_a_database),
        TEST(closing_direct_twice_calls_back_twice),
    };
    return SUITE_RUN(tests, argc, argv);
}
