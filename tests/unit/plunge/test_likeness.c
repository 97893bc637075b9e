/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "verdict/likeness.h"

#include <string.h>

#include "base/arena.h"
#include "support/judged.h"
#include "support/suite.h"

#define TEXT                                                                   \
    "# What does it cost?\n"                                                   \
    "title: Cost\n"                                                            \
    "database: {users: 3}\n"                                                   \
    "load: {in_flight: 3, lookups: 30}\n"                                      \
    "expect:\n"                                                                \
    "- errors == 0\n"                                                          \
    "blocks: 3\n"

struct fixture {
    struct arena *arena;
    struct result base;
    struct result newer;
    struct result_fact facts[2][5];
    struct result_setting set[2][2];
    struct result_include includes[2];
};

static void fill(struct result *result, struct result_fact *facts,
                 struct result_setting *set, struct result_include *include) {
    static const struct result_fact machine[] = {
        {.name = "processor", .text = "P"},
        {.name = "cores", .number = 2},
        {.name = "memory_bytes", .number = 1e9},
        {.name = "boot_id", .text = "b"},
        {.name = "sqlite", .text = "3.40"},
    };
    memcpy(facts, machine, sizeof machine);
    set[0] = (struct result_setting){"pool.max", "8"};
    set[1] = (struct result_setting){"blocks", "5"};
    *include = (struct result_include){"common.yaml", "00ff", "let: {n: 1}\n"};
    *result = (struct result){
        .version = "0.1.0",
        .seed = 7,
        .scenario = {.path = "cost.yaml",
                     .text = TEXT,
                     .set = set,
                     .set_count = 2,
                     .includes = include,
                     .includes_count = 1},
        .environment = facts,
        .environment_count = 5,
    };
}

static int set_up(void **state) {
    static struct fixture f;
    f.arena = arena_new();
    fill(&f.base, f.facts[0], f.set[0], &f.includes[0]);
    fill(&f.newer, f.facts[1], f.set[1], &f.includes[1]);
    *state = &f;
    return 0;
}

static int tear_down(void **state) {
    const struct fixture *f = *state;
    arena_free(f->arena);
    return 0;
}

static struct likeness compare(struct fixture *f) {
    return likeness_of(&f->base, &f->newer, f->arena);
}

static void expect_scenario(struct fixture *f, const char *words) {
    const struct likeness likeness = compare(f);
    assert_non_null(likeness.scenario);
    assert_contains(likeness.scenario, words);
}

static void expect_alike(struct fixture *f) {
    const struct likeness likeness = compare(f);
    if (likeness.scenario != NULL) {
        fail_msg("%s", likeness.scenario);
    }
    assert_null(likeness.machine);
    assert_null(likeness.boot);
    assert_int_equal(likeness.remarks_count, 0);
}

static void what_is_the_same_is_alike(void **state) {
    expect_alike(*state);
}

/* ---- Scenarios ----------------------------------------------------------- */

static void the_first_line_that_differs_is_named(void **state) {
    struct fixture *f = *state;
    f->newer.scenario.text = "title: Cost\n"
                             "database: {users: 4}\n"
                             "load: {in_flight: 4, lookups: 30}\n";
    expect_scenario(f, "line 3 of the scenario is \"database: {users: 3}\" in "
                       "the first, line 2 is \"database: {users: 4}\" in the "
                       "second");
}

static void a_line_that_is_missing_is_named(void **state) {
    struct fixture *f = *state;
    f->newer.scenario.text = "title: Cost\n"
                             "database: {users: 3}\n"
                             "load: {in_flight: 3, lookups: 30}\n";
    expect_scenario(f, "line 7 of the scenario is \"blocks: 3\" in the first, "
                       "line 4 is missing in the second");
}

/* What is expected of a measurement does not change it. */
static void comments_and_expectations_make_no_other_scenario(void **state) {
    struct fixture *f = *state;
    f->newer.scenario.text = "title: Cost\n\n"
                             "database: {users: 3}\n"
                             "  # a comment\n"
                             "load: {in_flight: 3, lookups: 30}\n"
                             "expect:   # more of it\n"
                             "  - p99 < 5ms\n"
                             "  - left_behind == nothing\n\n"
                             "blocks: 3\n";
    expect_alike(f);
    f->newer.scenario.text = "title: Cost\n"
                             "database: {users: 3}\n"
                             "load: {in_flight: 3, lookups: 30}\n"
                             "blocks: 3"; /* without a line feed */
    expect_alike(f);
}

/* But that memory is asked for does: one arena is slower than many. */
static void an_expectation_of_memory_makes_another_scenario(void **state) {
    struct fixture *f = *state;
    f->newer.scenario.text = TEXT "expect:\n  - rss < 20MiB\n";
    expect_scenario(f, "line 9 is \"  - rss < 20MiB\" in the second");
}

