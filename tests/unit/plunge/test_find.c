/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "scenario/find.h"

#include "base/clock.h"
#include "unit/plunge/scenario_fixture.h"

/* What a question of a search is read with. What comes of it is in
 * tests/integration/test_find.c. */

/* @text with @value for what is to be found, as a cell's process reads it. */
static const struct scenario *ask(struct fixture *f, const char *text,
                                  const struct scenario *scenario,
                                  const struct find_question *question) {
    struct scenario_override overrides[FIND_OVERRIDES_MAX];
    const struct scenario_source source = {
        .path = "t.yaml",
        .text = text,
        .overrides = overrides,
        .overrides_count = find_ask(scenario, question, f->arena, overrides),
    };
    struct scenario *asked = NULL;
    int error_number = 0;
    assert_int_equal(
        scenario_read(&source, f->arena, &asked, &f->problems, &error_number),
        SCENARIO_OK);
    return asked;
}

static const struct scenario_settings *
confirm(struct fixture *f, const char *text, uint64_t value) {
    struct find_question question = {.value = value};
    read_good(f, text);
    const struct scenario *scenario = f->scenario;
    question.longer = ask(f, text, scenario, &question);
    return &ask(f, text, scenario, &question)->cells[0].settings;
}

/* The plan of a thousand cycles is a thousand times as long as that of one. */
static void what_is_confirmed_has_the_time_that_it_takes(void **state) {
    const struct scenario_settings *settings =
        confirm(*state,
                FIXTURE_HEAD "load: {in_flight: 3, for: 10s}\n"
                             "find: {cycles: {from: 1, to: 10k, holds: errors "
                             "== 0}}\n",
                1000);
    assert_true(settings->cycles == 1000);
    assert_true(settings->phases[0].for_ns == 30 * CLOCK_NS_PER_S);
    assert_true(settings->limits.time_ns >= scenario_planned_ns(settings));
}

static void a_duration_that_is_found_is_not_made_longer(void **state) {
    const struct scenario_settings *settings =
        confirm(*state,
                FIXTURE_HEAD "load: {in_flight: 3, for: 1s}\n"
                             "find: {load.for: {from: 1s, to: 1h, holds: "
                             "errors == 0}}\n",
                1000 * CLOCK_NS_PER_S);
    assert_true(settings->phases[0].for_ns == 1000 * CLOCK_NS_PER_S);
    assert_true(settings->limits.time_ns >= scenario_planned_ns(settings));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_confirmed_has_the_time_that_it_takes),
        TEST(a_duration_that_is_found_is_not_made_longer),
    };
    return SUITE_RUN(tests, argc, argv);
}
