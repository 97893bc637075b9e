/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/text.h"
#include "support/json_at.h"
#include "support/scratch.h"
#include "support/suite.h"

/* What ci/ceiling makes of a result: contestants are compared within their
 * block, and the interval is that of the order statistics. */

#define BLOCKS_MAX 9

struct made {
    struct text text;
    unsigned cells;
};

static void add_cell(struct made *made, const char *subject,
                     const char *parameters, unsigned block, const char *state,
                     double throughput) {
    text_format(&made->text,
                "%s{\"subject\": \"%s\", \"label\": \"%s\", \"block\": %u,"
                " \"parameters\": {%s}, \"database\": {\"users\": 1000000},"
                " \"outcome\": {\"state\": \"%s\"},"
                " \"phases\": [{\"name\": \"steady\", \"wrong\": 0,"
                " \"failed\": 0, \"throughput_per_s\": %f,"
                " \"latency_ns\": {\"p50\": %f, \"p99\": %f}}]}",
                made->cells++ == 0 ? "" : ", ", subject, subject, block,
                parameters, state, throughput, 1e9 / throughput,
                1.5e9 / throughput);
}

/* In block b the pool is at 100 + 20 b, and the machine as fast as b + 1: the
 * figures spread by nine times, the ratios do not. */
static void add_block(struct made *made, unsigned block,
                      const char *state_of_direct) {
    double machine = 1 + block;
    add_cell(made, "dbpool", "\"pool.max\": 2, \"load.in_flight\": 1000", block,
             "completed", machine * (100 + 20 * (double)block));
    add_cell(made, "uvwork", "\"pool.max\": 2, \"load.in_flight\": 1000", block,
             "completed", machine * 50);
    add_cell(made, "direct", "\"pool.max\": 2, \"pool.batch\": 100", block,
             state_of_direct, machine * 200);
    add_cell(made, "direct", "\"pool.max\": 2, \"pool.batch\": 1", block,
             "completed", machine * 40);
    add_cell(made, "null", "\"load.in_flight\": 1000", block, "completed",
             machine * 1000);
}

/* Sets out the result of that many blocks; for json_decref(). */
static json_t *set_out(struct scratch *scratch, unsigned blocks,
                       unsigned crashed_block) {
    struct made made = {.cells = 0};
    text_init(&made.text);
    text_append(&made.text,
                "{\"scenario\": {\"title\": \"t\"}, \"started_at\": \"now\", "
                "\"version\": \"1\", \"seed\": 1, "
                "\"environment\": {\"cores\": 2}, \"cells\": [");
    for (unsigned block = 0; block < blocks; block++) {
        add_block(&made, block,
                  block == crashed_block ? "crashed" : "completed");
    }
    text_append(&made.text, "]}");
    const char *path = scratch_write(scratch, "result.json", made.text.bytes);
    text_fini(&made.text);
    const char *command =
        arena_format(scratch->arena,
                     "REPORTS=%s ci/ceiling set-out %s 'plunge run' >%s 2>&1",
                     scratch->folder, path, scratch_path(scratch, "said"));
    assert_int_equal(system(command), 0); // NOLINT: of the test's own making
    json_t *found =
        json_load_file(scratch_path(scratch, "ceiling.json"), 0, NULL);
    assert_non_null(found);
    return found;
}

static const json_t *ratio_to(const json_t *found, const char *to,
                              const char *figure) {
    size_t i;
    const json_t *ratio;
    json_array_foreach(json_at(found, "ratios"), i, ratio) {
        if (strcmp(json_text_at(ratio, "to"), to) == 0 &&
            strcmp(json_text_at(ratio, "figure"), figure) == 0) {
            return ratio;
        }
    }
    fail_msg("no ratio to %s", to);
    return NULL;
}

static void expect_ratio(const json_t *ratio, double low, double median,
                         double high, double confidence) {
    const struct {
        const char *name;
        double value;
    } expected[] = {{"low", low},
                    {"median", median},
                    {"high", high},
                    {"confidence", confidence}};
    for (size_t i = 0; i < 4; i++) {
        double value = json_number_value(json_at(ratio, expected[i].name));
        assert_in_range((long)(value * 10000 + 0.5),
                        (long)(expected[i].value * 10000) - 1,
                        (long)(expected[i].value * 10000) + 1);
    }
}

/* The binomial's table: of 7 the outermost, of 9 the second from both ends. */
static void ratios_are_those_of_the_blocks(void **state) {
    struct scratch *scratch = *state;
    json_t *found = set_out(scratch, 7, BLOCKS_MAX);
    expect_ratio(ratio_to(found, "direct", "throughput_per_s"), 0.5, 0.8, 1.1,
                 0.9844);
    json_decref(found);
    found = set_out(scratch, 9, BLOCKS_MAX);
    expect_ratio(ratio_to(found, "direct", "throughput_per_s"), 0.6, 0.9, 1.2,
                 0.9609);
    expect_ratio(ratio_to(found, "autocommit", "throughput_per_s"), 3, 4.5, 6,
                 0.9609);
    expect_ratio(ratio_to(found, "uvwork", "throughput_per_s"), 2.4, 3.6, 4.8,
                 0.9609);
    expect_ratio(ratio_to(found, "null", "throughput_per_s"), 0.12, 0.18, 0.24,
                 0.9609);
    expect_ratio(ratio_to(found, "uvwork", "p50_ns"), 1 / 4.8, 1 / 3.6, 1 / 2.4,
                 0.9609);
    json_decref(found);
}

/* The lower one of the two in the middle, as everywhere. */
static void a_block_without_its_peer_is_left_out(void **state) {
    struct scratch *scratch = *state;
    json_t *found = set_out(scratch, 9, 0);
    const json_t *ratio = ratio_to(found, "direct", "throughput_per_s");
    assert_int_equal(json_int_at(ratio, "blocks"), 8);
    expect_ratio(ratio, 0.6, 0.9, 1.3, 0.9922);
    assert_int_equal(
        json_int_at(ratio_to(found, "uvwork", "throughput_per_s"), "blocks"),
        9);
    json_decref(found);
}

static void expect_bar(const json_t *found, unsigned number, const char *to,
                       json_type reached) {
    const json_t *bar = json_array_get(json_at(found, "bars"), number);
    assert_string_equal(json_text_at(bar, "to"), to);
    assert_int_equal(json_typeof(json_at(bar, "reached")), reached);
}

static void a_bar_within_the_interval_is_neither(void **state) {
    struct scratch *scratch = *state;
    json_t *found = set_out(scratch, 9, BLOCKS_MAX);
    assert_int_equal(json_array_size(json_at(found, "bars")), 4);
    expect_bar(found, 0, "direct", JSON_NULL);
    assert_true(json_is_true(json_at(found, "bars/0/reached_by_median")));
    expect_bar(found, 1, "autocommit", JSON_TRUE);
    expect_bar(found, 2, "its own p50", JSON_TRUE);
    expect_bar(found, 3, "uvwork", JSON_TRUE);
    json_decref(found);
    found = set_out(scratch, 3, BLOCKS_MAX);
    expect_bar(found, 0, "direct", JSON_FALSE);
    json_decref(found);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(ratios_are_those_of_the_blocks),
        TEST(a_block_without_its_peer_is_left_out),
        TEST(a_bar_within_the_interval_is_neither),
    };
    return SUITE_RUN(tests, argc, argv);
}
