/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/text.h"
#include "support/json_at.h"
#include "support/scratch.h"
#include "support/suite.h"

/* What ci/decides makes of tries: which bars they reach. */

#define TRIES 100

/* How many of the tries were answered so; the others are not decided. */
struct answers {
    unsigned worse;
    unsigned same;
    double visible; /* of those that are not decided */
};

static void append_figure(struct text *text, const char *metric,
                          const char *answer, double visible) {
    text_format(text,
                ", \"%s\": {\"answer\": \"%s\", \"ratio\": 0.97, \"low\": 0.96,"
                " \"high\": 0.98, \"visible\": %f, \"samples\": 20,"
                " \"more_blocks\": 7, \"base\": 1}",
                metric, answer, visible);
}

static void append_tries(struct text *text, const struct answers *answers) {
    for (unsigned i = 0; i < TRIES; i++) {
        const char *answer = "not decided";
        if (i < answers->worse) {
            answer = "worse";
        } else if (i < answers->worse + answers->same) {
            answer = "same";
        }
        /* Who is called worse may have been so before it came so far. */
        double visible = i < answers->worse ? 0.04 : answers->visible;
        text_format(text, "%s{\"seed\": %u, \"status\": 0, \"seconds\": 20",
                    i == 0 ? "" : ", ", i);
        append_figure(text, "throughput", answer, visible);
        append_figure(text, "cpu", answer, visible);
        text_append(text, "}");
    }
}

/* The exit status; what was found is in decides.json. */
static int set_out(struct scratch *scratch, struct answers slow,
                   struct answers same) {
    struct text text;
    text_init(&text);
    text_append(&text,
                "{\"command\": \"make decides\", \"surroundings\": {"
                "\"version\": \"1\", \"seed\": 1, \"started_at\": \"now\","
                " \"environment\": {\"cores\": 2}}, \"planted\": {"
                "\"turns\": 107, \"instructions\": 9000, \"slower\": 0.0301,"
                "\"interval\": [0.027, 0.033], \"more_instructions\": 0.047},"
                " \"settings\": {\"--for\": \"20s\"}, \"tries\": {\"slow\": [");
    append_tries(&text, &slow);
    text_append(&text, "], \"same\": [");
    append_tries(&text, &same);
    text_append(&text, "]}}");
    const char *path = scratch_write(scratch, "measured.json", text.bytes);
    text_fini(&text);
    const char *command = arena_format(
        scratch->arena, "REPORTS=%s ci/decides set-out %s >%s 2>&1",
        scratch->folder, path, scratch_path(scratch, "said"));
    int status = system(command); // NOLINT: of the test's own making
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static const struct answers silent = {.visible = 0.02};

static void ninety_five_of_a_hundred_are_enough(void **state) {
    struct scratch *scratch = *state;
    assert_int_equal(set_out(scratch,
                             (struct answers){.worse = 95, .visible = 0.02},
                             silent),
                     0);
    scratch_expect_in(scratch, "decides.md", "95 of 100 | reached");
    json_t *found =
        json_load_file(scratch_path(scratch, "decides.json"), 0, NULL);
    assert_non_null(found);
    const json_t *interval = json_at(found, "slow/throughput/worse_interval");
    /* Clopper and Pearson, computed apart. */
    assert_true(fabs(json_number_value(json_array_get(interval, 0)) -
                     0.8871651) < 1e-6);
    assert_true(fabs(json_number_value(json_array_get(interval, 1)) -
                     0.9835681) < 1e-6);
    json_decref(found);
}

static void ninety_four_are_not(void **state) {
    struct scratch *scratch = *state;
    assert_int_equal(set_out(scratch,
                             (struct answers){.worse = 94, .visible = 0.02},
                             silent),
                     1);
    scratch_expect_in(scratch, "decides.md", "94 of 100 | missed");
    scratch_expect_in(scratch, "said",
                      "missed: throughput, slower by 3 %, where that is "
                      "visible");
}

/* Who cannot see it says so, and counts for neither. */
static void what_is_not_visible_is_not_missed(void **state) {
    struct scratch *scratch = *state;
    assert_int_equal(set_out(scratch,
                             (struct answers){.worse = 60, .visible = 0.05},
                             silent),
                     0);
    scratch_expect_in(scratch, "decides.md", "60 of 60 | reached");
}

static void a_machine_that_sees_nothing_reaches_nothing(void **state) {
    struct scratch *scratch = *state;
    assert_int_equal(set_out(scratch, (struct answers){.visible = 0.5}, silent),
                     1);
    scratch_expect_in(scratch, "decides.md", "0 of 0 | missed");
}

static void what_is_slower_is_never_the_same(void **state) {
    struct scratch *scratch = *state;
    assert_int_equal(
        set_out(scratch,
                (struct answers){.worse = 98, .same = 1, .visible = 0.05},
                silent),
        1);
    scratch_expect_in(scratch, "said", "never the same or better");
}

static void a_second_false_alarm_is_one_too_many(void **state) {
    struct scratch *scratch = *state;
    const struct answers slow = {.worse = 100};
    assert_int_equal(set_out(scratch, slow, (struct answers){.worse = 1}), 0);
    assert_int_equal(set_out(scratch, slow, (struct answers){.worse = 2}), 1);
    scratch_expect_in(scratch, "said", "beside itself: worse in 1% at most");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(ninety_five_of_a_hundred_are_enough),
        TEST(ninety_four_are_not),
        TEST(what_is_not_visible_is_not_missed),
        TEST(a_machine_that_sees_nothing_reaches_nothing),
        TEST(what_is_slower_is_never_the_same),
        TEST(a_second_false_alarm_is_one_too_many),
    };
    return SUITE_RUN(tests, argc, argv);
}
