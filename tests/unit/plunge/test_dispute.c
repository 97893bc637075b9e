/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "ledger/join.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include "base/arena.h"
#include "base/result.h"
#include "dbpool.h"
#include "ledger/entries.h"
#include "ledger/ledger.h"
#include "ledger/view.h"
#include "support/ledger_fixture.h"
#include "support/suite.h"

/* Observers that contradict each other. */

/* ---- Contradictions ----------------------------------------------------- */

static void a_descriptor_closed_behind_our_back_is_disputed(void **state) {
    struct ledger_fixture *f = *state;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    /* Through the one door that is not watched. */
    assert_int_equal(close_range((unsigned)fd, (unsigned)fd, 0), 0);
    ledger_fixture_settle(f);
    assert_non_null(f->cell.ledger_disputed);
    assert_non_null(strstr(f->cell.ledger_disputed, "/proc/self/fd"));
    (void)close(fd);
    ledger_fixture_expect_nothing_left(f);
}

/* The rest cannot be had from real observers: a view is read, changed in one
 * place, and joined. */
struct tampered {
    struct view view;
    struct ledger *ledger;
};

static struct tampered read_view(struct ledger_fixture *f) {
    struct tampered tampered = {.ledger = entries_new()};
    view_take(&tampered.view, &f->loop, tampered.ledger->arena);
    return tampered;
}

static void assert_disputed(struct tampered *tampered, const char *words) {
    join_view(&tampered->view, tampered->ledger);
    if (words == NULL) {
        assert_int_equal(tampered->ledger->disputes_count, 0);
    } else {
        assert_int_equal(tampered->ledger->disputes_count, 1);
        assert_non_null(strstr(tampered->ledger->disputed, words));
    }
    ledger_free(tampered->ledger);
}

static void count(struct tampered *tampered,
                  const struct dbpool_census_entry *entry) {
    struct view *view = &tampered->view;
    view->census = arena_more(tampered->ledger->arena, NULL, 0, sizeof *entry);
    view->census[0] = *entry;
    view->census_count = 1;
}

static void observers_that_agree_are_not_disputed(void **state) {
    struct ledger_fixture *f = *state;
    struct tampered tampered = read_view(f);
    assert_disputed(&tampered, NULL);
}

static void a_census_thread_that_nobody_knows_is_disputed(void **state) {
    struct ledger_fixture *f = *state;
    struct tampered tampered = read_view(f);
    count(&tampered, &(struct dbpool_census_entry){.kind = DBPOOL_KIND_THREAD,
                                                   .thread_id = 1});
    assert_disputed(&tampered, "the census names thread");
}

static void a_census_thread_that_does_not_run_yet_is_not(void **state) {
    struct ledger_fixture *f = *state;
    struct tampered tampered = read_view(f);
    count(&tampered, &(struct dbpool_census_entry){.kind = DBPOOL_KIND_THREAD});
    assert_disputed(&tampered, NULL);
}

static void a_census_handle_that_nobody_made_is_disputed(void **state) {
    struct ledger_fixture *f = *state;
    struct tampered tampered = read_view(f);
    count(&tampered, &(struct dbpool_census_entry){.kind = DBPOOL_KIND_HANDLE,
                                                   .object = &tampered});
    assert_disputed(&tampered, "the census names a handle");
}

static void a_census_connection_that_nobody_opened_is_disputed(void **state) {
    struct ledger_fixture *f = *state;
    struct tampered tampered = read_view(f);
    count(&tampered, &(struct dbpool_census_entry){
                         .kind = DBPOOL_KIND_CONNECTION, .object = &tampered});
    assert_disputed(&tampered, "the census names a connection");
}

static void a_live_thread_that_the_kernel_lacks_is_disputed(void **state) {
    struct ledger_fixture *f = *state;
    struct sleeper sleeper;
    sleeper_start(&sleeper);
    struct tampered tampered = read_view(f);
    tampered.view.tasks.count = 0;
    assert_disputed(&tampered, "/proc/self/task does not show it");
    (void)sem_post(&sleeper.go);
    sleeper_join(&sleeper);
}

static void a_handle_that_the_loop_lacks_is_disputed(void **state) {
    struct ledger_fixture *f = *state;
    uv_timer_t timer;
    assert_int_equal(uv_timer_init(&f->loop, &timer), 0);
    struct tampered tampered = read_view(f);
    tampered.view.handles_count = 0;
    assert_disputed(&tampered, "the loop does not hold it");
    ledger_fixture_close_timer(f, &timer);
}

static void a_handle_whose_making_was_not_seen_is_disputed(void **state) {
    struct ledger_fixture *f = *state;
    uv_timer_t timer;
    assert_int_equal(uv_timer_init(&f->loop, &timer), 0);
    struct tampered tampered = read_view(f);
    for (size_t i = 0; i < tampered.view.registry_count; i++) {
        if (tampered.view.registry[i].kind == REGISTRY_HANDLE) {
            tampered.view.registry_count = i;
        }
    }
    assert_disputed(&tampered, "whose making was not seen");
    ledger_fixture_close_timer(f, &timer);
}

static void an_unreadable_proc_is_disputed(void **state) {
    struct ledger_fixture *f = *state;
    struct tampered tampered = read_view(f);
    tampered.view.children.error = EMFILE;
    assert_disputed(&tampered, "cannot be read: Too many open files");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, ledger_fixture_set_up,               \
                                    ledger_fixture_tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_descriptor_closed_behind_our_back_is_disputed),
        TEST(observers_that_agree_are_not_disputed),
        TEST(a_census_thread_that_nobody_knows_is_disputed),
        TEST(a_census_thread_that_does_not_run_yet_is_not),
        TEST(a_census_handle_that_nobody_made_is_disputed),
        TEST(a_census_connection_that_nobody_opened_is_disputed),
        TEST(a_live_thread_that_the_kernel_lacks_is_disputed),
        TEST(a_handle_that_the_loop_lacks_is_disputed),
        TEST(a_handle_whose_making_was_not_seen_is_disputed),
        TEST(an_unreadable_proc_is_disputed),
    };
    return SUITE_RUN(tests, argc, argv);
}
