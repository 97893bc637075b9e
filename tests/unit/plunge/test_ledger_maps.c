/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "ledger/maps.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/arena.h"
#include "ledger/registry.h"
#include "support/ledger_fixture.h"
#include "support/suite.h"

#define PAGE ((size_t)4096)
#define LOW_PLACE 0x20000000ul

static void *map_pages(size_t count) {
    void *address = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(address != MAP_FAILED);
    return address;
}

static void expect_left(struct ledger_fixture *f, const char *identity,
                        const char *site, uint64_t bytes) {
    ledger_fixture_settle(f);
    ledger_fixture_expect_undisputed(f);
    assert_int_equal(f->cell.leftovers_count, 1);
    const struct result_leftover *left = &f->cell.leftovers[0];
    assert_int_equal(left->kind, RESULT_MAP);
    assert_string_equal(left->identity, identity);
    if (site == NULL) {
        assert_null(left->site);
    } else {
        assert_string_equal(left->site, site);
    }
    assert_int_equal(left->count, 1);
    assert_int_equal(left->bytes, bytes);
}

static const char *map_name(struct ledger_fixture *f, const char *size) {
    return arena_format(f->arena, "map %s%s", f->path, size);
}

static void memory_without_a_file_is_named(void **state) {
    struct ledger_fixture *f = *state;
    void *address = map_pages(2);
    expect_left(f, "map of 8.00 KiB without a file", "mapped by mmap",
                2 * PAGE);
    assert_int_equal(munmap(address, 2 * PAGE), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void a_mapped_file_is_named(void **state) {
    struct ledger_fixture *f = *state;
    int fd = open(f->path, O_RDONLY | O_CLOEXEC);
    void *address = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
    assert_int_equal(close(fd), 0);
    expect_left(f, map_name(f, " (4.00 KiB)"), "mapped by mmap", PAGE);
    assert_int_equal(munmap(address, PAGE), 0);
    ledger_fixture_expect_nothing_left(f);
}

/* As libraries that are shared map: past the wrap. */
void *__real_mmap(void *address, size_t size, int protection, int flags, int fd,
                  off_t offset);

static void a_file_that_only_the_kernel_knows_is_named(void **state) {
    struct ledger_fixture *f = *state;
    int fd = open(f->path, O_RDONLY | O_CLOEXEC);
    void *address = __real_mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
    assert_int_equal(close(fd), 0);
    expect_left(f, map_name(f, ""), NULL, RESULT_UNKNOWN);
    assert_int_equal(munmap(address, PAGE), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void a_mapped_file_is_the_same_one_without_a_name(void **state) {
    struct ledger_fixture *f = *state;
    char other[PATH_MAX];
    (void)snprintf(other, sizeof other, "%s-other", f->path);
    int fd = open(other, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(ftruncate(fd, PAGE), 0);
    void *address = __real_mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
    assert_int_equal(close(fd), 0);
    ledger_fixture_begin(f);
    assert_int_equal(unlink(other), 0);
    ledger_fixture_expect_nothing_left(f);
    assert_int_equal(munmap(address, PAGE), 0);
}

static void another_mapping_at_the_same_address_is_a_leftover(void **state) {
    struct ledger_fixture *f = *state;
    void *address = map_pages(1);
    ledger_fixture_begin(f);
    assert_int_equal(munmap(address, PAGE), 0);
    void *again = mmap(address, PAGE, PROT_READ,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    assert_ptr_equal(again, address);
    expect_left(f, "map of 4.00 KiB without a file", "mapped by mmap", PAGE);
    assert_int_equal(munmap(address, PAGE), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void what_is_unmapped_in_pieces_is_left_until_the_last(void **state) {
    struct ledger_fixture *f = *state;
    char *address = map_pages(4);
    assert_int_equal(munmap(address, PAGE), 0);
    expect_left(f, "map of 12.0 KiB without a file", "mapped by mmap",
                3 * PAGE);
    assert_int_equal(munmap(address + PAGE, 3 * PAGE), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void a_mapping_that_moves_stays_the_same_one(void **state) {
    struct ledger_fixture *f = *state;
    void *address = map_pages(1);
    ledger_fixture_begin(f);
    address = mremap(address, PAGE, 64 * PAGE, MREMAP_MAYMOVE);
    assert_true(address != MAP_FAILED);
    ledger_fixture_expect_nothing_left(f);
    assert_int_equal(munmap(address, 64 * PAGE), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void what_cannot_be_unmapped_is_still_there(void **state) {
    struct ledger_fixture *f = *state;
    void *address = map_pages(1);
    assert_int_equal(munmap(address, 0), -1);
    expect_left(f, "map of 4.00 KiB without a file", "mapped by mmap", PAGE);
    assert_int_equal(munmap(address, PAGE), 0);
}

int __real_munmap(void *address, size_t size);

static void what_the_kernel_does_not_show_is_disputed(void **state) {
    struct ledger_fixture *f = *state;
    /* Where nobody maps who does not ask for it: a place that is free again
     * is soon taken. */
    void *address =
        mmap((void *)LOW_PLACE, PAGE, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    assert_ptr_equal(address, (void *)LOW_PLACE);
    assert_int_equal(__real_munmap(address, PAGE), 0);
    ledger_fixture_settle(f);
    assert_non_null(f->cell.ledger_disputed);
    assert_non_null(strstr(f->cell.ledger_disputed, "4096 bytes were mapped"));
    assert_true(registry_remove(REGISTRY_MAP, (uintptr_t)address, NULL));
}

static void run_sql(const struct ledger_fixture *f, const char *sql) {
    sqlite3 *connection;
    assert_int_equal(sqlite3_open(f->path, &connection), 0);
    assert_int_equal(sqlite3_exec(connection, sql, NULL, NULL, NULL), 0);
    assert_int_equal(sqlite3_close(connection), 0);
}

/* The index of the log lies in memory that is mapped. */
static void a_pool_maps_the_index_of_its_log(void **state) {
    struct ledger_fixture *f = *state;
    run_sql(f, "PRAGMA journal_mode=wal; CREATE TABLE t(x)");
    struct dbpool *pool = ledger_fixture_open_pool(f, 7);
    ledger_fixture_query(f, pool, "SELECT * FROM t");
    ledger_fixture_settle(f);
    ledger_fixture_expect_undisputed(f);
    const struct result_leftover *map = NULL;
    for (size_t i = 0; i < f->cell.leftovers_count; i++) {
        const struct result_leftover *left = &f->cell.leftovers[i];
        if (left->kind == RESULT_MAP && strstr(left->identity, "-shm")) {
            assert_null(map);
            map = left;
        }
    }
    if (map == NULL) {
        fail_msg("the index is not mapped");
        return;
    }
    assert_string_equal(map->identity, map_name(f, "-shm (32.0 KiB)"));
    assert_non_null(strstr(map->site, "mapped by mmap "));
    assert_non_null(strstr(map->site, LEDGER_FIXTURE_SITE));
    assert_int_equal(map->cycle, 7);
    ledger_fixture_close_pool(f, pool);
    ledger_fixture_expect_nothing_left(f);
}

int main(int argc, char **argv) {
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, ledger_fixture_set_up,               \
                                    ledger_fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(memory_without_a_file_is_named),
        TEST(a_mapped_file_is_named),
        TEST(a_file_that_only_the_kernel_knows_is_named),
        TEST(a_mapped_file_is_the_same_one_without_a_name),
        TEST(another_mapping_at_the_same_address_is_a_leftover),
        TEST(what_is_unmapped_in_pieces_is_left_until_the_last),
        TEST(a_mapping_that_moves_stays_the_same_one),
        TEST(what_cannot_be_unmapped_is_still_there),
        TEST(what_the_kernel_does_not_show_is_disputed),
        TEST(a_pool_maps_the_index_of_its_log),
    };
    return SUITE_RUN(tests, argc, argv);
}
