/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck */
#include <sqlite3.h>
#include <string.h>

#include "support/dbpool/pool_fixture.h"
#include "support/suite.h"

static int tuned; /* what dbpool_tune_process() said, first of all */

static void connections_have_the_memory_that_the_options_say(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.mmap_bytes = (size_t)64 * 1024;
    fixture->options.cache_bytes = (size_t)10 * 1024 * 1024;
    fixture_open(fixture);
    assert_int_equal(fixture_ask(fixture, "PRAGMA mmap_size"), 64 * 1024);
    assert_int_equal(fixture_ask(fixture, "PRAGMA cache_size"), -10 * 1024);
    fixture_close_and_run(fixture);
}

static void by_default_a_database_is_mapped(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    assert_int_equal(fixture_ask(fixture, "PRAGMA mmap_size"), 0x7fff0000);
    assert_int_equal(fixture_ask(fixture, "PRAGMA cache_size"), -2 * 1024);
    fixture_close_and_run(fixture);
}

static void without_a_map_all_is_read(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.mmap_bytes = 0;
    fixture->options.cache_bytes = 4096;
    fixture_open(fixture);
    assert_int_equal(fixture_ask(fixture, "PRAGMA mmap_size"), 0);
    assert_int_equal(fixture_ask(fixture, "SELECT count(*) FROM users"), 3);
    fixture_close_and_run(fixture);
}

static void tuning_out_of_range_is_refused(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_options bad[4];
    for (int i = 0; i < 4; i++) {
        dbpool_options_init(&bad[i]);
    }
    bad[0].mmap_bytes = SIZE_MAX;
    bad[1].cache_bytes = 4095;
    bad[2].cache_bytes = SIZE_MAX;
    bad[3].spin_us = 1000001;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(
            dbpool_open(&fixture->loop, fixture->url, &bad[i], &fixture->pool),
            DBPOOL_EINVAL);
        assert_null(fixture->pool);
    }
}

/* Where a connection can be shared it has a lock, and memory is counted. */
static void the_process_is_tuned_before_its_first_use_only(void **state) {
    struct pool_fixture *fixture = *state;
    assert_int_equal(tuned, DBPOOL_OK);
    sqlite3 *handle;
    assert_int_equal(sqlite3_open(fixture->path, &handle), SQLITE_OK);
    assert_null(sqlite3_db_mutex(handle));
    assert_int_equal(sqlite3_memory_used(), 0);
    assert_int_equal(dbpool_tune_process(), DBPOOL_EINVAL);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup_wal, fixture_teardown)

int main(int argc, char **argv) {
    tuned = dbpool_tune_process();
    const struct CMUnitTest tests[] = {
        TEST(connections_have_the_memory_that_the_options_say),
        TEST(by_default_a_database_is_mapped),
        TEST(without_a_map_all_is_read),
        TEST(tuning_out_of_range_is_refused),
        TEST(the_process_is_tuned_before_its_first_use_only),
    };
    return SUITE_RUN(tests, argc, argv);
}
