/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/result.h"
#include "base/text.h"
#include "report/page.h"
#include "report/summary.h"
#include "support/suite.h"

#define GOLDEN_SIZE_MAX 65536

/* PLUNGE_GOLDEN=write writes what is to be expected. */
static void assert_golden(const char *name, const struct result *result) {
    char path[256];
    const char *mode = getenv("PLUNGE_GOLDEN");
    struct text golden;
    struct text text;
    text_init(&golden);
    text_init(&text);
    summary_comparison(result, false, &text);
    (void)snprintf(path, sizeof path, "tests/golden/compare/%s.txt", name);
    if (mode != NULL && strcmp(mode, "write") == 0) {
        assert_int_equal(file_make_folder("tests/golden/compare"), 0);
        assert_int_equal(file_write(path, text.bytes, text.size), 0);
    }
    assert_int_equal(file_read(path, GOLDEN_SIZE_MAX, &golden), 0);
    assert_string_equal(text.bytes, golden.bytes);
    text_fini(&text);
    text_fini(&golden);
}

/* A figure that was decided on samples. */
#define TIME(name, base, new, change, from, to, what, seen)                    \
    {                                                                          \
        .point = "", .subject = "dbpool", .metric = (name), .phase = "steady", \
        .unit = "ns", .base_value = (base), .new_value = (new),                \
        .ratio = (change), .low = (from), .high = (to), .confidence = 0.998,   \
        .tolerance = 0.05, .visible = (seen), .samples = 10, .answer = (what), \
        .more_blocks = RESULT_UNKNOWN                                          \
    }

/* A count. */
#define COUNT(name, base, new, what)                                           \
    {                                                                          \
        .point = "", .subject = "dbpool", .metric = (name), .unit = "count",   \
        .base_value = (base), .new_value = (new), .ratio = NAN, .low = NAN,    \
        .high = NAN, .confidence = 1, .visible = 0, .samples = 10,             \
        .answer = (what), .more_blocks = RESULT_UNKNOWN                        \
    }

static struct result of(struct result_compared *figures, size_t count,
                        const char *answer, const char *why) {
    return (struct result){
        .version = "0.1.0",
        .scenario = {.path = "rush.yaml", .title = "Rush"},
        .comparison = {.given = true,
                       .base = {"reports/a", "0.1.0", "release",
                                "2026-09-24T10:00:00Z"},
                       .newer = {"reports/b", "0.2.0", "release",
                                 "2026-09-24T11:00:00Z"},
                       .method = "two runs",
                       .tolerance = 0.05,
                       .error = 0.01,
                       .answer = answer,
                       .why = why,
                       .figures = figures,
                       .figures_count = count},
    };
}

static void every_figure_of_a_point_has_its_row(void **state) {
    (void)state;
    struct result_compared figures[] = {
        TIME("throughput", 480000, 420000, 0.875, 0.86, 0.89, "worse", 0.08),
        TIME("p50", 2e6, 2e6, 1.0001, 0.98, 1.02, "same", 0.08),
        TIME("p99", 4e6, 3e6, 0.75, 0.7, 0.8, "better", 0.09),
        TIME("p99.9", 9e6, 9.5e6, 1.05, 0.9, 1.2, "not decided", 0.3),
        TIME("service.p50", 1e6, 1e6, NAN, NAN, NAN, "not decided", NAN),
        COUNT("errors", 0, 3, "worse"),
        COUNT("wrong", 0, 0, "same"),
        COUNT("left_behind.thread", 3, 1, "better"),
        COUNT("exhausted_at", NAN, 22, "worse"),
        COUNT("syscalls", 2.25, 2.25, "same"),
        COUNT("allocations", NAN, 1, "not compared"),
        COUNT("rss", 6e6, 6.1e6, "same"),
    };
    figures[0].unit = "per_s";
    figures[3].more_blocks = 14;
    figures[4].more_blocks = 123456;
    figures[4].why = "not decided: 2 blocks of each";
    figures[5].why = "in 1 of 10 blocks";
    figures[9].ratio = 1;
    figures[10].why = "the first: 10 of 10 blocks left out";
    figures[11].unit = "bytes";
    figures[11].ratio = 1.0167;
    figures[11].visible = 0.1;
    struct result_remark remarks[] = {{"kernel is 6.1 in the first"},
                                      {"plunge is 0.1.0 in the first"}};
    struct result result =
        of(figures, sizeof figures / sizeof figures[0], "worse",
           "throughput in steady (-12.5 %), errors");
    result.comparison.remarks = remarks;
    result.comparison.remarks_count = 2;
    assert_golden("worse", &result);
}

