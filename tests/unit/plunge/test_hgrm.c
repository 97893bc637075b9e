/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "report/hgrm.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "measure/histogram.h"
#include "report/hlog.h"
#include "support/sample.h"
#include "support/suite.h"

/* HdrHistogram's own: 1000, 2000, ... 10000 once each, 5 three times, 1000000
 * once. */
#define VECTOR                                                                 \
    "HISTFAAAAD94nJNpmSzMwMCgzAABzFCaEURcm7yEwf4DRICT7TA/"                     \
    "01l+pqkcTE/ZmRayMH1khqLlTEzfGZl+ZzEBAJ9QDo0="

/* By HdrHistogram's Java and JavaScript, but for its unit: here ms of ns. */
#define LINES                                                                  \
    "       Value     Percentile TotalCount 1/(1-Percentile)\n"                \
    "\n"                                                                       \
    "       0.000 0.000000000000          3           1.00\n"                  \
    "       0.000 0.100000000000          3           1.11\n"                  \
    "       0.000 0.200000000000          3           1.25\n"                  \
    "       0.002 0.300000000000          5           1.43\n"                  \
    "       0.003 0.400000000000          6           1.67\n"                  \
    "       0.004 0.500000000000          7           2.00\n"                  \
    "       0.005 0.550000000000          8           2.22\n"                  \
    "       0.006 0.600000000000          9           2.50\n"                  \
    "       0.007 0.650000000000         10           2.86\n"                  \
    "       0.007 0.700000000000         10           3.33\n"                  \
    "       0.008 0.750000000000         11           4.00\n"                  \
    "       0.008 0.775000000000         11           4.44\n"                  \
    "       0.009 0.800000000000         12           5.00\n"                  \
    "       0.009 0.825000000000         12           5.71\n"                  \
    "       0.009 0.850000000000         12           6.67\n"                  \
    "       0.010 0.875000000000         13           8.00\n"                  \
    "       0.010 0.887500000000         13           8.89\n"                  \
    "       0.010 0.900000000000         13          10.00\n"                  \
    "       0.010 0.912500000000         13          11.43\n"                  \
    "       0.010 0.925000000000         13          13.33\n"                  \
    "       1.000 0.937500000000         14          16.00\n"                  \
    "       1.000 1.000000000000         14\n"                                 \
    "#[Mean    =        0.075, StdDeviation   =        0.257]\n"               \
    "#[Max     =        1.000, Total count    =           14]\n"               \
    "#[Buckets =           32, SubBuckets     =         2048]\n"

struct fixture {
    struct sample sample;
    struct text text;
};

static int begin(void **state) {
    static struct fixture f;
    sample_init(&f.sample);
    f.sample.result.started_at = "2026-09-24T10:00:00Z";
    f.sample.result.cells[0].phases[0].histogram = VECTOR;
    text_init(&f.text);
    *state = &f;
    return 0;
}

static int end(void **state) {
    struct fixture *f = *state;
    text_fini(&f->text);
    sample_fini(&f->sample);
    return 0;
}

static void the_lines_are_those_of_hdrhistogram(void **state) {
    struct fixture *f = *state;
    struct histogram histogram;
    histogram_init(&histogram);
    assert_int_equal(histogram_decode(&histogram, VECTOR), 0);
    hgrm_append(&histogram, &f->text);
    assert_string_equal(f->text.bytes, LINES);
    histogram_fini(&histogram);
}

/* All but one of so many are 100 %, as far as a double knows. */
static void so_many_samples_come_to_an_end(void **state) {
    struct fixture *f = *state;
    struct histogram histogram;
    histogram_init(&histogram);
    histogram_record_many(&histogram, 100, UINT64_C(1) << 60);
    histogram_record_many(&histogram, 200, 1);
    hgrm_append(&histogram, &f->text);
    histogram_fini(&histogram);
    assert_in_range(f->text.size, 1, 100000);
    assert_null(strstr(f->text.bytes, "inf"));
    assert_non_null(
        strstr(f->text.bytes, "0.000 1.000000000000 1152921504606846977\n"));
}

static void one_curve_is_a_file_of_the_scenario(void **state) {
    struct fixture *f = *state;
    size_t count = 0;
    const struct format_file *files =
        hgrm_files(&f->sample.result, f->sample.arena, &count);
    assert_int_equal(count, 1);
    assert_string_equal(files[0].name, "sample.hgrm");
    assert_string_equal(
        files[0].bytes,
        LINES "#[sample/main: ms from the intended start, 1 block]\n");
}

