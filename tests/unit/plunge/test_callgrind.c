/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "measure/callgrind.h"

#include <string.h>

#include "base/arena.h"
#include "support/suite.h"

#define HEAD                                                                   \
    "# callgrind format\n"                                                     \
    "version: 1\n"                                                             \
    "positions: line\n"                                                        \
    "events: Ir\n"

/* A call's cost is its callee's; lines may be relative; a function goes on
 * after what was inlined from another file. */
static const char before[] = HEAD "summary: 100\n"
                                  "\n"
                                  "ob=(1) plunge\n"
                                  "fl=(1) bench/load/closed.c\n"
                                  "fn=(1) answered\n"
                                  "10 20\n"
                                  "+3 5\n"
                                  "cfi=(2) bench/people/avatar.c\n"
                                  "cfn=(2) render\n"
                                  "calls=7 40\n"
                                  "* 60\n"
                                  "fi=(3) bench/base/clock.h\n"
                                  "-2 5\n"
                                  "\n"
                                  "fl=(2)\n"
                                  "fn=(2)\n"
                                  "40 60\n"
                                  "totals: 100\n";

static const char after[] = HEAD "fl=(9) bench/people/avatar.c\n"
                                 "fn=(4) render\n"
                                 "40 90\n"
                                 "fl=(8) bench/load/closed.c\n"
                                 "fn=(7) answered\n"
                                 "10 31\n"
                                 "fl=(8)\n"
                                 "fn=(6) brand_new\n"
                                 "10 29\n"
                                 "totals: 150\n";

static struct callgrind read_text(struct arena *arena, const char *text) {
    struct callgrind callgrind;
    const char *problem = NULL;
    if (callgrind_read(text, arena, &callgrind, &problem) != 0) {
        fail_msg("%s", problem);
    }
    return callgrind;
}

static void a_function_has_its_own_instructions_alone(void **state) {
    struct arena *arena = arena_new();
    struct callgrind callgrind = read_text(arena, before);
    (void)state;
    assert_int_equal(callgrind.instructions, 100);
    assert_int_equal(callgrind.functions_count, 2);
    assert_string_equal(callgrind.functions[0].name, "answered");
    assert_string_equal(callgrind.functions[0].file, "bench/load/closed.c");
    assert_int_equal(callgrind.functions[0].instructions, 30);
    assert_string_equal(callgrind.functions[1].name, "render");
    assert_string_equal(callgrind.functions[1].file, "bench/people/avatar.c");
    assert_int_equal(callgrind.functions[1].instructions, 60);
    arena_free(arena);
}

static void what_has_grown_most_is_named_by_name_not_number(void **state) {
    struct arena *arena = arena_new();
    struct callgrind one = read_text(arena, before);
    struct callgrind other = read_text(arena, after);
    int64_t difference = 0;
    (void)state;
    const struct callgrind_function *grown =
        callgrind_grown(&one, &other, &difference);
    assert_non_null(grown);
    assert_string_equal(grown->name, "render");
    assert_int_equal(difference, 30);
    grown = callgrind_grown(&other, &other, &difference);
    assert_null(grown);
    assert_int_equal(difference, 0);
    arena_free(arena);
}

static void what_is_no_profile_is_refused(void **state) {
    static const char *const texts[] = {"", HEAD, "nonsense\n",
                                        HEAD "fl=(1) a.c\nfn=(1) f\n1 2\n",
                                        HEAD "totals: 3\n"};
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct callgrind callgrind;
        const char *problem = NULL;
        assert_int_equal(callgrind_read(texts[i], arena, &callgrind, &problem),
                         -1);
        assert_non_null(problem);
    }
    arena_free(arena);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_function_has_its_own_instructions_alone),
        cmocka_unit_test(what_has_grown_most_is_named_by_name_not_number),
        cmocka_unit_test(what_is_no_profile_is_refused),
    };
    return SUITE_RUN(tests, argc, argv);
}
