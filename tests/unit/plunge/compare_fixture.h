/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_PLUNGE_COMPARE_FIXTURE_H
#define TESTS_UNIT_PLUNGE_COMPARE_FIXTURE_H

#include <string.h>

#include "base/arena.h"
#include "base/random.h"
#include "support/judged.h"
#include "support/sample.h"
#include "support/spread.h"
#include "support/suite.h"
#include "verdict/compare.h"

/* Two results of one scenario, ten blocks each, for a test to change one of. */
enum { BLOCKS = 10 };

struct fixture {
    struct sample base;
    struct sample newer;
    struct random random;
    struct result_fact facts[3];
};

/* Ten blocks each, whose times spread by half a per cent. */
static inline void fill(struct fixture *f, struct sample *sample) {
    sample_init(sample);
    sample->result.environment = f->facts;
    sample->result.environment_count = 3;
    for (unsigned block = 0; block < BLOCKS; block++) {
        struct result_cell *cell = block == 0
                                       ? &sample->result.cells[0]
                                       : sample_add_cell(sample, "", block);
        struct result_phase *phase = &cell->phases[0];
        const double factor =
            1 + 0.005 * spread_draw(&f->random, SPREAD_NORMAL);
        phase->throughput_per_s *= factor;
        phase->latency.p50 = (uint64_t)(2e6 / factor);
        phase->latency.p99 = (uint64_t)(4e6 / factor);
        cell->resources.peak = (struct result_usage){
            .threads = 4, .fds = 9, .rss_bytes = 6000000, .heap_bytes = 70000};
    }
}

static inline int set_up(void **state) {
    static struct fixture f;
    f.facts[0] = (struct result_fact){.name = "boot_id", .text = "b"};
    f.facts[1] = (struct result_fact){.name = "processor", .text = "p"};
    f.facts[2] = (struct result_fact){.name = "variant", .text = "release"};
    random_init(&f.random, 21);
    fill(&f, &f.base);
    fill(&f, &f.newer);
    *state = &f;
    return 0;
}

static inline int tear_down(void **state) {
    struct fixture *f = *state;
    sample_fini(&f->base);
    sample_fini(&f->newer);
    return 0;
}

static inline const struct result_comparison *
compare_with(struct fixture *f, const struct compare_options *options) {
    compare_with_saved(options, &f->base.result, "a", &f->newer.result, "b",
                       f->newer.arena);
    return &f->newer.result.comparison;
}

static inline const struct result_comparison *compare(struct fixture *f) {
    const struct compare_options options = {.tolerance =
                                                COMPARE_TOLERANCE_RUNS};
    return compare_with(f, &options);
}

static inline const struct result_compared *
find(const struct result_comparison *comparison, const char *metric) {
    for (size_t i = 0; i < comparison->figures_count; i++) {
        if (strcmp(comparison->figures[i].metric, metric) == 0) {
            return &comparison->figures[i];
        }
    }
    return NULL;
}

static inline void expect(const struct result_comparison *comparison,
                          const char *metric, const char *answer) {
    const struct result_compared *figure = find(comparison, metric);
    if (figure == NULL) {
        fail_msg("no %s", metric);
    } else if (strcmp(figure->answer, answer) != 0) {
        fail_msg("%s is %s, not %s: %s", metric, figure->answer, answer,
                 figure->why == NULL ? "" : figure->why);
    }
}

static inline void slower(struct sample *sample, double factor) {
    for (size_t i = 0; i < sample->result.cells_count; i++) {
        struct result_phase *phase = &sample->result.cells[i].phases[0];
        phase->throughput_per_s /= factor;
        phase->latency.p99 = (uint64_t)((double)phase->latency.p99 * factor);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
