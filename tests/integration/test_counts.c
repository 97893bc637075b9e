/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "support/json_at.h"
#include "support/scratch.h"
#include "support/suite.h"

/* What ci/counts says of two counts: of the committed one and of the same with
 * something changed. ci/decides-by-counts does it with real programs. */

#define CASE "dbpool 64"
#define SQLITE_RUN "execute: dbpool__sqlite_run"

static json_t *part_of(json_t *counts, const char *group) {
    json_t *cases = json_object_get(counts, "cases");
    json_t *part = json_object_get(json_object_get(cases, CASE), group);
    assert_non_null(part);
    return part;
}

static double value_of(json_t *counts, const char *group, const char *name) {
    return json_number_value(json_object_get(part_of(counts, group), name));
}

static void set(json_t *counts, const char *group, const char *name,
                double value) {
    assert_int_equal(
        json_object_set_new(part_of(counts, group), name, json_real(value)), 0);
}

/* The figures that are one number. */
static void set_sum(json_t *counts, const char *name, double value) {
    json_t *cases = json_object_get(counts, "cases");
    assert_int_equal(json_object_set_new(json_object_get(cases, CASE), name,
                                         json_real(value)),
                     0);
}

/* A function executes more: it, its part, dbpool's own share and the whole. */
static void slow_down(json_t *counts, double instructions) {
    json_t *cases = json_object_get(counts, "cases");
    json_t *one = json_object_get(cases, CASE);
    set(counts, "functions", SQLITE_RUN,
        value_of(counts, "functions", SQLITE_RUN) + instructions);
    set(counts, "parts", "execute",
        value_of(counts, "parts", "execute") + instructions);
    set_sum(counts, "own",
            json_number_value(json_object_get(one, "own")) + instructions);
    set_sum(counts, "total",
            json_number_value(json_object_get(one, "total")) + instructions);
}

static json_t *committed(void) {
    json_t *counts = json_load_file("reports/counts.json", 0, NULL);
    assert_non_null(counts);
    return counts;
}

static double total_of(json_t *counts) {
    json_t *cases = json_object_get(counts, "cases");
    return json_number_value(
        json_object_get(json_object_get(cases, CASE), "total"));
}

/* Compares the committed counts with @changed, which it takes. Returns what is
 * said, in the scratch's arena. */
static const char *compare(struct scratch *scratch, json_t *changed,
                           int status) {
    const char *path = scratch_path(scratch, "changed.json");
    const char *said = scratch_path(scratch, "said");
    assert_int_equal(json_dump_file(changed, path, 0), 0);
    json_decref(changed);
    const char *command = arena_format(
        scratch->arena, "ci/counts compare reports/counts.json %s >%s 2>&1",
        path, said);
    const int ended = system(command); // NOLINT: of the test's own making
    struct text text;
    text_init(&text);
    assert_int_equal(file_read(said, (size_t)1 << 20, &text), 0);
    const char *words = arena_text(scratch->arena, text.bytes);
    text_fini(&text);
    if (!WIFEXITED(ended) || WEXITSTATUS(ended) != status) {
        fail_msg("ended with %d, not %d:\n%s", WEXITSTATUS(ended), status,
                 words);
    }
    return words;
}

static void expect_words(const char *text, const char *words) {
    if (strstr(text, words) == NULL) {
        fail_msg("\"%s\" is not in:\n%s", words, text);
    }
}

static void what_is_the_same_is_called_the_same(void **state) {
    const char *said = compare(*state, committed(), 0);
    expect_words(said, "\nsame: 54 of 54 counts\n");
    assert_null(strstr(said, "worse"));
    assert_null(strstr(said, "better"));
}

static void what_is_within_the_tolerance_is_the_same(void **state) {
    json_t *counts = committed();
    slow_down(counts, 3);
    expect_words(compare(*state, counts, 0), "\nsame: 54 of 54 counts\n");
}

static void three_percent_are_worse_by_the_function_that_did_it(void **state) {
    json_t *counts = committed();
    slow_down(counts, 0.03 * total_of(counts));
    set(counts, "functions", "execute: run_statement",
        value_of(counts, "functions", "execute: run_statement") + 1);
    const char *said = compare(*state, counts, 1);
    expect_words(said, "worse   dbpool 64 in flight: instructions: ");
    expect_words(said, "+3.00%\n          " SQLITE_RUN ": ");
    expect_words(said, "worse   dbpool 64 in flight: instructions, dbpool's "
                       "own: ");
    expect_words(said, "\nworse: 2 of 54 counts\n");
    assert_true(strstr(said, "run_statement") > strstr(said, SQLITE_RUN));
}

