/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include <stdlib.h>

#include <jansson.h>

#include "base/arena.h"
#include "support/json_at.h"
#include "support/scratch.h"
#include "support/suite.h"

/* What ci/proved makes of the lines that were run: which are leak-proved, which
 * hardened, and which only one run reaches. */

/* Two files of ten lines each. The tests run 1 to 8 of the library's. */
#define COVERED                                                                \
    "\"covered\": {"                                                           \
    "\"lib/pool.c\": {\"lines\": [1,2,3,4,5,6,7,8,9,10],"                      \
    " \"run\": [1,2,3,4,5,6,7,8], \"functions\": [4, 3],"                      \
    " \"branches\": [10, 5]},"                                                 \
    "\"bench/load/load.c\": {\"lines\": [1,2,3,4,5,6,7,8,9,10],"               \
    " \"run\": [1,2,3,4,5]}}"
#define CLEAN                                                                  \
    "{\"name\": \"clean\", \"balanced\": true, \"lines\": {"                   \
    "\"lib/pool.c\": [1,2,3,40], \"bench/load/load.c\": [1,2]}}"
#define BUSY                                                                   \
    "{\"name\": \"busy\", \"balanced\": true, \"lines\": {"                    \
    "\"lib/pool.c\": [1,2,4,5], \"bench/load/load.c\": [1,2]}}"
#define LEAKING                                                                \
    "{\"name\": \"leaking\", \"balanced\": false, \"exhausted\": true,"        \
    " \"why\": \"left behind: thread\", \"lines\": {"                          \
    "\"lib/pool.c\": [1,6,7,8]}}"
#define FAULTS "\"faults\": {\"lib/pool.c\": [2,3]}"
#define NO_FAULTS "\"faults\": {}"
/* What a subject's defect comes to in the library proves nothing there. */
#define PLANTS                                                                 \
    "\"plants\": {\"lib/pool.c\": [4], \"bench/load/load.c\": [7,8,9]}"

static json_t *set_out(struct scratch *scratch, const char *runs,
                       const char *faults) {
    const char *path = scratch_write(
        scratch, "sets.json",
        arena_format(scratch->arena,
                     "{" COVERED ", \"runs\": [%s], %s, " PLANTS "}", runs,
                     faults));
    const char *command =
        arena_format(scratch->arena, "REPORTS=%s ci/proved set-out %s >%s 2>&1",
                     scratch->folder, path, scratch_path(scratch, "said"));
    assert_int_equal(system(command), 0); // NOLINT: of the test's own making
    json_t *found =
        json_load_file(scratch_path(scratch, "coverage.json"), 0, NULL);
    assert_non_null(found);
    return found;
}

/* A file's name has a dot and a slash: it is no path of json_at(). */
static const json_t *in_file(const json_t *lists, const char *file) {
    return json_object_get(lists, file);
}

static void expect_share(const json_t *found, const char *file,
                         const char *what, double share) {
    const json_t *row = in_file(json_at(found, "files"), file);
    assert_non_null(row);
    const double value = json_number_value(json_object_get(row, what));
    if (value < share - 0.01 || value > share + 0.01) {
        fail_msg("%s: %s is %f, not %f", file, what, value, share);
    }
}

/* NULL: there is no list of that file. */
static void expect_lines(const json_t *lists, const char *file,
                         const char *lines) {
    const char *found = json_string_value(in_file(lists, file));
    if (lines == NULL) {
        assert_null(found);
        return;
    }
    assert_non_null(found);
    assert_string_equal(found, lines);
}

static void lines_of_balanced_runs_are_leak_proved(void **state) {
    json_t *found = set_out(*state, CLEAN ", " BUSY ", " LEAKING, FAULTS);
    expect_share(found, "lib/pool.c", "covered", 80);
    expect_share(found, "lib/pool.c", "called", 75);
    expect_share(found, "lib/pool.c", "taken", 50);
    expect_share(found, "lib/pool.c", "leak_proved", 50); /* 1 to 5 */
    expect_share(found, "bench/load/load.c", "leak_proved", 20);
    expect_lines(json_at(found, "not_leak_proved"), "lib/pool.c", "6-8");
    expect_lines(json_at(found, "not_leak_proved"), "bench/load/load.c", "3-5");
    json_decref(found);
}

