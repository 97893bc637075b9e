/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include <stdbool.h>
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

/* What ci/leaks makes of runs that are there: nothing that was found, missed or
 * that failed is told as good. */

#define SURROUNDINGS                                                           \
    "\"started_at\": \"now\", \"version\": \"1\", \"seed\": 1, "               \
    "\"environment\": {\"cores\": 2}"

/* Of a run under one observer. */
struct made {
    const char *observer;
    int status;
    const char *left;     /* elements of left_behind */
    const char *findings; /* elements */
    const char *held;     /* of its one expectation */
    const char *state;    /* NULL: completed */
};

static const struct made good = {"ledger", 0, "", "", "true"};

static void make_folders(struct scratch *scratch, const char *observer) {
    assert_int_equal(
        file_make_folder(scratch_path(
            scratch, arena_format(scratch->arena, "leaks/%s/one", observer))),
        0);
}

static void make_result(struct scratch *scratch, const struct made *made) {
    make_folders(scratch, made->observer);
    (void)scratch_write(
        scratch,
        arena_format(scratch->arena, "leaks/%s/one/result.json",
                     made->observer),
        arena_format(
            scratch->arena,
            "{\"verdict\": \"pass\", " SURROUNDINGS ", \"expectations\": "
            "[{\"text\": \"left_behind == nothing\", \"held\": %s}], "
            "\"cells\": [{\"outcome\": {\"state\": \"%s\", \"detail\": "
            "\"why\"}, \"left_behind\": [%s], \"findings\": [%s], "
            "\"cycles\": {\"completed\": 4}, \"slope\": [], \"phases\": "
            "[{\"completed\": 30}]}]}",
            made->held, made->state == NULL ? "completed" : made->state,
            made->left, made->findings));
}