/* So it is with all that is counted because somebody asks. */
static void an_expectation_of_counts_makes_another_scenario(void **state) {
    struct fixture *f = *state;
    f->newer.scenario.text = TEXT "expect:\n  - allocations <= 6\n";
    expect_scenario(f, "line 9 is \"  - allocations <= 6\" in the second");
}

static void settings_are_of_the_scenario_but_for_blocks(void **state) {
    struct fixture *f = *state;
    f->set[1][1].value = "9";
    expect_alike(f);
    f->newer.scenario.set_count = 1;
    expect_alike(f);
    f->set[1][0].value = "16";
    expect_scenario(f, "-s has set pool.max to 8 in the first and to 16 in "
                       "the second");
    f->newer.scenario.set_count = 0;
    expect_scenario(f, "pool.max to 8 in the first and to nothing");
    f->base.scenario.set_count = 0;
    f->newer.scenario.set_count = 1;
    expect_scenario(f, "pool.max to nothing in the first and to 16");
}

static void what_is_included_is_of_the_scenario(void **state) {
    struct fixture *f = *state;
    f->includes[1].text = "let: {n: 2}\n";
    expect_scenario(f, "line 1 of common.yaml is \"let: {n: 1}\"");
    f->newer.scenario.includes_count = 0;
    expect_scenario(f, "the first includes 1 files, the second 0");
}

static void without_texts_digests_are_compared(void **state) {
    struct fixture *f = *state;
    f->base.scenario.text = NULL;
    f->base.scenario.sha256 = "aa";
    f->newer.scenario.sha256 = "bb";
    expect_scenario(f, "the SHA-256 aa in the first and bb in the second");
    f->newer.scenario.sha256 = "aa";
    expect_alike(f);
}

static void seeds_and_tools_are_of_the_scenario(void **state) {
    struct fixture *f = *state;
    struct result_cell cell;
    result_cell_init(&cell);
    cell.under = (struct result_under){.given = true, .tool = "memcheck"};
    f->newer.seed = 8;
    expect_scenario(f, "the seed is 7 in the first and 8 in the second");
    f->newer.seed = 7;
    f->newer.cells = &cell;
    f->newer.cells_count = 1;
    expect_scenario(f,
                    "the first ran under nothing, the second under memcheck");
}

static void a_long_line_is_cut(void **state) {
    struct fixture *f = *state;
    f->newer.scenario.text =
        "title: a very long title that goes on and on, and then goes on and "
        "on for a while\n";
    expect_scenario(f, "and then goes ...\" in the second");
}

/* ---- Machines ------------------------------------------------------------ */

static void another_machine_is_unlike(void **state) {
    struct fixture *f = *state;
    f->facts[1][2].number = 1.01e9; /* a kernel's own */
    expect_alike(f);
    f->facts[1][2].number = 2e9;
    assert_contains(compare(f).machine, "memory is 954 MiB in the first");
    f->facts[1][1].number = 4;
    assert_string_equal(compare(f).machine,
                        "cores is 2 in the first and 4 in the second");
    f->facts[1][0].text = "Q";
    assert_string_equal(compare(f).machine,
                        "processor is P in the first and Q in the second");
}

static void another_boot_or_none_is_said(void **state) {
    struct fixture *f = *state;
    f->facts[1][3].text = "c";
    assert_null(compare(f).machine);
    assert_contains(compare(f).boot, "use --vs");
    f->facts[0][3].name = f->facts[1][3].name = "nobody knows";
    assert_contains(compare(f).boot, "use --vs");
}

static void versions_are_no_reason_but_are_told(void **state) {
    struct fixture *f = *state;
    f->facts[1][4].text = "3.45";
    f->newer.version = "0.2.0";
    f->newer.verdict = RESULT_PARTIAL;
    const struct likeness likeness = compare(f);
    assert_null(likeness.scenario);
    assert_null(likeness.machine);
    assert_int_equal(likeness.remarks_count, 3);
    assert_string_equal(likeness.remarks[0].text,
                        "plunge is 0.1.0 in the first and 0.2.0 in the second");
    assert_string_equal(likeness.remarks[1].text,
                        "sqlite is 3.40 in the first and 3.45 in the second");
    assert_string_equal(likeness.remarks[2].text,
                        "the second is not whole: its verdict is partial");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_the_same_is_alike),
        TEST(the_first_line_that_differs_is_named),
        TEST(a_line_that_is_missing_is_named),
        TEST(comments_and_expectations_make_no_other_scenario),
        TEST(an_expectation_of_memory_makes_another_scenario),
        TEST(an_expectation_of_counts_makes_another_scenario),
        TEST(settings_are_of_the_scenario_but_for_blocks),
        TEST(what_is_included_is_of_the_scenario),
        TEST(without_texts_digests_are_compared),
        TEST(seeds_and_tools_are_of_the_scenario),
        TEST(a_long_line_is_cut),
        TEST(another_machine_is_unlike),
        TEST(another_boot_or_none_is_said),
        TEST(versions_are_no_reason_but_are_told),
    };
    return SUITE_RUN(tests, argc, argv);
}