static void without_a_scenario_fewer_lines_are_proved(void **state) {
    json_t *found = set_out(*state, CLEAN ", " LEAKING, FAULTS);
    expect_share(found, "lib/pool.c", "leak_proved", 30);
    expect_lines(json_at(found, "not_leak_proved"), "lib/pool.c", "4-8");
    json_decref(found);
}

/* By tests that inject, by scenarios that run out, in bench/ by plants. */
static void lines_that_ran_under_a_fault_are_hardened(void **state) {
    json_t *found = set_out(*state, CLEAN ", " BUSY ", " LEAKING, FAULTS);
    expect_share(found, "lib/pool.c", "hardened", 60); /* 1, 2, 3, 6, 7, 8 */
    expect_share(found, "bench/load/load.c", "hardened", 30);
    expect_lines(json_at(found, "not_hardened"), "lib/pool.c", "4-5");
    json_decref(found);
}

static void without_faults_fewer_lines_are_hardened(void **state) {
    json_t *found = set_out(*state, CLEAN ", " BUSY ", " LEAKING, NO_FAULTS);
    expect_share(found, "lib/pool.c", "hardened", 40);
    expect_lines(json_at(found, "not_hardened"), "lib/pool.c", "2-5");
    json_decref(found);
}

static void lines_that_one_run_alone_reaches_are_listed(void **state) {
    json_t *found = set_out(*state, CLEAN ", " BUSY ", " LEAKING, FAULTS);
    expect_lines(json_at(found, "runs/0/only"), "lib/pool.c", "3");
    expect_lines(json_at(found, "runs/1/only"), "lib/pool.c", "4-5");
    expect_lines(json_at(found, "runs/2/only"), "lib/pool.c", "6-8");
    expect_lines(json_at(found, "runs/0/only"), "bench/load/load.c", NULL);
    assert_int_equal(json_int_at(found, "runs/0/lines/lib"), 3);
    assert_int_equal(json_int_at(found, "runs/0/lines/bench"), 2);
    json_decref(found);
    found = set_out(*state, CLEAN ", " LEAKING, FAULTS);
    expect_lines(json_at(found, "runs/0/only"), "lib/pool.c", "2-3");
    expect_lines(json_at(found, "runs/0/only"), "bench/load/load.c", "1-2");
    json_decref(found);
}

static void trees_are_the_sums_of_their_files(void **state) {
    json_t *found = set_out(*state, CLEAN ", " BUSY, FAULTS);
    const json_t *lib = json_at(found, "trees/lib");
    assert_int_equal(json_int_at(lib, "lines"), 10);
    assert_true(json_number_value(json_object_get(lib, "leak_proved")) == 50.0);
    const json_t *bench = json_at(found, "trees/bench");
    assert_true(json_number_value(json_object_get(bench, "covered")) == 50.0);
    /* For the page of all reports. */
    const json_t *share =
        json_object_get(json_at(found, "shares"), "lines of lib/, leak-proved");
    assert_int_equal(json_int_at(share, "hit"), 5);
    assert_int_equal(json_int_at(share, "of"), 10);
    json_decref(found);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(lines_of_balanced_runs_are_leak_proved),
        TEST(without_a_scenario_fewer_lines_are_proved),
        TEST(lines_that_ran_under_a_fault_are_hardened),
        TEST(without_faults_fewer_lines_are_hardened),
        TEST(lines_that_one_run_alone_reaches_are_listed),
        TEST(trees_are_the_sums_of_their_files),
    };
    return SUITE_RUN(tests, argc, argv);
}
