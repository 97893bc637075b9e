/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/result_json.h"
#include "base/text.h"
#include "support/suite.h"

struct fixture {
    struct arena *arena;
    struct text text;
};

static int set_up(void **state) {
    static struct fixture fixture;
    fixture.arena = arena_new();
    text_init(&fixture.text);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    arena_free(fixture->arena);
    text_fini(&fixture->text);
    return 0;
}

/* All of it different. */
static struct result_compared figures[] = {
    {.point = "pool.max=4",
     .subject = "dbpool",
     .metric = "throughput",
     .phase = "steady",
     .unit = "per_s",
     .base_value = 1000.5,
     .new_value = 900.25,
     .ratio = 0.75,
     .low = 0.875,
     .high = 0.9375,
     .confidence = 0.998,
     .tolerance = 0.02,
     .visible = 0.031,
     .samples = 12,
     .answer = "worse",
     .more_blocks = RESULT_UNKNOWN,
     .why = "because"},
    {.point = "",
     .subject = "direct",
     .metric = "p99",
     .unit = "ns",
     .base_value = 5,
     .new_value = 6,
     .ratio = NAN,
     .low = NAN,
     .high = NAN,
     .confidence = NAN,
     .tolerance = 0.05,
     .visible = NAN,
     .samples = 3,
     .answer = "not decided",
     .more_blocks = 9},
};

static struct result_remark remarks[] = {{"one"}, {"two"}};

static const struct result compared = {
    .version = "0.1.0",
    .comparison = {.given = true,
                   .base = {"a/result.json", "0.1.0", "release", "2026"},
                   .newer = {"build/plunge", "0.2.0", "debug", NULL},
                   .method = "two runs",
                   .tolerance = 0.02,
                   .error = 0.01,
                   .answer = "worse",
                   .why = "1 of 2 figures is worse",
                   .remarks = remarks,
                   .remarks_count = 2,
                   .figures = figures,
                   .figures_count = 2},
};

static struct result *read_back(struct fixture *f) {
    struct result *result = NULL;
    const char *problem = NULL;
    if (result_json_read(f->text.bytes, f->text.size, f->arena, &result,
                         &problem) != 0) {
        fail_msg("%s", problem);
    }
    return result;
}

/* To the last byte; and nothing is lost on both ways alike, since all that is
 * set above can be found. */
static void a_comparison_comes_back_whole(void **state) {
    static const char *const parts[] = {
        "\"comparison\":{\"base\":{\"path\":\"a/result.json\",\"version\":"
        "\"0.1.0\",\"build\":\"release\",\"started_at\":\"2026\"},\"new\":{",
        "\"build\":\"debug\",\"started_at\":null},\"method\":\"two runs\",",
        "\"tolerance\":0.02,\"error\":0.01,\"answer\":\"worse\",\"why\":",
        "\"remarks\":[{\"text\":\"one\"},{\"text\":\"two\"}],\"figures\":[{",
        "\"point\":\"pool.max=4\",\"subject\":\"dbpool\",\"metric\":"
        "\"throughput\",\"phase\":\"steady\",\"unit\":\"per_s\",",
        "\"base\":1000.5,\"new\":900.25,\"ratio\":0.75,\"low\":0.875,"
        "\"high\":0.9375,\"confidence\":0.998,\"tolerance\":0.02,"
        "\"visible\":0.031,\"samples\":12,\"answer\":\"worse\","
        "\"more_blocks\":null,\"why\":\"because\"}",
        "\"phase\":null,\"unit\":\"ns\",",
        "\"ratio\":null,\"low\":null,\"high\":null,\"confidence\":null,",
        "\"more_blocks\":9,\"why\":null}]}",
    };
    struct fixture *f = *state;
    result_json_write(&compared, RESULT_JSON_LINE, &f->text);
    const char *from = f->text.bytes;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *found = strstr(from, parts[i]);
        if (found == NULL) {
            fail_msg("no %s in %s", parts[i], from);
        } else {
            from = found;
        }
    }
    struct text again;
    text_init(&again);
    const struct result *back = read_back(f);
    result_json_write(back, RESULT_JSON_LINE, &again);
    assert_string_equal(again.bytes, f->text.bytes);
    text_fini(&again);
    assert_true(back->comparison.given);
    assert_true(isnan(back->comparison.figures[1].visible));
    assert_true(back->comparison.figures[0].more_blocks == RESULT_UNKNOWN);
}

static void no_comparison_is_null(void **state) {
    struct fixture *f = *state;
    const struct result plain = {.version = "0.1.0"};
    result_json_write(&plain, RESULT_JSON_LINE, &f->text);
    assert_non_null(strstr(f->text.bytes, "\"comparison\":null"));
    assert_false(read_back(f)->comparison.given);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_comparison_comes_back_whole),
        TEST(no_comparison_is_null),
    };
    return SUITE_RUN(tests, argc, argv);
}
