/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "scenario/suggest.h"

#include "base/arena.h"
#include "support/suite.h"

static const char *const words[] = {"min",   "max",     "shutdown",
                                    "batch", "lookups", "in_flight"};
#define WORDS words, sizeof words / sizeof *words

static void one_slip_is_enough(void **state) {
    (void)state;
    assert_string_equal(suggest_word("mx", WORDS), "max");
    assert_string_equal(suggest_word("maxx", WORDS), "max");
    assert_string_equal(suggest_word("mqx", WORDS), "max");
    assert_string_equal(suggest_word("amx", WORDS), "max");
    assert_string_equal(suggest_word("MAX", WORDS), "max");
}

static void a_long_word_may_have_more(void **state) {
    (void)state;
    assert_string_equal(suggest_word("shtdwon", WORDS), "shutdown");
    assert_string_equal(suggest_word("inflght", WORDS), "in_flight");
}

static void what_is_far_is_not_suggested(void **state) {
    (void)state;
    assert_null(suggest_word("frobnicate", WORDS));
    assert_null(suggest_word("foo", WORDS));
    assert_null(suggest_word("", WORDS));
    assert_null(suggest_word("max", words, 0));
}

static void the_nearest_wins(void **state) {
    (void)state;
    const char *const near[] = {"threading", "threats", "threads"};
    assert_string_equal(suggest_word("threadz", near, 3), "threads");
    assert_string_equal(suggest_word("thread", near, 3), "threads");
}

static void a_word_without_end_is_refused_in_time(void **state) {
    (void)state;
    char endless[1000];
    for (size_t i = 0; i < sizeof endless; i++) {
        endless[i] = 'm';
    }
    endless[sizeof endless - 1] = '\0';
    const char *const all[] = {endless, "max"};
    assert_null(suggest_word(endless, WORDS));
    assert_string_equal(suggest_word("maxi", all, 2), "max");
}

static void advice_is_a_question(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    assert_string_equal(suggest_advice(arena, "mxa", WORDS),
                        "did you mean \"max\"?");
    assert_null(suggest_advice(arena, "frobnicate", WORDS));
    arena_free(arena);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_slip_is_enough),
        cmocka_unit_test(a_long_word_may_have_more),
        cmocka_unit_test(what_is_far_is_not_suggested),
        cmocka_unit_test(the_nearest_wins),
        cmocka_unit_test(a_word_without_end_is_refused_in_time),
        cmocka_unit_test(advice_is_a_question),
    };
    return SUITE_RUN(tests, argc, argv);
}