static void of_a_sweep_what_has_changed_is_shown(void **state) {
    (void)state;
    struct result_compared figures[] = {
        TIME("throughput", 480000, 481000, 1.002, 0.99, 1.01, "same", 0.08),
        TIME("p99", 4e6, 4e6, 1, 0.99, 1.01, "same", 0.08),
        TIME("throughput", 480000, 400000, 0.83, 0.8, 0.86, "worse", 0.08),
        TIME("p99", 4e6, 4e6, 1, 0.99, 1.01, "same", 0.08),
    };
    figures[0].point = figures[1].point = "pool.max=4";
    figures[2].point = figures[3].point = "pool.max=8";
    figures[1].phase = figures[3].phase = "spike";
    const struct result result =
        of(figures, 4, "worse", "throughput in steady of pool.max=8 (-17.0 %)");
    assert_golden("sweep", &result);
}

static void a_reason_of_many_is_said_once(void **state) {
    (void)state;
    struct result_compared figures[] = {
        TIME("throughput", 480000, 481000, 1.002, NAN, NAN, "not decided", NAN),
        TIME("p50", 4e6, 4e6, 1, NAN, NAN, "not decided", NAN),
        TIME("p99", 4e6, 4e6, 1, NAN, NAN, "not decided", NAN),
        COUNT("errors", 0, 0, "same"),
    };
    for (size_t i = 0; i < 3; i++) {
        figures[i].why = "not decided: taken in another boot: use --vs";
    }
    const struct result result =
        of(figures, 4, "not decided", "3 of 4 figures are not decided");
    assert_golden("boot", &result);
}

/* Of a file that somebody wrote by hand. */
static void what_is_missing_is_left_out(void **state) {
    (void)state;
    struct result_compared figures[] = {
        {.point = "", .subject = "", .metric = "", .answer = ""}};
    struct result result = of(figures, 1, "", NULL);
    result.comparison.error = NAN;
    result.comparison.base = (struct result_side){.path = ""};
    result.comparison.newer = (struct result_side){.path = "\033[31mred"};
    assert_golden("bare", &result);
}

static void assert_no_such_number(const struct result *result) {
    static const char *const none[] = {"nan", "inf"};
    struct text text;
    text_init(&text);
    summary_comparison(result, false, &text);
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        if (strstr(text.bytes, none[i]) != NULL) {
            fail_msg("%s in %s", none[i], text.bytes);
        }
    }
    text_fini(&text);
}

static void what_is_no_number_is_not_shown_as_one(void **state) {
    (void)state;
    struct result_compared figures[] = {
        TIME("p99", 4e6, 3e6, 1e307, 1, 1e308, "worse", 1e308)};
    struct result result = of(figures, 1, "worse", NULL);
    result.comparison.tolerance = 1e308;
    result.comparison.error = 5e-324;
    assert_no_such_number(&result);
    result.comparison.tolerance = NAN;
    result.comparison.error = NAN;
    result.comparison.method = "";
    assert_no_such_number(&result);
    struct arena *arena = arena_new();
    assert_string_equal(page_compared_method(&result.comparison, arena), "-");
    arena_free(arena);
}

static void no_comparison_is_no_page(void **state) {
    (void)state;
    const struct result plain = {.scenario = {.title = "Rush"}};
    struct text text;
    text_init(&text);
    summary_comparison(&plain, false, &text);
    assert_string_equal(text.bytes, "Rush\n");
    text_fini(&text);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_figure_of_a_point_has_its_row),
        cmocka_unit_test(of_a_sweep_what_has_changed_is_shown),
        cmocka_unit_test(a_reason_of_many_is_said_once),
        cmocka_unit_test(what_is_missing_is_left_out),
        cmocka_unit_test(what_is_no_number_is_not_shown_as_one),
        cmocka_unit_test(no_comparison_is_no_page),
    };
    return SUITE_RUN(tests, argc, argv);
}
