/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "measure/spread.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "measure/coarse.h"
#include "measure/histogram.h"
#include "support/suite.h"

struct fixture {
    struct coarse coarse;
    struct text text;
    struct spread spread;
};

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    text_init(&f->text);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    text_fini(&f->text);
    free(f);
    return 0;
}

static void and_back(struct fixture *f) {
    text_clear(&f->text);
    spread_write(&f->coarse, &f->text);
    assert_int_equal(spread_read(f->text.bytes, &f->spread), 0);
}

static void the_text_of_some_values_is_this(void **state) {
    struct fixture *f = *state;
    coarse_record(&f->coarse, 1024, 3);
    coarse_record(&f->coarse, 1279, 1);
    coarse_record(&f->coarse, 1280, 2);
    coarse_record(&f->coarse, 2047, 5);
    spread_write(&f->coarse, &f->text);
    assert_string_equal(f->text.bytes, "40:4,2,,5");
}

static void an_empty_one_is_no_text(void **state) {
    struct fixture *f = *state;
    spread_write(&f->coarse, &f->text);
    assert_int_equal(f->text.size, 0);
}

/* Whatever the value, its step begins at or below it, and the next above. */
static void a_value_is_within_its_step(void **state) {
    struct fixture *f = *state;
    for (uint64_t value = 1; value < HISTOGRAM_VALUE_MAX;
         value += 1 + value / 7) {
        memset(&f->coarse, 0, sizeof f->coarse);
        coarse_record(&f->coarse, value, 1);
        and_back(f);
        size_t step = 0;
        while (step < SPREAD_STEPS && f->spread.counts[step] == 0) {
            step++;
        }
        assert_true(spread_lowest(step) <= (double)value);
        assert_true(spread_lowest(step + 1) > (double)value);
    }
}

static void no_value_is_lost(void **state) {
    struct fixture *f = *state;
    uint64_t sum = 0;
    coarse_record(&f->coarse, 0, 1);
    coarse_record(&f->coarse, HISTOGRAM_VALUE_MAX, UINT32_MAX);
    coarse_record(&f->coarse, 77777, 12);
    and_back(f);
    for (size_t i = 0; i < SPREAD_STEPS; i++) {
        sum += f->spread.counts[i];
    }
    assert_int_equal(sum, (uint64_t)UINT32_MAX + 13);
}

static void steps_rise_by_a_quarter_of_a_doubling(void **state) {
    (void)state;
    assert_true(spread_lowest(40) == 1024);
    assert_true(spread_lowest(41) == 1280);
    assert_true(spread_lowest(42) == 1536);
    assert_true(spread_lowest(43) == 1792);
    assert_true(spread_lowest(44) == 2048);
    assert_true(spread_lowest(0) == 1);
}

static void what_is_no_spread_is_refused(void **state) {
    static const char *const wrong[] = {
        "",
        "12",
        ":1",
        "12:1;2",
        "12:1,a",
        "168:1",
        "167:1,1",
        "99999999999999999999999:1",
        "-1:1",
        "12:1,2\n",
        "1:18446744073709551616",
    };
    struct fixture *f = *state;
    f->spread.counts[5] = 77;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(spread_read(wrong[i], &f->spread), -1);
    }
    assert_int_equal(f->spread.counts[5], 77);
    assert_int_equal(spread_read("167:18446744073709551615", &f->spread), 0);
    assert_true(f->spread.counts[167] == UINT64_MAX);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(the_text_of_some_values_is_this),
        TEST(an_empty_one_is_no_text),
        TEST(a_value_is_within_its_step),
        TEST(no_value_is_lost),
        TEST(steps_rise_by_a_quarter_of_a_doubling),
        TEST(what_is_no_spread_is_refused),
    };
    return SUITE_RUN(tests, argc, argv);
}
