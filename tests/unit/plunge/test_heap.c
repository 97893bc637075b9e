/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck */
#include "ledger/heap.h"

#include <malloc.h>
#include <pthread.h>
#include <sqlite3.h>
#include <string.h>
#include <uv.h>

#include "base/result.h"
#include "ledger/holdings.h"
#include "ledger/ledger.h"
#include "support/ledger_fixture.h"
#include "support/suite.h"

static void expect_held(enum heap_owner owner, const struct heap_held *before,
                        int64_t blocks, int64_t bytes) {
    struct heap_held now = heap_held(owner);
    assert_int_equal(now.blocks - before->blocks, blocks);
    assert_int_equal(now.bytes - before->bytes, bytes);
}

static int64_t size_of(void *block) {
    return (int64_t)malloc_usable_size(block);
}

static void what_was_ever_made_is_counted(void **state) {
    (void)state;
    const struct heap_made before = heap_made(HEAP_DBPOOL);
    void *block = heap_dbpool_malloc(100);
    uint64_t bytes = (uint64_t)size_of(block);
    block = heap_dbpool_realloc(block, 70000); /* made anew */
    bytes += (uint64_t)size_of(block);
    heap_dbpool_free(block);
    const struct heap_made after = heap_made(HEAP_DBPOOL);
    assert_int_equal(after.allocations - before.allocations, 2);
    assert_int_equal(after.bytes - before.bytes, bytes);
}

/* And none of it is taken back. */
static void what_sqlite_makes_is_counted(void **state) {
    (void)state;
    const struct heap_made before = heap_made(HEAP_SQLITE);
    void *block = sqlite3_malloc(100);
    block = sqlite3_realloc(block, 70000);
    sqlite3_free(block);
    const struct heap_made after = heap_made(HEAP_SQLITE);
    assert_int_equal(after.allocations - before.allocations, 2);
    assert_in_range(after.bytes - before.bytes, 70100, 70200);
}

static void what_dbpool_holds_is_counted(void **state) {
    (void)state;
    struct heap_held before = heap_held(HEAP_DBPOOL);
    void *one = heap_dbpool_malloc(1);
    expect_held(HEAP_DBPOOL, &before, 1, size_of(one));
    void *array = heap_dbpool_calloc(7, 100);
    char *text = heap_dbpool_strdup("text");
    expect_held(HEAP_DBPOOL, &before, 3,
                size_of(one) + size_of(array) + size_of(text));
    one = heap_dbpool_realloc(one, 5000);
    expect_held(HEAP_DBPOOL, &before, 3,
                size_of(one) + size_of(array) + size_of(text));
    void *other = heap_dbpool_realloc(NULL, 10);
    expect_held(HEAP_DBPOOL, &before, 4,
                size_of(one) + size_of(array) + size_of(text) + size_of(other));
    heap_dbpool_free(NULL);
    heap_dbpool_free(other);
    heap_dbpool_free(array);
    heap_dbpool_free(text);
    heap_dbpool_free(one);
    expect_held(HEAP_DBPOOL, &before, 0, 0);
}

/* Of a real pool: its objects are linked to these. */
static void a_pool_holds_blocks_of_all_three_until_it_is_closed(void **state) {
    struct ledger_fixture *f = *state;
    struct heap_held before[HEAP_OWNERS_COUNT];
    for (int i = 0; i < HEAP_OWNERS_COUNT; i++) {
        before[i] = heap_held((enum heap_owner)i);
    }
    struct dbpool *pool = ledger_fixture_open_pool(f, 1);
    ledger_fixture_use_pool(f, pool);
    assert_true(heap_held(HEAP_DBPOOL).blocks > before[HEAP_DBPOOL].blocks);
    assert_true(heap_held(HEAP_SQLITE).blocks > before[HEAP_SQLITE].blocks);
    assert_true(heap_held(HEAP_SQLITE).bytes > before[HEAP_SQLITE].bytes);
    ledger_fixture_close_pool(f, pool);
    for (int i = 0; i < HEAP_OWNERS_COUNT; i++) {
        expect_held((enum heap_owner)i, &before[i], 0, 0);
    }
}

