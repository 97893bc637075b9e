/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck */
#include "load/stages.h"

#include <math.h>

#include "load/tally.h"
#include "support/load_fixture.h"
#include "support/suite.h"

/* ---- Recorded ------------------------------------------------------------*/

static struct stages *record(struct stages *stages, struct histogram *latency,
                             const uint64_t of[RESULT_STAGES_COUNT]) {
    uint64_t at_ns[RESULT_STAGES_COUNT + 1] = {1000000};
    for (size_t i = 0; i < RESULT_STAGES_COUNT; i++) {
        at_ns[i + 1] = at_ns[i] + of[i];
    }
    const struct dbpool_request_times told = {
        .submitted_ns = at_ns[1],
        .taken_ns = at_ns[2],
        .begun_ns = at_ns[3],
        .ended_ns = at_ns[4],
        .delivered_ns = at_ns[5],
    };
    const struct tally_times times = {
        .intended_ns = at_ns[0],
        .submitted_ns = at_ns[1],
        .answered_ns = at_ns[6],
        .told = &told,
    };
    stages_record(stages, &times);
    histogram_record(latency, at_ns[6] - at_ns[0]);
    return stages;
}

struct recorded {
    struct stages *stages;
    struct histogram latency;
    struct result_phase phase;
};

static int set_up_recorded(void **state) {
    static struct recorded recorded;
    recorded = (struct recorded){.stages = stages_new(true)};
    histogram_init(&recorded.latency);
    *state = &recorded;
    return 0;
}

static int tear_down_recorded(void **state) {
    struct recorded *recorded = *state;
    stages_free(recorded->stages);
    histogram_fini(&recorded->latency);
    return 0;
}

static void every_stage_has_its_histogram(void **state) {
    struct recorded *recorded = *state;
    const uint64_t of[] = {1, 2, 3, 4, 5, 6};
    (void)record(recorded->stages, &recorded->latency, of);
    stages_result(recorded->stages, &recorded->latency, &recorded->phase);
    assert_true(recorded->phase.staged);
    for (size_t i = 0; i < RESULT_STAGES_COUNT; i++) {
        assert_int_equal(recorded->phase.stages.of[i].count, 1);
        assert_int_equal(recorded->phase.stages.of[i].max, of[i]);
    }
    assert_false(recorded->phase.tail.given);
}

/* Most wait in the queue for long; the slowest do not: nothing but the database
 * makes them slow. A percentile of the queue would say otherwise. */
static void the_tail_is_of_the_lookups_in_it(void **state) {
    struct recorded *recorded = *state;
    const uint64_t usual[] = {0, 900000, 10000, 20000, 10000, 5000};
    const uint64_t slow[] = {1000, 2000, 3000, 90000000, 4000, 5000};
    for (unsigned i = 0; i < 20000; i++) {
        (void)record(recorded->stages, &recorded->latency,
                     i % 500 == 0 ? slow : usual);
    }
    stages_result(recorded->stages, &recorded->latency, &recorded->phase);
    const struct result_tail *tail = &recorded->phase.tail;
    assert_true(tail->given);
    assert_true(tail->percentile == 99.9);
    assert_int_equal(tail->count, 40);
    for (size_t i = 0; i < RESULT_STAGES_COUNT; i++) {
        assert_true(tail->mean_ns[i] == (double)slow[i]);
    }
    assert_int_equal(recorded->phase.stages.of[RESULT_QUEUE].p99_9, 900000);
}

static void of_few_lookups_the_tail_begins_earlier_or_is_none(void **state) {
    struct recorded *recorded = *state;
    const uint64_t of[] = {0, 100, 100, 100, 100, 100};
    for (unsigned i = 0; i < 999; i++) {
        (void)record(recorded->stages, &recorded->latency, of);
    }
    stages_result(recorded->stages, &recorded->latency, &recorded->phase);
    assert_true(recorded->phase.tail.given);
    assert_true(recorded->phase.tail.percentile == 99);
    stages_clear(recorded->stages);
    histogram_clear(&recorded->latency);
    for (unsigned i = 0; i < 900; i++) {
        (void)record(recorded->stages, &recorded->latency, of);
    }
    recorded->phase = (struct result_phase){0};
    stages_result(recorded->stages, &recorded->latency, &recorded->phase);
    assert_false(recorded->phase.tail.given);
}

static void those_of_several_threads_add_up(void **state) {
    struct recorded *recorded = *state;
    struct stages *other = stages_new(true);
    const uint64_t of[] = {1, 20, 300, 4000, 50000, 600000};
    for (unsigned i = 0; i < 1000; i++) {
        (void)record(recorded->stages, &recorded->latency, of);
        (void)record(other, &recorded->latency, of);
    }
    stages_add(recorded->stages, other);
    stages_free(other);
    stages_result(recorded->stages, &recorded->latency, &recorded->phase);
    assert_int_equal(recorded->phase.stages.of[RESULT_CALLBACK].count, 2000);
    assert_int_equal(recorded->phase.tail.count, 2000);
    assert_true(recorded->phase.tail.mean_ns[RESULT_PICKUP] == 300);
}

