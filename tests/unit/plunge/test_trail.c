/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "ledger/trail.h"

#include <string.h>
#include <uv.h>

#include "support/suite.h"

#define WORDS_MAX 64
#define FRAMES_MAX 8

/* A stack of our own, read upwards from its first word. */
struct stack {
    uintptr_t words[WORDS_MAX];
    struct trail_frame frames[FRAMES_MAX];
    unsigned count;
};

/* @sizes: words a frame, each ended by its return address. */
static void put(struct stack *stack, const unsigned *sizes,
                const uintptr_t *addresses, unsigned count) {
    memset(stack, 0, sizeof *stack);
    size_t at = 0;
    for (unsigned i = 0; i < count; i++) {
        at += sizes[i];
        stack->words[at] = addresses[i];
        stack->frames[i] = (struct trail_frame){
            .address = addresses[i],
            .slot = &stack->words[at],
        };
    }
    stack->count = count;
}

static void add(const struct stack *stack, unsigned number) {
    trail_add(stack->frames, stack->count, number);
}

static unsigned find(const struct stack *stack) {
    return trail_find(stack->frames[0].slot);
}

static const unsigned sizes[] = {3, 5, 2, 7};
static const uintptr_t addresses[] = {0x1001, 0x2002, 0x3003, 0x4004};

static int forget(void **state) {
    (void)state;
    trail_forget();
    return 0;
}

static void a_way_is_known_once_it_was_added(void **state) {
    (void)state;
    struct stack stack;
    put(&stack, sizes, addresses, 4);
    assert_int_equal(find(&stack), 0);
    add(&stack, 17);
    assert_int_equal(find(&stack), 17);
    add(&stack, 17);
    assert_int_equal(find(&stack), 17);
}

static void what_lies_between_return_addresses_is_not_looked_at(void **state) {
    (void)state;
    struct stack stack;
    put(&stack, sizes, addresses, 4);
    add(&stack, 17);
    for (size_t i = 0; i < WORDS_MAX; i++) {
        stack.words[i] = stack.words[i] == 0 ? 0xABCDEF : stack.words[i];
    }
    assert_int_equal(find(&stack), 17);
}

static void ways_that_differ_in_any_frame_are_told_apart(void **state) {
    (void)state;
    static struct stack stacks[5];
    put(&stacks[0], sizes, addresses, 4);
    add(&stacks[0], 100);
    for (unsigned i = 0; i < 4; i++) {
        uintptr_t other[4];
        memcpy(other, addresses, sizeof other);
        other[i] += 8;
        put(&stacks[i + 1], sizes, other, 4);
        assert_int_equal(find(&stacks[i + 1]), 0);
        add(&stacks[i + 1], 101 + i);
    }
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(find(&stacks[i]), 100 + i);
    }
}

static void a_frame_of_another_size_is_another_way(void **state) {
    (void)state;
    static struct stack small;
    static struct stack large;
    const unsigned other[] = {3, 5, 4, 7};
    put(&small, sizes, addresses, 4);
    put(&large, other, addresses, 4);
    add(&small, 1);
    assert_int_equal(find(&small), 1);
    assert_int_equal(find(&large), 0);
    add(&large, 2);
    assert_true(find(&large) == 2 || find(&large) == 0);
    assert_true(find(&small) == 1 || find(&small) == 0);
}

static void a_way_that_the_stack_does_not_show_is_left_out(void **state) {
    (void)state;
    struct stack stack;
    put(&stack, sizes, addresses, 4);
    stack.words[stack.frames[2].slot - stack.words]++;
    add(&stack, 17);
    stack.words[stack.frames[2].slot - stack.words]--;
    assert_int_equal(find(&stack), 0);
}

struct elsewhere {
    const struct stack *stack;
    unsigned before;
    unsigned after;
};

static void look(void *data) {
    struct elsewhere *elsewhere = data;
    elsewhere->before = find(elsewhere->stack);
    add(elsewhere->stack, 17);
    elsewhere->after = find(elsewhere->stack);
}

/* It has unwound none of it, and so cannot know how far its stack goes. */
static void a_thread_reads_no_further_than_it_has_unwound(void **state) {
    (void)state;
    struct stack stack;
    put(&stack, sizes, addresses, 4);
    add(&stack, 17);
    struct elsewhere elsewhere = {.stack = &stack};
    uv_thread_t thread;
    assert_int_equal(uv_thread_create(&thread, look, &elsewhere), 0);
    assert_int_equal(uv_thread_join(&thread), 0);
    assert_int_equal(elsewhere.before, 0);
    assert_int_equal(elsewhere.after, 17);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_way_is_known_once_it_was_added, forget),
        cmocka_unit_test_teardown(
            what_lies_between_return_addresses_is_not_looked_at, forget),
        cmocka_unit_test_teardown(ways_that_differ_in_any_frame_are_told_apart,
                                  forget),
        cmocka_unit_test_teardown(a_frame_of_another_size_is_another_way,
                                  forget),
        cmocka_unit_test_teardown(
            a_way_that_the_stack_does_not_show_is_left_out, forget),
        cmocka_unit_test_teardown(a_thread_reads_no_further_than_it_has_unwound,
                                  forget),
    };
    return SUITE_RUN(tests, argc, argv);
}
