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

/* What ci/curves, ci/million and ci/opening make of what was measured: points
 * are compared within their block, and what is not whole is refused. */

#define SURROUNDINGS                                                           \
    "\"started_at\": \"now\", \"version\": \"1\", \"seed\": 1, "               \
    "\"environment\": {\"cores\": 2}"

/* Runs ci/NAME with @arguments; its status, and what it said in "said". */
static int set_out(struct scratch *scratch, const char *name,
                   const char *arguments) {
    int status = system(arena_format( // NOLINT: of the test's own making
        scratch->arena,
        "REPORTS=%s CURVES_NOTES=%s/notes.md ci/%s set-out %s words >%s/said "
        "2>&1",
        scratch->folder, scratch->folder, name, arguments, scratch->folder));
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* For json_decref(). */
static json_t *json_of(struct scratch *scratch, const char *name) {
    json_t *found = json_load_file(scratch_path(scratch, name), 0, NULL);
    assert_non_null(found);
    return found;
}

/* In ten-thousandths. */
static void expect_number(const json_t *json, const char *place, double value) {
    double found = json_number_value(json_at(json, place));
    assert_int_equal((long)(found * 10000 + 0.5), (long)(value * 10000 + 0.5));
}

/* ---- Results -------------------------------------------------------------*/

struct made {
    struct text text;
    unsigned cells;
};

static void begin(struct made *made) {
    made->cells = 0;
    text_init(&made->text);
    text_append(&made->text, "{\"scenario\": {\"title\": \"t\"}, " SURROUNDINGS
                             ", \"cells\": [");
}

struct cell {
    const char *subject;
    unsigned users;
    unsigned threads;
    unsigned in_flight;
    double speed;
};

static void add_cell(struct made *made, unsigned block,
                     const struct cell *cell) {
    text_format(&made->text,
                "%s{\"subject\": \"%s\", \"label\": \"\", \"block\": %u, "
                "\"parameters\": {\"load.in_flight\": %u}, "
                "\"database\": {\"users\": %u}, \"pool\": {\"max\": %u}, "
                "\"outcome\": {\"state\": \"completed\"}, \"phases\": [{"
                "\"name\": \"steady\", \"wrong\": 0, \"failed\": 0, "
                "\"in_flight_peak\": %u, \"throughput_per_s\": %f, "
                "\"latency_ns\": {\"p50\": 1, \"p99\": 2}}]}",
                made->cells++ == 0 ? "" : ", ", cell->subject, block,
                cell->in_flight, cell->users, cell->threads, cell->in_flight,
                cell->speed);
}

static const char *finish(struct scratch *scratch, struct made *made) {
    text_append(&made->text, "]}");
    const char *path = scratch_write(scratch, "result.json", made->text.bytes);
    text_fini(&made->text);
    return path;
}

/* In block b the machine is b + 1 times as fast: figures spread, ratios do
 * not, but for the point that is at 100 + 20 b. */
static const char *make_curves(struct scratch *scratch, unsigned blocks) {
    struct made made;
    begin(&made);
    for (unsigned block = 0; block < blocks; block++) {
        double machine = 1 + block;
        const struct cell cells[] = {
            {"dbpool", 1000000, 2, 1, machine * (100 + 20 * (double)block)},
            {"dbpool", 1000000, 2, 1000, machine * 1000},
            {"dbpool", 1000000, 2, 10000, machine * 800},
            {"dbpool", 1000, 2, 1000, machine * 2000},
            {"dbpool", 1000000, 8, 10000, machine * 400},
            {"direct", 1000000, 2, 0, machine * 1250},
            {"null", 1000000, 5, 1000, machine * 4000},
        };
        for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
            add_cell(&made, block, &cells[i]);
        }
    }
    return finish(scratch, &made);
}

#define ROWS(hand_ns)                                                          \
    "{\"blocks\": 2, \"points\": ["                                            \
    "{\"rows\": 1, \"row_bytes\": 64, \"in_flight\": 64, \"results\": 9, "     \
    " \"dbpool_ns\": [20, 60], \"hand_ns\": [" hand_ns "]}, "                  \
    "{\"rows\": 10, \"row_bytes\": 64, \"in_flight\": 64, \"results\": 9, "    \
    " \"dbpool_ns\": [30, 30], \"hand_ns\": [10, 10]}, "                       \
    "{\"rows\": 1, \"row_bytes\": 16, \"in_flight\": 64, \"results\": 9, "     \
    " \"dbpool_ns\": [20, 60], \"hand_ns\": [10, 20]}]}"

