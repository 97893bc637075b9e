/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_SAMPLE_H
#define TESTS_SUPPORT_SAMPLE_H

#include "base/result.h"
#include "scenario/expectation.h"
#include "scenario/scenario.h"

/* A small result in which all is well, for a test to spoil in one place: one
 * completed cell of dbpool with one measured phase "main" (100,000 lookups in
 * 10 s, p99 4 ms from the intended and 2 ms from the actual start), nothing
 * left behind, nothing exhausted. */
struct sample {
    struct arena *arena;
    struct scenario scenario; /* without expectations */
    struct result result;
};

void sample_init(struct sample *sample);
void sample_fini(struct sample *sample);

/* Setup and teardown of a cmocka test that needs one; *state is the sample. */
int sample_setup(void **state);
int sample_teardown(void **state);

/* One more cell like the first; valid until the next one is added. Counts as
 * planned. */
struct result_cell *sample_add_cell(struct sample *sample, const char *label,
                                    unsigned block);

/* The reference beside the cells of @label. */
struct result_cell *sample_add_reference(struct sample *sample,
                                         const char *subject, const char *label,
                                         unsigned block);

/* One more phase like the first. */
struct result_phase *sample_add_phase(struct sample *sample,
                                      struct result_cell *cell,
                                      const char *name);

void sample_add_leftover(struct sample *sample, struct result_cell *cell,
                         enum result_kind kind, uint64_t count);
void sample_add_slope(struct sample *sample, struct result_cell *cell,
                      const char *metric, double per_cycle);

#endif