static void what_is_not_told_belongs_to_the_next_stage(void **state) {
    struct recorded *recorded = *state;
    const struct dbpool_request_times told = {.begun_ns = 130, .ended_ns = 150};
    const struct tally_times times = {.intended_ns = 100,
                                      .submitted_ns = 110,
                                      .answered_ns = 190,
                                      .told = &told};
    stages_record(recorded->stages, &times);
    stages_result(recorded->stages, &recorded->latency, &recorded->phase);
    const struct result_latency *of = recorded->phase.stages.of;
    assert_int_equal(of[RESULT_LAG].max, 10);
    assert_int_equal(of[RESULT_QUEUE].count, 0);
    assert_int_equal(of[RESULT_PICKUP].max, 20);
    assert_int_equal(of[RESULT_DATABASE].max, 20);
    assert_int_equal(of[RESULT_HANDBACK].count, 0);
    assert_int_equal(of[RESULT_CALLBACK].max, 40);
}

/* ---- Of the subjects -----------------------------------------------------*/

static const struct result_phase *run(struct load_fixture *f,
                                      enum scenario_subject subject) {
    load_fixture_make_database(f);
    f->settings.pool.subject = subject;
    f->settings.stages = true;
    f->phases[0].lookups = 2000;
    load_fixture_start(f, NULL);
    load_warm_up(f->load, &f->outcome);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    const struct result_phase *phase = &f->cell.phases[0];
    assert_int_equal(phase->completed, 2000);
    assert_true(phase->staged);
    return phase;
}

/* The stages of all lookups add up to their latencies: the means do, too, but
 * for the width of the histograms' buckets. */
static void expect_whole(const struct result_phase *phase) {
    double sum = 0;
    for (size_t i = 0; i < RESULT_STAGES_COUNT; i++) {
        sum += phase->stages.of[i].count == 0 ? 0 : phase->stages.of[i].mean;
    }
    assert_true(fabs(sum - phase->latency.mean) < phase->latency.mean / 100);
}

static void expect_stages(const struct result_phase *phase, uint64_t queue,
                          uint64_t pickup, uint64_t database,
                          uint64_t handback) {
    const struct result_latency *of = phase->stages.of;
    assert_int_equal(of[RESULT_LAG].count, 2000);
    assert_int_equal(of[RESULT_QUEUE].count, queue);
    assert_int_equal(of[RESULT_PICKUP].count, pickup);
    assert_int_equal(of[RESULT_DATABASE].count, database);
    assert_int_equal(of[RESULT_HANDBACK].count, handback);
    expect_whole(phase);
}

static void a_pool_tells_of_every_stage(void **state) {
    const struct result_phase *phase = run(*state, SCENARIO_DBPOOL);
    expect_stages(phase, 2000, 2000, 2000, 2000);
    assert_true(phase->tail.given);
}

static void uvwork_tells_of_every_stage(void **state) {
    expect_stages(run(*state, SCENARIO_UVWORK), 2000, 2000, 2000, 2000);
}

static void direct_has_no_queue_and_hands_nothing_back(void **state) {
    expect_stages(run(*state, SCENARIO_DIRECT), 0, 2000, 2000, 0);
}

static void null_has_lag_alone(void **state) {
    const struct result_phase *phase = run(*state, SCENARIO_NULL);
    assert_int_equal(phase->stages.of[RESULT_LAG].count, 2000);
    assert_int_equal(phase->stages.of[RESULT_CALLBACK].count, 0);
    assert_false(phase->tail.given);
}

static void without_being_asked_nobody_measures(void **state) {
    struct load_fixture *f = *state;
    load_fixture_start(f, NULL);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    assert_false(f->cell.phases[0].staged);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, set_up_recorded, tear_down_recorded)
#define LOAD_TEST(name)                                                        \
    cmocka_unit_test_setup_teardown(name, load_fixture_set_up,                 \
                                    load_fixture_tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(every_stage_has_its_histogram),
        TEST(the_tail_is_of_the_lookups_in_it),
        TEST(of_few_lookups_the_tail_begins_earlier_or_is_none),
        TEST(those_of_several_threads_add_up),
        TEST(what_is_not_told_belongs_to_the_next_stage),
        LOAD_TEST(a_pool_tells_of_every_stage),
        LOAD_TEST(uvwork_tells_of_every_stage),
        LOAD_TEST(direct_has_no_queue_and_hands_nothing_back),
        LOAD_TEST(null_has_lag_alone),
        LOAD_TEST(without_being_asked_nobody_measures),
    };
    return SUITE_RUN(tests, argc, argv);
}
