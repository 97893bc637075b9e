/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "ledger/blocks.h"

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>
#include <uv.h>

#include "base/quantity.h"
#include "ledger/heap.h"
#include "ledger/origin.h"
#include "support/ledger_fixture.h"
#include "support/suite.h"

static const struct result_leftover *only_leftover(struct ledger_fixture *f) {
    ledger_fixture_settle(f);
    ledger_fixture_expect_undisputed(f);
    assert_int_equal(f->cell.leftovers_count, 1);
    assert_int_equal(f->cell.leftovers[0].kind, RESULT_HEAP);
    return &f->cell.leftovers[0];
}

/* Sizes are as the C library rounds them: not the same each time. */
static void expect_left(struct ledger_fixture *f, const char *name,
                        const char *site, uint64_t count) {
    const struct result_leftover *left = only_leftover(f);
    assert_int_equal(strncmp(left->identity, name, strlen(name)), 0);
    assert_string_equal(left->site, site);
    assert_int_equal(left->count, count);
}

static void expect_one(struct ledger_fixture *f, const char *owner,
                       const char *site, size_t bytes) {
    char identity[64];
    char size[QUANTITY_SIZE];
    (void)snprintf(identity, sizeof identity, "%s block of %s", owner,
                   quantity_size(size, (double)bytes));
    const struct result_leftover *left = only_leftover(f);
    assert_string_equal(left->identity, identity);
    assert_string_equal(left->site, site);
    assert_int_equal(left->count, 1);
    assert_int_equal(left->bytes, bytes);
}

/* ---- Each owner's, planted ---------------------------------------------- */

static void a_block_of_dbpool_is_named(void **state) {
    struct ledger_fixture *f = *state;
    void *block = heap_dbpool_malloc(216);
    expect_one(f, "dbpool", "made by malloc", malloc_usable_size(block));
    heap_dbpool_free(block);
    ledger_fixture_expect_nothing_left(f);
}

static void a_block_of_sqlite_is_named(void **state) {
    struct ledger_fixture *f = *state;
    void *block = sqlite3_malloc(104);
    expect_one(f, "SQLite", "made by sqlite3_malloc", sqlite3_msize(block));
    sqlite3_free(block);
    ledger_fixture_expect_nothing_left(f);
}

static void a_block_of_libuv_is_named(void **state) {
    struct ledger_fixture *f = *state;
    uv_env_item_t *items;
    int count;
    assert_int_equal(uv_os_environ(&items, &count), 0);
    ledger_fixture_settle(f);
    ledger_fixture_expect_undisputed(f);
    const struct result_leftover *left = &f->cell.leftovers[0];
    assert_memory_equal(left->identity, "libuv block of ", 15);
    assert_non_null(strstr(left->site, "made by "));
    uv_os_free_environ(items, count);
    ledger_fixture_expect_nothing_left(f);
}

static void each_call_that_allocates_is_named(void **state) {
    struct ledger_fixture *f = *state;
    void *block = heap_dbpool_calloc(2, 60);
    expect_one(f, "dbpool", "made by calloc", malloc_usable_size(block));
    heap_dbpool_free(block);
    block = heap_dbpool_strdup("what is copied has a size of its own here");
    assert_string_equal(only_leftover(f)->site, "made by strdup");
    heap_dbpool_free(block);
    block = heap_dbpool_realloc(NULL, 40);
    expect_one(f, "dbpool", "made by realloc", malloc_usable_size(block));
    assert_null(heap_dbpool_realloc(block, 0));
    ledger_fixture_expect_nothing_left(f);
}

/* ---- Identity ----------------------------------------------------------- */

static void a_block_that_is_made_larger_stays_the_same_one(void **state) {
    struct ledger_fixture *f = *state;
    void *dbpool = heap_dbpool_malloc(8);
    void *sqlite = sqlite3_malloc(8);
    ledger_fixture_begin(f);
    dbpool = heap_dbpool_realloc(dbpool, 100000);
    sqlite = sqlite3_realloc(sqlite, 100000);
    ledger_fixture_expect_nothing_left(f);
    heap_dbpool_free(dbpool);
    sqlite3_free(sqlite);
    ledger_fixture_expect_nothing_left(f);
}

static void another_block_at_the_same_address_is_a_leftover(void **state) {
    struct ledger_fixture *f = *state;
    void *block = heap_dbpool_malloc(24);
    ledger_fixture_begin(f);
    heap_dbpool_free(block);
    block = heap_dbpool_malloc(24);
    expect_one(f, "dbpool", "made by malloc", malloc_usable_size(block));
    heap_dbpool_free(block);
    ledger_fixture_expect_nothing_left(f);
}

static void a_block_is_of_the_cycle_in_which_it_was_made(void **state) {
    struct ledger_fixture *f = *state;
    origin_set_cycle(17);
    void *block = heap_dbpool_malloc(24);
    origin_set_cycle(18);
    assert_int_equal(only_leftover(f)->cycle, 17);
    origin_set_cycle(0);
    heap_dbpool_free(block);
}

/* ---- Together ----------------------------------------------------------- */

static void blocks_of_one_place_are_one_entry(void **state) {
    struct ledger_fixture *f = *state;
    void *blocks[3];
    size_t bytes = 0;
    for (size_t i = 0; i < 3; i++) {
        blocks[i] = heap_dbpool_malloc(2000 * (i + 1));
        bytes += malloc_usable_size(blocks[i]);
    }
    expect_left(f, "dbpool block of 1.9", "made by malloc", 3);
    assert_non_null(strstr(f->cell.leftovers[0].identity, " to 5.8"));
    assert_int_equal(f->cell.leftovers[0].bytes, bytes);
    for (size_t i = 0; i < 3; i++) {
        heap_dbpool_free(blocks[i]);
    }
    ledger_fixture_expect_nothing_left(f);
}

