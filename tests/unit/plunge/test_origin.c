/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "ledger/origin.h"

#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <sqlite3.h>
#include <uv.h>

#include "base/arena.h"
#include "ledger/registry.h"
#include "ledger/threads.h"
#include "support/suite.h"

#define LIST_MAX 256

static const struct registry_entry *find(enum registry_kind kind,
                                         uint64_t key) {
    static struct registry_entry entries[LIST_MAX];
    size_t count = registry_list(entries, LIST_MAX);
    assert_true(count <= LIST_MAX);
    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind == kind && entries[i].key == key) {
            return &entries[i];
        }
    }
    return NULL;
}

static void expect_maker(const struct origin *origin, const char *primitive,
                         const char *within) {
    assert_non_null(origin->primitive);
    assert_string_equal(origin->primitive, primitive);
    if (within == NULL) {
        assert_null(origin->within);
    } else {
        assert_non_null(origin->within);
        assert_string_equal(origin->within, within);
    }
}

static void ignore(uv_async_t *async) {
    (void)async;
}

static void a_thread_is_of_the_call_that_started_it(void **state) {
    (void)state;
    struct threads_entry entry;
    uv_thread_t thread;
    uv_sem_t go;
    assert_int_equal(uv_sem_init(&go, 0), 0);
    assert_int_equal(uv_thread_create(&thread, (uv_thread_cb)uv_sem_wait, &go),
                     0);
    assert_true(threads_list(&entry, 1) >= 1); /* the newest comes first */
    expect_maker(&entry.origin, "pthread_create", "uv_thread_create");
    uv_sem_post(&go);
    assert_int_equal(uv_thread_join(&thread), 0);
    uv_thread_options_t options = {.flags = UV_THREAD_NO_FLAGS};
    assert_int_equal(
        uv_thread_create_ex(&thread, &options, (uv_thread_cb)uv_sem_wait, &go),
        0);
    assert_true(threads_list(&entry, 1) >= 1);
    expect_maker(&entry.origin, "pthread_create", "uv_thread_create_ex");
    uv_sem_post(&go);
    assert_int_equal(uv_thread_join(&thread), 0);
    uv_sem_destroy(&go);
}

/* What has come since @serial belongs to the outermost call. */
static size_t expect_fds_within(uint64_t serial, const char *within) {
    static struct registry_entry entries[LIST_MAX];
    size_t count = registry_list(entries, LIST_MAX);
    size_t found = 0;
    assert_true(count <= LIST_MAX);
    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind == REGISTRY_FD && entries[i].serial > serial) {
            assert_non_null(entries[i].origin.within);
            assert_string_equal(entries[i].origin.within, within);
            found++;
        }
    }
    return found;
}

static uint64_t newest_serial(void) {
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    uint64_t serial = find(REGISTRY_FD, (uint64_t)fd)->serial;
    assert_int_equal(close(fd), 0);
    return serial;
}

static void what_a_loop_opens_is_of_the_call_that_made_the_loop(void **state) {
    (void)state;
    uv_loop_t loop;
    uv_async_t async;
    uint64_t serial = newest_serial();
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_true(expect_fds_within(serial, "uv_loop_init") >= 2);
    assert_int_equal(uv_async_init(&loop, &async, ignore), 0);
    expect_maker(&find(REGISTRY_HANDLE, (uintptr_t)&async)->origin,
                 "uv_async_init", NULL);
    int fd = eventfd(0, EFD_CLOEXEC);
    expect_maker(&find(REGISTRY_FD, (uint64_t)fd)->origin, "eventfd", NULL);
    assert_int_equal(close(fd), 0);
    uv_close((uv_handle_t *)&async, NULL);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void a_file_belongs_to_the_call_that_opened_it(void **state) {
    (void)state;
    static const char path[] = "/dev/shm/origin.db";
    sqlite3 *connection;
    sqlite3_stmt *statement;
    uint64_t serial = newest_serial();
    assert_int_equal(sqlite3_open_v2(path, &connection,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                                     NULL),
                     0);
    expect_maker(&find(REGISTRY_CONNECTION, (uintptr_t)connection)->origin,
                 "sqlite3_open_v2", NULL);
    assert_int_equal(expect_fds_within(serial, "sqlite3_open_v2"), 1);
    serial = newest_serial();
    assert_int_equal(sqlite3_exec(connection,
                                  "PRAGMA journal_mode = WAL;"
                                  "CREATE TABLE t (x)",
                                  NULL, NULL, NULL),
                     0);
    assert_int_equal(expect_fds_within(serial, "sqlite3_exec"), 2);
    assert_int_equal(sqlite3_close(connection), 0);
    serial = newest_serial();
    assert_int_equal(sqlite3_open(path, &connection), 0);
    assert_int_equal(expect_fds_within(serial, "sqlite3_open"), 1);
    serial = newest_serial();
    assert_int_equal(sqlite3_prepare_v2(connection,
                                        "SELECT * FROM sqlite_schema", -1,
                                        &statement, NULL),
                     0);
    assert_int_equal(expect_fds_within(serial, "sqlite3_prepare_v2"), 2);
    assert_int_equal(sqlite3_finalize(statement), 0);
    assert_int_equal(sqlite3_close(connection), 0);
    assert_int_equal(unlink(path), 0);
}

/* ---- In words ----------------------------------------------------------- */

#define POOL                                                                   \
    { "x.yaml", "pool", 7 }
#define LOAD                                                                   \
    { "x.yaml", "load", 9 }

static void a_chain_says_what_is_known(void **state) {
    (void)state;
    static const struct {
        struct origin origin;
        const char *text;
    } rows[] = {
        {{0}, NULL},
        {{.primitive = "open"}, "opened by open"},
        {{.primitive = "open", .within = "sqlite3_open"},
         "opened by open in sqlite3_open"},
        {{.primitive = "open", .pool_site = POOL, .site = POOL},
         "opened by open, of the pool opened at x.yaml:7 (pool)"},
        {{.primitive = "open",
          .pool_name = "db",
          .thread_number = 2,
          .pool_site = POOL,
          .site = LOAD},
         "opened by open on thread db/2, of the pool opened at x.yaml:7 "
         "(pool), for the request at x.yaml:9 (load)"},
        {{.site = LOAD}, "made at x.yaml:9 (load)"},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *text = origin_text(&rows[i].origin, "opened", arena);
        if (rows[i].text == NULL) {
            assert_null(text);
        } else {
            assert_string_equal(text, rows[i].text);
        }
    }
    arena_free(arena);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_is_of_the_call_that_started_it),
        cmocka_unit_test(what_a_loop_opens_is_of_the_call_that_made_the_loop),
        cmocka_unit_test(a_file_belongs_to_the_call_that_opened_it),
        cmocka_unit_test(a_chain_says_what_is_known),
    };
    return SUITE_RUN(tests, argc, argv);
}
