/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "dbpool.h"
#include "support/json_at.h"
#include "support/scratch.h"
#include "support/suite.h"

/* build/VARIANT/beside, which measures the library beside the same by hand. */

struct said {
    int status;
    struct text text;
};

/* build/VARIANT/@program @arguments, with what it says on both. */
static struct said run(struct scratch *scratch, const char *program,
                       const char *arguments) {
    char self[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(size > 0);
    self[size] = '\0';
    *strrchr(self, '/') = '\0';       /* build/VARIANT/integration */
    int status = system(arena_format( // NOLINT: of the test's own making
        scratch->arena, "cd '%s' && '%s/../%s' %s >said 2>&1", scratch->folder,
        self, program, arguments));
    assert_true(WIFEXITED(status));
    struct said said = {.status = WEXITSTATUS(status)};
    text_init(&said.text);
    assert_int_equal(
        file_read(scratch_path(scratch, "said"), 1 << 20, &said.text), 0);
    return said;
}

static void generate(struct scratch *scratch, const char *users) {
    struct said said =
        run(scratch, "plunge",
            arena_format(scratch->arena, "generate -q --users %s u.db", users));
    assert_int_equal(said.status, 0);
    text_fini(&said.text);
}

/* For json_decref(). */
static json_t *run_well(struct scratch *scratch, const char *arguments) {
    struct said said = run(scratch, "beside", arguments);
    if (said.status != 0) {
        fail_msg("beside %s: %d, %s", arguments, said.status, said.text.bytes);
    }
    json_t *found = json_loads(said.text.bytes, 0, NULL);
    assert_non_null(found);
    text_fini(&said.text);
    return found;
}

static void expect_refusal(struct scratch *scratch, const char *arguments,
                           int status, const char *words) {
    struct said said = run(scratch, "beside", arguments);
    assert_int_equal(said.status, status);
    if (strstr(said.text.bytes, words) == NULL) {
        fail_msg("expected: %s\ngot: %s", words, said.text.bytes);
    }
    text_fini(&said.text);
}

/* The program itself fails where a round is not like the others. */
static void both_sides_start_and_open_the_same(void **state) {
    static const struct {
        const char *arguments;
        int threads;
        int connections;
    } cases[] = {{"opening u.db 1 1 1 3", 1, 1},
                 {"opening u.db 3 5 1 3", 3, 1},
                 {"opening u.db 3 5 5 3", 5, 5},
                 {"opening u.db 0 4 2 3", 2, 2}};
    struct scratch *scratch = *state;
    generate(scratch, "10");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *found = run_well(scratch, cases[i].arguments);
        assert_int_equal(json_int_at(found, "threads"), cases[i].threads);
        assert_int_equal(json_int_at(found, "connections"),
                         cases[i].connections);
        assert_int_equal(json_array_size(json_at(found, "dbpool/ns")), 3);
        assert_int_equal(json_array_size(json_at(found, "hand/ns")), 3);
        assert_int_equal(json_int_at(found, "dbpool/blocks_left"), 0);
        assert_int_equal(json_int_at(found, "hand/blocks_left"), 0);
        json_decref(found);
    }
    assert_int_equal(scratch_entries(scratch), 2); /* u.db, said: no log */
}

static void one_side_runs_alone_to_be_counted(void **state) {
    struct scratch *scratch = *state;
    generate(scratch, "10");
    struct said said = run(scratch, "beside", "open-once hand u.db 1 1 1 2");
    assert_int_equal(said.status, 0);
    text_fini(&said.text);
    said = run(scratch, "beside", "open-once dbpool u.db 1 1 1 2");
    assert_int_equal(said.status, 0);
    text_fini(&said.text);
}

static void bad_arguments_are_refused(void **state) {
    struct scratch *scratch = *state;
    generate(scratch, "10");
    expect_refusal(scratch, "", 2, "beside opening DATABASE MIN MAX");
    expect_refusal(scratch, "opening u.db 1", 2, "usage");
    expect_refusal(scratch, "opening u.db 3 2 1 1", 1,
                   "MIN: expected a number from 0 to 2, got \"3\"");
    expect_refusal(scratch, "opening u.db 1 5 6 1", 1,
                   "LOOKUPS: expected a number from 1 to 5, got \"6\"");
    expect_refusal(scratch, "opening u.db 1 20 11 1", 1,
                   "u.db: has 10 users, 11 are asked for");
    expect_refusal(scratch, "opening no.db 1 1 1 1", 1, "no.db: unable to");
    expect_refusal(scratch, "open-once both u.db 1 1 1 1", 1,
                   "WHO: expected dbpool or hand, got \"both\"");
    expect_refusal(scratch, "memory u.db many 1", 1,
                   "IN_FLIGHT: expected a number from 1 to 100000000");
}

static const json_t *stage(const json_t *found, size_t index,
                           const char *name) {
    const json_t *one = json_array_get(json_at(found, "stages"), index);
    assert_string_equal(json_text_at(one, "name"), name);
    return one;
}

static void expect_blocks(const json_t *stage, json_int_t count) {
    assert_int_equal(json_int_at(stage, "blocks"), count);
    assert_int_equal(json_int_at(stage, "bytes") > 0, count > 0);
    assert_int_equal(json_int_at(stage, "sqlite_bytes"), 0);
}

/* A request that has not run has nothing of the library's but its own struct,
 * until it is used again. */
static void memory_is_counted_by_stage(void **state) {
    struct scratch *scratch = *state;
    generate(scratch, "1000");
    json_t *found = run_well(scratch, "memory u.db 1000 2");
    assert_int_equal(json_int_at(found, "request_bytes"),
                     sizeof(struct dbpool_request));
    assert_true(json_int_at(found, "sqlite_bytes_before") > 0); /* told apart */
    expect_blocks(stage(found, 0, "waiting"), 0);
    expect_blocks(stage(found, 1, "finished"), 1000);
    expect_blocks(stage(found, 2, "answered"), 1000);
    expect_blocks(stage(found, 3, "waiting again"), 1000);
    expect_blocks(stage(found, 4, "given back"), 0);
    json_decref(found);
}

/* The program itself fails where both sides have not seen the same. */
static void rows_are_measured_on_both_sides(void **state) {
    struct scratch *scratch = *state;
    json_t *found = run_well(scratch, "rows . 1");
    const json_t *points = json_at(found, "points");
    assert_int_equal(json_array_size(points), 12);
    for (size_t i = 0; i < json_array_size(points); i++) {
        const json_t *point = json_array_get(points, i);
        assert_int_equal(json_array_size(json_at(point, "dbpool_ns")), 1);
        assert_int_equal(json_array_size(json_at(point, "hand_ns")), 1);
    }
    json_decref(found);
    assert_int_equal(scratch_entries(scratch), 1); /* said */
}

static void a_database_that_is_there_is_left_alone(void **state) {
    struct scratch *scratch = *state;
    (void)scratch_write(scratch, "rows.db", "mine");
    expect_refusal(scratch, "rows . 1", 1, "./rows.db is there already");
    assert_int_equal(scratch_entries(scratch), 2);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(both_sides_start_and_open_the_same),
        TEST(one_side_runs_alone_to_be_counted),
        TEST(bad_arguments_are_refused),
        TEST(memory_is_counted_by_stage),
        TEST(rows_are_measured_on_both_sides),
        TEST(a_database_that_is_there_is_left_alone),
    };
    return SUITE_RUN(tests, argc, argv);
}