static void one_percent_of_the_own_share_is_worse(void **state) {
    json_t *counts = committed();
    slow_down(counts, 6.5);
    expect_words(compare(*state, counts, 1), "\nworse: 1 of 54 counts\n");
}

static void what_costs_less_is_better(void **state) {
    json_t *counts = committed();
    slow_down(counts, -0.03 * total_of(counts));
    const char *said = compare(*state, counts, 0);
    expect_words(said, "better  dbpool 64 in flight: instructions: ");
    expect_words(said, "-3.00%\n          " SQLITE_RUN ": ");
    expect_words(said, "\nbetter: 2 of 54 counts\n");
}

/* Whatever else is better. */
static void one_count_that_is_worse_decides(void **state) {
    json_t *counts = committed();
    slow_down(counts, -0.03 * total_of(counts));
    set(counts, "work", "steps", value_of(counts, "work", "steps") + 1);
    const char *said = compare(*state, counts, 1);
    expect_words(said, "worse   dbpool 64 in flight: VM steps: ");
    expect_words(said, "\nworse: 1 of 54 counts\n");
}

/* Where there was none, one in all lookups is one too many. */
static void a_single_allocation_is_worse_than_none(void **state) {
    json_t *counts = committed();
    set(counts, "allocations", "dbpool", 1 / 12800.0);
    set(counts, "allocators", "dbpool__answers_deliver", 1 / 12800.0);
    const char *said = compare(*state, counts, 1);
    expect_words(said, "worse   dbpool 64 in flight: allocations, dbpool: ");
    expect_words(said, "\n          dbpool__answers_deliver: ");
}

static void each_count_is_looked_at(void **state) {
    static const struct {
        const char *group;
        const char *name;
        const char *words;
    } counts[] = {
        {"parts", "SQLite", "instructions, SQLite: "},
        {"allocations", "SQLite", "allocations, SQLite: "},
        {"bytes", "dbpool", "bytes allocated, dbpool: "},
        {"bytes", "SQLite", "bytes allocated, SQLite: "},
        {"syscalls", "read", "system calls, dbpool and libuv: "},
        {"file_calls", "fcntl", "system calls, SQLite: "},
        {"threads", "waits", "futex waits: "},
        {"threads", "wakes", "futex wakes: "},
        {"threads", "switches", "context switches: "},
        {"work", "statements", "statements: "},
        {"work", "pages_asked", "pages asked for: "},
        {"work", "pages_read", "pages read: "},
        {"work", "pages_written", "pages written: "},
        {"clock", "readings", "readings of the clock: "},
    };
    struct scratch *scratch = *state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        json_t *changed = committed();
        set(changed, counts[i].group, counts[i].name,
            value_of(changed, counts[i].group, counts[i].name) * 1.5 + 0.1);
        const char *said = compare(scratch, changed, 1);
        expect_words(said, counts[i].words);
        expect_words(said, "\nworse: 1 of 54 counts\n");
    }
}

/* Another compiler counts otherwise. */
static void what_was_counted_otherwise_is_not_compared(void **state) {
    json_t *counts = committed();
    json_t *environment = json_object_get(counts, "environment");
    assert_int_equal(
        json_object_set_new(environment, "compiler", json_string("gcc 99")), 0);
    const char *said = compare(*state, counts, 3);
    expect_words(said, "nothing to compare: ");
    expect_words(said, "compiler gcc 99, not ");
}

static void what_is_too_old_is_named(void **state) {
    json_t *counts = committed();
    json_t *cases = json_object_get(counts, "cases");
    assert_int_equal(json_object_del(json_object_get(cases, CASE), "work"), 0);
    expect_words(compare(*state, counts, 3),
                 "changed.json: dbpool 64 has no work: it was counted by an "
                 "older version");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_the_same_is_called_the_same),
        TEST(what_is_within_the_tolerance_is_the_same),
        TEST(three_percent_are_worse_by_the_function_that_did_it),
        TEST(one_percent_of_the_own_share_is_worse),
        TEST(what_costs_less_is_better),
        TEST(one_count_that_is_worse_decides),
        TEST(a_single_allocation_is_worse_than_none),
        TEST(each_count_is_looked_at),
        TEST(what_was_counted_otherwise_is_not_compared),
        TEST(what_is_too_old_is_named),
    };
    return SUITE_RUN(tests, argc, argv);
}