/* The first to give way where there are too many entries. */
static void too_many_blocks_do_not_hide_what_else_is_left(void **state) {
    struct ledger_fixture *f = *state;
    enum { CYCLES = RESULT_LEFTOVERS_MAX };
    static void *blocks[CYCLES];
    uv_timer_t timer;
    assert_int_equal(uv_timer_init(&f->loop, &timer), 0);
    for (size_t i = 0; i < CYCLES; i++) {
        origin_set_cycle(i + 1);
        blocks[i] = heap_dbpool_malloc(24);
    }
    origin_set_cycle(0);
    ledger_fixture_settle(f);
    ledger_fixture_expect_undisputed(f);
    assert_int_equal(f->cell.leftovers_count, 2);
    const struct result_leftover *left = &f->cell.leftovers[0];
    assert_string_equal(left->identity, "heap");
    assert_string_equal(left->site, "made by malloc");
    assert_int_equal(left->count, CYCLES);
    assert_true(left->bytes >= (uint64_t)CYCLES * 24);
    assert_string_equal(f->cell.leftovers[1].identity, "handle timer");
    for (size_t i = 0; i < CYCLES; i++) {
        heap_dbpool_free(blocks[i]);
    }
    ledger_fixture_close_timer(f, &timer);
    ledger_fixture_expect_nothing_left(f);
}

static uint64_t count_made(const struct ledger_fixture *f, const char *name,
                           const char *where) {
    uint64_t count = 0;
    for (size_t i = 0; i < f->cell.leftovers_count; i++) {
        const struct result_leftover *left = &f->cell.leftovers[i];
        if (left->kind == RESULT_HEAP &&
            strncmp(left->identity, name, strlen(name)) == 0 &&
            strstr(left->site, where) != NULL) {
            assert_int_equal(left->cycle, 7);
            count += left->count;
        }
    }
    return count;
}

static void the_blocks_of_a_pool_name_it(void **state) {
    struct ledger_fixture *f = *state;
    struct dbpool *pool = ledger_fixture_open_pool(f, 7);
    ledger_fixture_use_pool(f, pool);
    ledger_fixture_settle(f);
    ledger_fixture_expect_undisputed(f);
    assert_true(count_made(f, "dbpool block", LEDGER_FIXTURE_SITE) >= 1);
    assert_true(count_made(f, "SQLite block",
                           "in sqlite3_open_v2 on thread plunge-db/") >= 10);
    ledger_fixture_close_pool(f, pool);
    ledger_fixture_expect_nothing_left(f);
}

/* ---- The list ----------------------------------------------------------- */

static void a_block_that_is_counted_and_not_listed_is_disputed(void **state) {
    struct ledger_fixture *f = *state;
    struct blocks_entry entry;
    void *block = heap_dbpool_malloc(24);
    assert_true(blocks_remove(block, &entry));
    ledger_fixture_settle(f);
    assert_non_null(f->cell.ledger_disputed);
    assert_non_null(strstr(f->cell.ledger_disputed, "blocks of dbpool"));
    blocks_restore(block, &entry);
    heap_dbpool_free(block);
    ledger_fixture_expect_nothing_left(f);
}

/* More than the first table has places for. */
static void any_number_of_blocks_is_listed(void **state) {
    struct ledger_fixture *f = *state;
    enum { COUNT = 40000 };
    static void *blocks[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = heap_dbpool_malloc(24);
    }
    expect_left(f, "dbpool block of ", "made by malloc", COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        heap_dbpool_free(blocks[i]);
    }
    ledger_fixture_expect_nothing_left(f);
}

enum { THREADS = 8, ROUNDS = 2000, KEPT = 10 };

struct maker {
    pthread_t thread;
    void *kept[KEPT];
};

static void *make(void *data) {
    struct maker *maker = data;
    for (size_t i = 0; i < ROUNDS; i++) {
        heap_dbpool_free(heap_dbpool_realloc(heap_dbpool_malloc(24), 5000));
    }
    for (size_t i = 0; i < KEPT; i++) {
        maker->kept[i] = heap_dbpool_malloc(24);
    }
    return NULL;
}

static void threads_list_together(void **state) {
    struct ledger_fixture *f = *state;
    static struct maker makers[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(
            pthread_create(&makers[i].thread, NULL, make, &makers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(makers[i].thread, NULL), 0);
    }
    expect_left(f, "dbpool block of ", "made by malloc",
                (size_t)THREADS * KEPT);
    for (size_t i = 0; i < (size_t)THREADS * KEPT; i++) {
        heap_dbpool_free(makers[i / KEPT].kept[i % KEPT]);
    }
    ledger_fixture_expect_nothing_left(f);
}

int main(int argc, char **argv) {
    heap_count();
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, ledger_fixture_set_up,               \
                                    ledger_fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_block_of_dbpool_is_named),
        TEST(a_block_of_sqlite_is_named),
        TEST(a_block_of_libuv_is_named),
        TEST(each_call_that_allocates_is_named),
        TEST(a_block_that_is_made_larger_stays_the_same_one),
        TEST(another_block_at_the_same_address_is_a_leftover),
        TEST(a_block_is_of_the_cycle_in_which_it_was_made),
        TEST(blocks_of_one_place_are_one_entry),
        TEST(too_many_blocks_do_not_hide_what_else_is_left),
        TEST(the_blocks_of_a_pool_name_it),
        TEST(a_block_that_is_counted_and_not_listed_is_disputed),
        TEST(any_number_of_blocks_is_listed),
        TEST(threads_list_together),
    };
    return SUITE_RUN(tests, argc, argv);
}
