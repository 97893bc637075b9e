/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "support/suite.h"

static int set_up(void **state) {
    *state = arena_new();
    return 0;
}

static int tear_down(void **state) {
    arena_free(*state);
    return 0;
}

static void freeing_nothing_is_allowed(void **state) {
    (void)state;
    arena_free(NULL);
}

static void what_it_gives_is_zeroed_and_aligned(void **state) {
    struct arena *arena = *state;
    static const unsigned char zeros[70000];
    for (size_t size = 0; size < sizeof zeros; size = size * 3 + 1) {
        unsigned char *bytes = arena_alloc(arena, size);
        assert_non_null(bytes);
        assert_int_equal((uintptr_t)bytes % alignof(max_align_t), 0);
        assert_memory_equal(bytes, zeros, size);
        memset(bytes, 0xff, size);
    }
}

static void blocks_do_not_overlap(void **state) {
    struct arena *arena = *state;
    enum { COUNT = 2000 };
    static unsigned char *blocks[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = arena_alloc(arena, i * 17 % 9000);
        memset(blocks[i], (int)(i % 251), i * 17 % 9000);
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t k = 0; k < i * 17 % 9000; k++) {
            if (blocks[i][k] != i % 251) {
                fail_msg("block %zu was written by another", i);
            }
        }
    }
}

static void even_nothing_has_a_place_of_its_own(void **state) {
    struct arena *arena = *state;
    assert_ptr_not_equal(arena_alloc(arena, 0), arena_alloc(arena, 0));
}

static void texts_are_copied_and_null_stays_null(void **state) {
    struct arena *arena = *state;
    char source[] = "yoen";
    char *copy = arena_text(arena, source);
    source[0] = 'X';
    assert_string_equal(copy, "yoen");
    assert_string_equal(arena_text_n(arena, "esteban", 3), "est");
    assert_string_equal(arena_text_n(arena, "", 0), "");
    assert_null(arena_text(arena, NULL));
    assert_null(arena_text_n(arena, NULL, 3));
}

static void a_format_may_be_longer_than_a_block(void **state) {
    struct arena *arena = *state;
    assert_string_equal(arena_format(arena, "%s:%d", "rush", 14), "rush:14");
    const char *wide = arena_format(arena, "%50000d", 7);
    assert_int_equal(strlen(wide), 50000);
    assert_int_equal(wide[49999], '7');
}

static void an_array_keeps_its_items_as_it_grows(void **state) {
    struct arena *arena = *state;
    size_t *items = NULL;
    size_t items_count = 0;
    while (items_count < 1000) {
        items = arena_more(arena, items, items_count, sizeof *items);
        items[items_count] = items_count;
        items_count++;
        /* Something behind the array: it has to notice that it is full. */
        memset(arena_alloc(arena, 16), 0xff, 16);
    }
    for (size_t i = 0; i < items_count; i++) {
        assert_int_equal(items[i], i);
    }
}

static void an_array_moves_only_when_it_is_full(void **state) {
    struct arena *arena = *state;
    int *items = NULL;
    size_t moves = 0;
    for (size_t count = 0; count < 1024; count++) {
        int *before = items;
        items = arena_more(arena, items, count, sizeof *items);
        moves += items != before;
    }
    assert_int_equal(moves, 9); /* 4, 8, 16 ... 1024 */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(freeing_nothing_is_allowed),
        TEST(what_it_gives_is_zeroed_and_aligned),
        TEST(blocks_do_not_overlap),
        TEST(even_nothing_has_a_place_of_its_own),
        TEST(texts_are_copied_and_null_stays_null),
        TEST(a_format_may_be_longer_than_a_block),
        TEST(an_array_keeps_its_items_as_it_grows),
        TEST(an_array_moves_only_when_it_is_full),
    };
    return SUITE_RUN(tests, argc, argv);
}