/* Sets out these runs of the scenario "one"; the status. */
static int set_out(struct scratch *scratch, const struct made *runs,
                   size_t count) {
    struct text text;
    text_init(&text);
    text_append(&text, "{\"one\": {");
    for (size_t i = 0; i < count; i++) {
        text_format(&text,
                    "%s\"%s\": {\"command\": \"plunge\", \"status\": %d, "
                    "\"said\": \"plunge: why\"}",
                    i == 0 ? "" : ", ", runs[i].observer, runs[i].status);
        if (runs[i].left != NULL) {
            make_result(scratch, &runs[i]);
        }
    }
    text_append(&text, "}}");
    (void)scratch_write(scratch, "leaks/runs.json", text.bytes);
    text_fini(&text);
    int status = system(arena_format( // NOLINT: of the test's own making
        scratch->arena, "REPORTS=%s ci/leaks set-out %s/leaks >%s/said 2>&1",
        scratch->folder, scratch->folder, scratch->folder));
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

#define LEFT "{\"kind\": \"fd\", \"count\": 2, \"late_ms\": 0}"
#define LATE "{\"kind\": \"thread\", \"count\": 1, \"late_ms\": 3.5}"

static void what_is_as_it_says_is_good(void **state) {
    struct scratch *scratch = *state;
    const struct made runs[] = {{"ledger", 0, LEFT ", " LATE, "", "true"},
                                {"memcheck", 4, "", "", "null"},
                                {"asan", 0, "", "", "true"}};
    assert_int_equal(set_out(scratch, runs, 3), 0);
    scratch_expect_in(scratch, "said", "3 passed, 0 failed, 0 skipped");
    scratch_expect_in(scratch, "leaks.md",
                      "| one | 1 | 30 | 2 fd, as it says |");
    scratch_expect_in(scratch, "leaks.md",
                      "Not measured here: `make exhaustion`.");
}

static void what_was_found_is_told(void **state) {
    struct scratch *scratch = *state;
    const struct made bad[] = {
        {"memcheck", 1, "", "{\"kind\": \"Leak\"}", "true"},
        {"memcheck", 0, "", "{\"kind\": \"Leak\"}", "true"}, /* whatever */
        {"memcheck", 1, LEFT, "", "false"},
        {"memcheck", 1, "", "", "true"},
        {"memcheck", 3, "", "", "true"},
        {"memcheck", 130, "", "", "true"},
        {"memcheck", 1, "", "", "null", "over_limit"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct made runs[] = {good, bad[i]};
        assert_int_equal(set_out(scratch, runs, 2), 1);
        scratch_expect_in(scratch, "said", "1 passed, 1 failed, 0 skipped");
    }
    const struct made runs[] = {good, bad[0]};
    (void)set_out(scratch, runs, 2);
    scratch_expect_in(scratch, "leaks.md", "| **1 found** |");
    const struct made missed[] = {good, bad[2]};
    (void)set_out(scratch, missed, 2);
    scratch_expect_in(scratch, "leaks.md", "| **left_behind == nothing** |");
    const struct made slow[] = {good, bad[6]};
    (void)set_out(scratch, slow, 2);
    scratch_expect_in(scratch, "leaks.md", "| **over_limit: why** |");
}

static void a_run_without_a_result_has_failed(void **state) {
    struct scratch *scratch = *state;
    const struct made runs[] = {good, {.observer = "tsan", .status = 0}};
    assert_int_equal(set_out(scratch, runs, 2), 1);
    scratch_expect_in(scratch, "leaks.md", "| **failed: plunge: why** |");
}

static void what_is_refused_is_said_why(void **state) {
    struct scratch *scratch = *state;
    const struct made runs[] = {good, {.observer = "drd", .status = 2}};
    assert_int_equal(set_out(scratch, runs, 2), 0);
    scratch_expect_in(scratch, "said", "1 passed, 0 failed, 1 skipped");
    scratch_expect_in(scratch, "leaks.md", "- (a) one: plunge: why");
}

static void what_was_measured_before_comes_in(void **state) {
    struct scratch *scratch = *state;
    make_folders(scratch, "ledger");
    (void)scratch_write(scratch, "exhaustion.jsonl",
                        "{\"who\": \"root\", \"exhaustions\": 8676, \"min\": "
                        "1, \"max\": 8, \"limit_min\": 16, \"limit_max\": "
                        "256, \"limit_step\": 1}\n");
    (void)scratch_write(
        scratch, "soak.json",
        "{\"verdict\": \"pass\", " SURROUNDINGS
        ", \"cells\": [{\"cycles\": {\"planned\": 10, \"completed\": 20}, "
        "\"slope\": [{\"metric\": \"rss\", \"per_cycle\": 0, \"upper_bound\": "
        "0.002, \"confidence\": 0.999, \"verdict\": \"clean\"}]}]}");
    (void)scratch_write(scratch, "mutation.json",
                        "{\"started_at\": \"now\", \"score\": {\"good\": 9, "
                        "\"all\": 10}}");
    assert_int_equal(set_out(scratch, &good, 1), 0);
    scratch_expect_in(scratch, "leaks.md", "as root: 8,676 exhaustions");
    scratch_expect_in(scratch, "leaks.md",
                      "| rss | 0 B | 0.002 B | 99.9% | clean |");
    scratch_expect_in(scratch, "leaks.md", "9 of 10 named or explained");
}

/* ---- ci/ledger-cost ------------------------------------------------------*/

static void what_the_ledger_costs_is_of_the_same_round(void **state) {
    struct scratch *scratch = *state;
    const char *path = scratch_write(
        scratch, "measured.json",
        "{\"rounds\": 6, \"surroundings\": {" SURROUNDINGS "}, \"cases\": "
        "{\"one cycle\": {"
        "\"blind\": {\"0\": 100, \"1\": 200, \"2\": 400, \"3\": 100, "
        "\"4\": 100, \"5\": 100}, "
        "\"sites off\": {\"0\": 100, \"1\": 200, \"2\": 400, \"3\": 100, "
        "\"4\": 100, \"5\": 100}, "
        "\"sites on\": {\"0\": 50, \"1\": 100, \"2\": 200, \"3\": 50, "
        "\"4\": 50, \"5\": 50}}}}");
    int status = system(arena_format( // NOLINT: of the test's own making
        scratch->arena, "REPORTS=%s ci/ledger-cost set-out %s words >/dev/null",
        scratch->folder, path));
    assert_int_equal(status, 0);
    scratch_expect_in(scratch, "ledger-cost.md",
                      "1.000 (1.000 to 1.000) | >= 0.99: reached |");
    scratch_expect_in(scratch, "ledger-cost.md",
                      "0.500 (0.500 to 0.500) | >= 0.97: missed |");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_as_it_says_is_good),
        TEST(what_was_found_is_told),
        TEST(a_run_without_a_result_has_failed),
        TEST(what_is_refused_is_said_why),
        TEST(what_was_measured_before_comes_in),
        TEST(what_the_ledger_costs_is_of_the_same_round),
    };
    return SUITE_RUN(tests, argc, argv);
}