/* The blocks are added, phase by phase; nothing is averaged. */
static void blocks_are_added_and_points_are_files(void **state) {
    struct fixture *f = *state;
    static const char *const labels[] = {"pool.max=4", "a/b c"};
    for (unsigned block = 0; block < 2; block++) {
        for (size_t i = 0; i < 2; i++) {
            sample_add_cell(&f->sample, labels[i], block)->phases[0].histogram =
                VECTOR;
        }
    }
    size_t count = 0;
    const struct format_file *files =
        hgrm_files(&f->sample.result, f->sample.arena, &count);
    assert_int_equal(count, 3);
    assert_string_equal(files[0].name, "sample.main.hgrm");
    assert_string_equal(files[1].name, "sample.pool.max=4.main.hgrm");
    assert_string_equal(files[2].name, "sample.a_b_c.main.hgrm");
    assert_non_null(strstr(files[1].bytes, "Total count    =           28]"));
    assert_non_null(strstr(files[1].bytes, "2 blocks added]\n"));
    hgrm_write(&f->sample.result, f->sample.arena, &f->text);
    assert_int_equal(f->text.size,
                     files[0].size + files[1].size + files[2].size);
}

static void no_curve_is_written_over_another(void **state) {
    struct fixture *f = *state;
    static const char *const labels[] = {"a/b", "a_b", "a b"};
    for (size_t i = 0; i < 3; i++) {
        sample_add_cell(&f->sample, labels[i], 0)->phases[0].histogram = VECTOR;
    }
    size_t count = 0;
    const struct format_file *files =
        hgrm_files(&f->sample.result, f->sample.arena, &count);
    assert_int_equal(count, 4);
    assert_string_equal(files[1].name, "sample.a_b.main.hgrm");
    assert_string_equal(files[2].name, "sample.a_b.main.2.hgrm");
    assert_string_equal(files[3].name, "sample.a_b.main.3.hgrm");
}

static void a_long_label_is_no_long_name(void **state) {
    struct fixture *f = *state;
    char label[400];
    memset(label, 'x', sizeof label - 1);
    label[sizeof label - 1] = '\0';
    sample_add_cell(&f->sample, label, 0)->phases[0].histogram = VECTOR;
    size_t count = 0;
    const struct format_file *files =
        hgrm_files(&f->sample.result, f->sample.arena, &count);
    assert_string_equal(files[1].name, "sample.1.hgrm");
}

/* With one block unknown the whole is: no part is shown for it. */
static void what_has_no_histogram_is_left_out(void **state) {
    struct fixture *f = *state;
    size_t count = 1;
    f->sample.result.cells[0].phases[0].histogram = NULL;
    (void)hgrm_files(&f->sample.result, f->sample.arena, &count);
    assert_int_equal(count, 0);
    hgrm_write(&f->sample.result, f->sample.arena, &f->text);
    assert_int_equal(f->text.size, 0);
}

static void a_log_has_a_line_a_phase_under_its_tag(void **state) {
    struct fixture *f = *state;
    struct result_cell *cell =
        sample_add_cell(&f->sample, "pool.max=4 load.keys=[a, b]", 0);
    cell->phases[0].histogram = VECTOR;
    struct result_phase *phase =
        sample_add_phase(&f->sample, cell, "unmeasured");
    phase->histogram = VECTOR;
    phase->measured = false;
    hlog_write(&f->sample.result, f->sample.arena, &f->text);
    assert_string_equal(
        f->text.bytes,
        "#[Logged with plunge 0.1.0]\n"
        "#[Scenario: sample]\n"
        "#[An interval is a phase of a cell; they stand as if one followed the "
        "other]\n"
        "#[Histogram log format version 1.3]\n"
        "#[StartTime: 1790244000.000 (seconds since epoch), Thu Sep 24 "
        "10:00:00 UTC 2026]\n"
        "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_"
        "Compressed_Histogram\"\n"
        "Tag=main,0.000,10.000,7.000," VECTOR "\n"
        "Tag=pool.max=4_load.keys=[a__b]/main,10.000,10.000,7.000," VECTOR
        "\n");
}

static void what_is_broken_into_lines_is_one_line(void **state) {
    struct fixture *f = *state;
    f->sample.result.cells[0].phases[0].histogram =
        "HIST\r\nFAAA\nTag=x,0,1,2,<+/=";
    hlog_write(&f->sample.result, f->sample.arena, &f->text);
    assert_non_null(strstr(
        f->text.bytes, "\nTag=main,0.000,10.000,7.000,HISTFAAATag=x012+/=\n"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(the_lines_are_those_of_hdrhistogram),
        TEST(so_many_samples_come_to_an_end),
        TEST(one_curve_is_a_file_of_the_scenario),
        TEST(blocks_are_added_and_points_are_files),
        TEST(no_curve_is_written_over_another),
        TEST(a_long_label_is_no_long_name),
        TEST(what_has_no_histogram_is_left_out),
        TEST(what_is_broken_into_lines_is_one_line),
        TEST(a_log_has_a_line_a_phase_under_its_tag),
    };
    return SUITE_RUN(tests, argc, argv);
}