static const char good_rows[] = ROWS("10, 20");

static int set_out_curves(struct scratch *scratch, unsigned blocks,
                          const char *rows) {
    const char *result = make_curves(scratch, blocks);
    return set_out(scratch, "curves",
                   arena_format(scratch->arena, "%s %s", result,
                                scratch_write(scratch, "rows.json", rows)));
}

/* ---- Curves --------------------------------------------------------------*/

static void points_stand_beside_the_best_of_their_block(void **state) {
    struct scratch *scratch = *state;
    assert_int_equal(set_out_curves(scratch, 7, good_rows), 0);
    json_t *found = json_of(scratch, "curves.json");
    assert_string_equal(json_text_at(found, "curves/0/curve"), "in flight");
    assert_int_equal(json_int_at(found, "curves/0/best"), 1000);
    expect_number(found, "curves/0/points/0/of_best/median", 0.16);
    expect_number(found, "curves/0/points/0/of_best/low", 0.10);
    expect_number(found, "curves/0/points/0/of_best/high", 0.22);
    expect_number(found, "curves/0/points/2/of_best/low", 0.80);
    expect_number(found, "curves/0/points/1/of_null/median", 0.25);
    assert_int_equal(json_int_at(found, "curves/1/best"), 1000);
    expect_number(found, "curves/1/points/1/of_best/high", 0.5);
    expect_number(found, "curves/1/points/1/of_direct/high", 0.8);
    assert_int_equal(json_int_at(found, "curves/2/points/1/at"), 8);
    expect_number(found, "curves/2/points/1/of_best/low", 0.5);
    expect_number(found, "row_curves/0/points/0/ratio/high", 3);
    expect_number(found, "row_curves/0/points/0/ratio/low", 2);
    assert_int_equal(json_int_at(found, "row_curves/1/points/0/at"), 16);
    json_decref(found);
}

static void explanations_survive(void **state) {
    struct scratch *scratch = *state;
    (void)scratch_write(scratch, "notes.md",
                        "For nobody.\n\n## users\n\nA larger tree.\n");
    assert_int_equal(set_out_curves(scratch, 7, good_rows), 0);
    scratch_expect_in(scratch, "curves.md", "\nA larger tree.\n\n## Threads\n");
    scratch_expect_in(scratch, "curves.md", "\nNot explained yet.\n");
    (void)scratch_write(scratch, "notes.md", "\n## user\nLost.\n");
    assert_int_equal(set_out_curves(scratch, 7, good_rows), 1);
    scratch_expect_in(scratch, "said",
                      "notes.md:2: expected one of in flight, users,");
    scratch_expect_in(scratch, "said", "got \"user\"");
}

static void blocks_of_rows_that_are_no_pairs_are_refused(void **state) {
    struct scratch *scratch = *state;
    assert_int_equal(set_out_curves(scratch, 7, ROWS("10")), 1);
    scratch_expect_in(scratch, "said", "2 and 1 blocks of one point of rows");
    assert_int_equal(set_out_curves(scratch, 7, "no"), 1);
    scratch_expect_in(scratch, "said", "rows.json: Expecting value");
}

static void a_curve_without_points_is_refused(void **state) {
    struct scratch *scratch = *state;
    assert_int_equal(set_out_curves(scratch, 0, good_rows), 1);
    scratch_expect_in(scratch, "said",
                      "the curve of in flight: expected two points");
}

/* ---- A million -----------------------------------------------------------*/

static const char good_memory[] =
    "{\"in_flight\": 10, \"request_bytes\": 150, \"parameter_bytes\": 24, "
    "\"stages\": [%s"
    "{\"name\": \"finished\", \"bytes\": 600, \"sqlite_bytes\": 0, "
    " \"loop_bytes\": 0, \"resident_bytes\": 4096}, "
    "{\"name\": \"answered\", \"bytes\": 0, \"sqlite_bytes\": 0, "
    " \"loop_bytes\": 0, \"resident_bytes\": 4096}, "
    "{\"name\": \"waiting again\", \"bytes\": 0, \"sqlite_bytes\": 0, "
    " \"loop_bytes\": 0, \"resident_bytes\": 4096}, "
    "{\"name\": \"given back\", \"bytes\": 0, \"sqlite_bytes\": 0, "
    " \"loop_bytes\": 0, \"resident_bytes\": 4096}]}";

