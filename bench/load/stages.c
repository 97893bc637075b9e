/* SPDX-License-Identifier: Apache-2.0 */
#include "load/stages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "load/tally.h"

/* A tail has ten lookups at least, as a percentile that is judged. */
#define TAIL_LEAST 10

struct stages *stages_new(bool whole) {
    struct stages *stages = calloc(1, sizeof *stages);
    if (stages == NULL) {
        check_out_of_memory();
    }
    stages->whole = whole;
    for (size_t i = 0; i < RESULT_STAGES_COUNT && (whole || i == 0); i++) {
        histogram_init(&stages->times[i]);
    }
    if (whole) {
        stages->groups = calloc(STAGES_GROUPS, sizeof *stages->groups);
        if (stages->groups == NULL) {
            check_out_of_memory();
        }
    }
    return stages;
}

static size_t histograms_count(const struct stages *stages) {
    return stages->whole ? RESULT_STAGES_COUNT : 1;
}

void stages_free(struct stages *stages) {
    for (size_t i = 0; stages != NULL && i < histograms_count(stages); i++) {
        histogram_fini(&stages->times[i]);
    }
    if (stages != NULL) {
        free(stages->groups);
    }
    free(stages);
}

void stages_clear(struct stages *stages) {
    for (size_t i = 0; i < histograms_count(stages); i++) {
        histogram_clear(&stages->times[i]);
    }
    if (stages->whole) {
        memset(stages->groups, 0, STAGES_GROUPS * sizeof *stages->groups);
    }
}

void stages_add(struct stages *into, const struct stages *from) {
    for (size_t i = 0; i < histograms_count(into); i++) {
        histogram_add(&into->times[i], &from->times[i]);
    }
    for (size_t i = 0; into->whole && i < STAGES_GROUPS; i++) {
        into->groups[i].count += from->groups[i].count;
        for (size_t j = 0; j < RESULT_STAGES_COUNT; j++) {
            into->groups[i].sum_ns[j] += from->groups[i].sum_ns[j];
        }
    }
}

/* ---- One lookup ----------------------------------------------------------*/

/* Ends a stage at @end_ns; 0: the subject does not know when. */
static uint64_t end_stage(struct stages *stages, struct stages_group *group,
                          enum result_stage stage, uint64_t begin_ns,
                          uint64_t end_ns) {
    if (end_ns < begin_ns) {
        return begin_ns;
    }
    histogram_record(&stages->times[stage], end_ns - begin_ns);
    group->sum_ns[stage] += end_ns - begin_ns;
    return end_ns;
}

static size_t group_of(uint64_t latency_ns) {
    return histogram_index(latency_ns < HISTOGRAM_VALUE_MAX
                               ? latency_ns
                               : HISTOGRAM_VALUE_MAX) /
           STAGES_GROUP;
}

void stages_record(struct stages *stages, const struct tally_times *times) {
    const struct dbpool_request_times *told = times->told;
    if (!stages->whole || told == NULL || told->ended_ns == 0) {
        histogram_record(&stages->times[RESULT_LAG],
                         times->submitted_ns - times->intended_ns);
        return;
    }
    struct stages_group *group =
        &stages->groups[group_of(times->answered_ns - times->intended_ns)];
    uint64_t at_ns = times->intended_ns;
    group->count++;
    at_ns = end_stage(stages, group, RESULT_LAG, at_ns, times->submitted_ns);
    at_ns = end_stage(stages, group, RESULT_QUEUE, at_ns, told->taken_ns);
    at_ns = end_stage(stages, group, RESULT_PICKUP, at_ns, told->begun_ns);
    at_ns = end_stage(stages, group, RESULT_DATABASE, at_ns, told->ended_ns);
    at_ns =
        end_stage(stages, group, RESULT_HANDBACK, at_ns, told->delivered_ns);
    (void)end_stage(stages, group, RESULT_CALLBACK, at_ns, times->answered_ns);
}

/* ---- The tail ------------------------------------------------------------*/

static void tail_result(const struct stages *stages,
                        const struct histogram *latency,
                        struct result_tail *tail) {
    static const double percentiles[] = {99.9, 99};
    struct stages_group sum = {0};
    uint64_t left = 0;
    for (size_t i = 0; i < 2 && left < TAIL_LEAST; i++) {
        tail->percentile = percentiles[i];
        left = latency->total -
               (uint64_t)((double)latency->total * percentiles[i] / 100);
    }
    if (left < TAIL_LEAST) {
        return;
    }
    tail->from_ns = histogram_percentile(latency, tail->percentile);
    for (size_t i = group_of(tail->from_ns); i < STAGES_GROUPS; i++) {
        sum.count += stages->groups[i].count;
        for (size_t j = 0; j < RESULT_STAGES_COUNT; j++) {
            sum.sum_ns[j] += stages->groups[i].sum_ns[j];
        }
    }
    tail->given = sum.count != 0;
    tail->count = sum.count;
    for (size_t j = 0; j < RESULT_STAGES_COUNT && tail->given; j++) {
        tail->mean_ns[j] = stages->times[j].total == 0
                               ? (double)NAN
                               : (double)sum.sum_ns[j] / (double)sum.count;
    }
}

void stages_result(const struct stages *stages, const struct histogram *latency,
                   struct result_phase *result_out) {
    result_out->staged = true;
    for (size_t i = 0; i < histograms_count(stages); i++) {
        histogram_summary(&stages->times[i], &result_out->stages.of[i]);
    }
    if (stages->whole) {
        tail_result(stages, latency, &result_out->tail);
    }
}
