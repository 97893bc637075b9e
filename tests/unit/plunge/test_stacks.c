/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "ledger/stacks.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "ledger/registry.h"
#include "support/suite.h"

#define LIST_MAX 256

static unsigned stack_of(int fd) {
    static struct registry_entry entries[LIST_MAX];
    size_t count = registry_list(entries, LIST_MAX);
    assert_true(count <= LIST_MAX);
    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind == REGISTRY_FD && entries[i].key == (uint64_t)fd) {
            return entries[i].origin.stack;
        }
    }
    fail_msg("fd %d is not held", fd);
    return 0;
}

__attribute__((noinline)) static int open_here(void) {
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

__attribute__((noinline)) static int open_there(void) {
    int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void none_is_taken_before_it_is_asked_for(void **state) {
    (void)state;
    int fd = open_here();
    assert_int_equal(stack_of(fd), 0);
    assert_null(stacks_text(0, NULL));
    assert_int_equal(close(fd), 0);
}

static int begin(void **state) {
    (void)state;
    stacks_begin();
    return 0;
}

static int end(void **state) {
    (void)state;
    stacks_end();
    return stacks_now() == 0 ? 0 : -1;
}

static void the_same_way_is_kept_once(void **state) {
    (void)state;
    unsigned here[3];
    for (size_t i = 0; i < 3; i++) {
        int fd = open_here();
        here[i] = stack_of(fd);
        assert_int_equal(close(fd), 0);
    }
    int fd = open_there();
    unsigned there = stack_of(fd);
    assert_int_equal(close(fd), 0);
    assert_int_not_equal(here[0], 0);
    assert_int_equal(here[1], here[0]);
    assert_int_equal(here[2], here[0]);
    assert_int_not_equal(there, here[0]);
    errno = ENOENT;
    assert_int_not_equal(stacks_now(), 0);
    assert_int_equal(errno, ENOENT);
}

static void a_stack_goes_from_the_primitive_up(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    int fd = open_here();
    const char *text = stacks_text(stack_of(fd), arena);
    stacks_forget_names();
    assert_int_equal(close(fd), 0);
    print_message("%s\n", text);
#if __has_include(<elfutils/libdwfl.h>)
    assert_memory_equal(text, "open\n", 5);
    assert_non_null(
        strstr(text, "\nopen_here tests/unit/plunge/test_stacks.c:"));
    assert_non_null(strstr(text, "\na_stack_goes_from_the_primitive_up tests/"
                                 "unit/plunge/test_stacks.c:"));
    assert_null(strstr(text, "bench/ledger/"));
#else
    assert_non_null(strstr(text, "test_stacks+0x"));
#endif
    arena_free(arena);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_is_taken_before_it_is_asked_for),
        cmocka_unit_test_setup_teardown(the_same_way_is_kept_once, begin, end),
        cmocka_unit_test_setup_teardown(a_stack_goes_from_the_primitive_up,
                                        begin, end),
    };
    return SUITE_RUN(tests, argc, argv);
}