static const char waiting[] =
    "{\"name\": \"waiting\", \"bytes\": 10, \"sqlite_bytes\": 20, "
    " \"loop_bytes\": 0, \"resident_bytes\": 4096}, ";

static int set_out_million(struct scratch *scratch, unsigned numbers,
                           const char *first_stage) {
    struct made made;
    begin(&made);
    for (unsigned block = 0; block < 6; block++) {
        for (unsigned i = 0; i < numbers; i++) {
            const struct cell cell = {"dbpool", 1000000, 2, 10 + i,
                                      (1 + block) * (i == 0 ? 1000.0 : 900.0)};
            add_cell(&made, block, &cell);
        }
    }
    const char *result = finish(scratch, &made);
    const char *memory =
        arena_format(scratch->arena, good_memory, first_stage); // NOLINT
    return set_out(scratch, "million",
                   arena_format(scratch->arena, "%s %s", result,
                                scratch_write(scratch, "memory.json", memory)));
}

static void memory_is_told_with_the_struct(void **state) {
    struct scratch *scratch = *state;
    assert_int_equal(set_out_million(scratch, 2, waiting), 0);
    json_t *found = json_of(scratch, "million.json");
    expect_number(found, "speed/high", 0.9);
    assert_true(json_is_true(json_at(found, "speed/reached")));
    expect_number(found, "memory/stages/0/bytes", 151);
    expect_number(found, "memory/stages/0/block_bytes", 1);
    expect_number(found, "memory/stages/0/sqlite_bytes", 2);
    expect_number(found, "memory/stages/1/bytes", 210);
    assert_true(json_is_true(json_at(found, "memory/reached_waiting")));
    assert_true(json_is_false(json_at(found, "memory/reached")));
    json_decref(found);
    scratch_expect_in(scratch, "million.md",
                      "| at any stage: <= 200 bytes | 210.0 | missed |");
}

static void a_million_needs_both_numbers_and_all_stages(void **state) {
    struct scratch *scratch = *state;
    assert_int_equal(set_out_million(scratch, 1, waiting), 1);
    scratch_expect_in(scratch, "said", "load.in_flight: expected two values");
    assert_int_equal(set_out_million(scratch, 2, ""), 1);
    scratch_expect_in(scratch, "said", "these stages was not counted: waiting");
}

/* ---- Opening -------------------------------------------------------------*/

static int set_out_opening(struct scratch *scratch, const char *hand_ns) {
    const char *measured = arena_format(
        scratch->arena,
        "{\"surroundings\": {" SURROUNDINGS "}, \"cases\": [{\"min\": 1, "
        "\"max\": 1, \"lookups\": 1, \"threads\": 1, \"connections\": 1, "
        "\"dbpool\": {\"ns\": [11, 24, 39, 44, 55, 66], \"allocations\": 3.0}, "
        "\"hand\": {\"ns\": [%s], \"allocations\": 2.0}}]}",
        hand_ns);
    return set_out(scratch, "opening",
                   scratch_write(scratch, "measured.json", measured));
}

static void opening_is_compared_in_pairs(void **state) {
    struct scratch *scratch = *state;
    assert_int_equal(set_out_opening(scratch, "10, 20, 30, 40, 50, 60"), 0);
    json_t *found = json_of(scratch, "opening.json");
    expect_number(found, "cases/0/low", 1.1);
    expect_number(found, "cases/0/median", 1.1);
    expect_number(found, "cases/0/high", 1.3);
    assert_true(json_is_true(json_at(found, "cases/0/reached")));
    json_decref(found);
    assert_int_equal(set_out_opening(scratch, "5, 6, 7, 8, 9, 10"), 0);
    scratch_expect_in(scratch, "opening.md", "| missed |");
    assert_int_equal(set_out_opening(scratch, "10, 20, 30"), 1);
    scratch_expect_in(scratch, "said", "6 rounds of the pool's and 3 by hand");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(points_stand_beside_the_best_of_their_block),
        TEST(explanations_survive),
        TEST(blocks_of_rows_that_are_no_pairs_are_refused),
        TEST(a_curve_without_points_is_refused),
        TEST(memory_is_told_with_the_struct),
        TEST(a_million_needs_both_numbers_and_all_stages),
        TEST(opening_is_compared_in_pairs),
    };
    return SUITE_RUN(tests, argc, argv);
}
