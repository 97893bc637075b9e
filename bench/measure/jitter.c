/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/jitter.h"

#include <math.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"

#define CALIBRATION_STEPS UINT64_C(200000)
#define WITHIN 0.95

void jitter_add(struct jitter *jitter, uint64_t passed_ns) {
    jitter->readings++;
    jitter->duration_ns += passed_ns;
    if (passed_ns != 0 &&
        (jitter->resolution_ns == 0 || passed_ns < jitter->resolution_ns)) {
        jitter->resolution_ns = passed_ns;
    }
    if (passed_ns > JITTER_GAP_NS) {
        jitter->lost_ns += passed_ns;
        jitter->largest_ns =
            passed_ns > jitter->largest_ns ? passed_ns : jitter->largest_ns;
    }
}

void jitter_measure(struct jitter *jitter, uint64_t duration_ns) {
    *jitter = (struct jitter){0};
    uint64_t before_ns = clock_now_ns();
    while (jitter->duration_ns < duration_ns) {
        const uint64_t now_ns = clock_now_ns();
        jitter_add(jitter, now_ns - before_ns);
        before_ns = now_ns;
    }
}

static int by_value(const void *one, const void *other) {
    const double left = *(const double *)one;
    const double right = *(const double *)other;
    return (left > right) - (left < right);
}

double jitter_smallest(const double *first, const double *second,
                       size_t count) {
    CHECK(count > 0);
    double *apart = calloc(count, sizeof *apart);
    if (apart == NULL) {
        check_out_of_memory();
    }
    for (size_t i = 0; i < count; i++) {
        apart[i] = fabs(first[i] / second[i] - 1);
    }
    qsort(apart, count, sizeof *apart, by_value);
    const size_t rank = (size_t)ceil(WITHIN * (double)count);
    const double smallest = apart[rank - 1];
    free(apart);
    return smallest;
}

/* So many steps of the same work. Returns the ns that it took. */
static double work(uint64_t steps) {
    static volatile uint64_t kept; /* or none of it need be done */
    uint64_t value = 1;
    const uint64_t began_ns = clock_now_ns();
    for (uint64_t i = 0; i < steps; i++) {
        value = random_mix(value, i);
    }
    kept = value;
    (void)kept;
    const uint64_t took_ns = clock_now_ns() - began_ns;
    return took_ns == 0 ? 1 : (double)took_ns;
}

double jitter_same_work(uint64_t work_ns) {
    double first[JITTER_PAIRS];
    double second[JITTER_PAIRS];
    (void)work(CALIBRATION_STEPS); /* until the code is there */
    const double step_ns = work(CALIBRATION_STEPS) / (double)CALIBRATION_STEPS;
    const double wanted = (double)work_ns / step_ns;
    const uint64_t steps = wanted < 1 ? 1 : (uint64_t)wanted;
    for (size_t i = 0; i < JITTER_PAIRS; i++) {
        first[i] = work(steps);
        second[i] = work(steps);
    }
    return jitter_smallest(first, second, JITTER_PAIRS);
}
