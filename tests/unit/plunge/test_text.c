/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "base/text.h"

#include <string.h>

#include "support/suite.h"

static int set_up(void **state) {
    static struct text text;
    text_init(&text);
    *state = &text;
    return 0;
}

static int tear_down(void **state) {
    text_fini(*state);
    return 0;
}

static void an_empty_text_is_a_text(void **state) {
    const struct text *text = *state;
    assert_string_equal(text->bytes, "");
    assert_int_equal(text->size, 0);
}

static void nothing_appended_changes_nothing(void **state) {
    struct text *text = *state;
    text_append(text, "");
    text_append_n(text, NULL, 0);
    text_format(text, "%s", "");
    assert_string_equal(text->bytes, "");
    assert_int_equal(text->size, 0);
}

static void what_is_appended_stands_in_order(void **state) {
    struct text *text = *state;
    text_append(text, "load");
    text_append_n(text, ".in_flight and more", 10);
    text_format(text, ": expected %s, got \"%s\"", "10k", "fast");
    assert_string_equal(text->bytes,
                        "load.in_flight: expected 10k, got \"fast\"");
    assert_int_equal(text->size, strlen(text->bytes));
}

static void it_ends_in_nul_at_every_size(void **state) {
    struct text *text = *state;
    for (size_t size = 0; size < 1000; size++) {
        assert_int_equal(text->size, size);
        assert_int_equal(strlen(text->bytes), size);
        if (size % 2 == 0) {
            text_append(text, "x");
        } else {
            text_format(text, "%c", 'y');
        }
    }
}

static void a_nul_within_is_kept(void **state) {
    struct text *text = *state;
    text_append_n(text, "a\0b", 3);
    assert_int_equal(text->size, 3);
    assert_memory_equal(text->bytes, "a\0b", 4);
}

static void clearing_empties_it_for_use_again(void **state) {
    struct text *text = *state;
    text_clear(text);
    assert_string_equal(text->bytes, "");
    text_append(text, "first");
    text_clear(text);
    assert_string_equal(text->bytes, "");
    assert_int_equal(text->size, 0);
    text_append(text, "second");
    assert_string_equal(text->bytes, "second");
}

static void after_fini_it_is_an_empty_text_again(void **state) {
    struct text *text = *state;
    text_append(text, "first");
    text_fini(text);
    assert_string_equal(text->bytes, "");
    text_append(text, "second");
    assert_string_equal(text->bytes, "second");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(an_empty_text_is_a_text),
        TEST(nothing_appended_changes_nothing),
        TEST(what_is_appended_stands_in_order),
        TEST(it_ends_in_nul_at_every_size),
        TEST(a_nul_within_is_kept),
        TEST(clearing_empties_it_for_use_again),
        TEST(after_fini_it_is_an_empty_text_again),
    };
    return SUITE_RUN(tests, argc, argv);
}