static void what_sqlite_and_libuv_hold_is_counted(void **state) {
    (void)state;
    assert_true(heap_is_counted());
    struct heap_held sqlite = heap_held(HEAP_SQLITE);
    struct heap_held libuv = heap_held(HEAP_LIBUV);
    void *block = sqlite3_malloc(10);
    expect_held(HEAP_SQLITE, &sqlite, 1, (int64_t)sqlite3_msize(block));
    block = sqlite3_realloc(block, 10000);
    expect_held(HEAP_SQLITE, &sqlite, 1, (int64_t)sqlite3_msize(block));
    sqlite3_free(block);
    expect_held(HEAP_SQLITE, &sqlite, 0, 0);

    uv_env_item_t *items;
    int count;
    assert_int_equal(uv_os_environ(&items, &count), 0);
    assert_true(heap_held(HEAP_LIBUV).blocks > libuv.blocks);
    uv_os_free_environ(items, count);
    expect_held(HEAP_LIBUV, &libuv, 0, 0);
}

enum { THREADS = 100, ROUNDS = 100 };

static void *allocate(void *data) {
    (void)data;
    for (int i = 0; i < ROUNDS; i++) {
        heap_dbpool_free(heap_dbpool_malloc(100));
    }
    return heap_dbpool_malloc(100);
}

/* What one thread makes another may give back; there are more than places. */
static void threads_count_together(void **state) {
    (void)state;
    static pthread_t threads[THREADS];
    static void *blocks[THREADS];
    struct heap_held before = heap_held(HEAP_DBPOOL);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, allocate, NULL), 0);
    }
    int64_t bytes = 0;
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &blocks[i]), 0);
        bytes += size_of(blocks[i]);
    }
    expect_held(HEAP_DBPOOL, &before, THREADS, bytes);
    for (int i = 0; i < THREADS; i++) {
        heap_dbpool_free(blocks[i]);
    }
    expect_held(HEAP_DBPOOL, &before, 0, 0);
}

static void holdings_name_what_they_count(void **state) {
    struct ledger_fixture *f = *state;
    struct result_usage usage;
    struct holdings before;
    struct holdings during;
    struct holdings after;
    ledger_usage(&usage);
    holdings_take(&before, &usage);
    struct dbpool *pool = ledger_fixture_open_pool(f, 1);
    ledger_fixture_use_pool(f, pool);
    ledger_usage(&usage);
    holdings_take(&during, &usage);
    ledger_fixture_close_pool(f, pool);
    ledger_usage(&usage);
    holdings_take(&after, &usage);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(during.values[HOLDING_POOLS], 1);
    assert_int_equal(during.values[HOLDING_THREADS],
                     before.values[HOLDING_THREADS] + 2);
    assert_true(during.values[HOLDING_CONNECTIONS] >= 1);
    assert_true(during.values[HOLDING_STATEMENTS] >= 1);
    assert_true(during.values[HOLDING_HANDLES] >
                before.values[HOLDING_HANDLES]);
    uint64_t bytes = 0;
    for (int i = 0; i < HEAP_OWNERS_COUNT; i++) {
        bytes += during.values[HOLDING_BYTES + i];
    }
    assert_int_equal(during.values[HOLDING_HEAP], bytes);
    assert_int_equal(usage.heap_bytes, after.values[HOLDING_HEAP]);
    assert_string_equal(holding_name(HOLDING_BLOCKS + HEAP_SQLITE),
                        "SQLite blocks");
    for (int i = 0; i < HOLDINGS_COUNT; i++) {
        assert_non_null(holding_name((enum holding)i));
    }
}

int main(int argc, char **argv) {
    heap_count();
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, ledger_fixture_set_up,               \
                                    ledger_fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_was_ever_made_is_counted),
        TEST(what_sqlite_makes_is_counted),
        TEST(what_dbpool_holds_is_counted),
        TEST(a_pool_holds_blocks_of_all_three_until_it_is_closed),
        TEST(what_sqlite_and_libuv_hold_is_counted),
        TEST(threads_count_together),
        TEST(holdings_name_what_they_count),
    };
    return SUITE_RUN(tests, argc, argv);
}
