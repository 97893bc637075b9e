/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/memory.h"

#include <stddef.h>

#include "scenario/expectation.h"
#include "scenario/scenario.h"

bool memory_is_asked_for(const struct scenario *scenario) {
    for (size_t i = 0; i < scenario->expectations_count; i++) {
        enum expectation_metric metric = scenario->expectations[i].metric;
        if (metric == EXPECTATION_RSS || metric == EXPECTATION_HEAP) {
            return true;
        }
    }
    return false;
}

static bool names_heap(const struct expectation *expectation) {
    if (expectation->metric != EXPECTATION_LEFT_BEHIND) {
        return false;
    }
    if (expectation->kind_given) {
        return expectation->kind == RESULT_HEAP;
    }
    for (size_t i = 0; i < expectation->kinds_count; i++) {
        if (expectation->kinds[i].kind == RESULT_HEAP) {
            return true;
        }
    }
    return false;
}

bool memory_blocks_are_asked_for(const struct scenario *scenario) {
    for (size_t i = 0; i < scenario->expectations_count; i++) {
        if (names_heap(&scenario->expectations[i])) {
            return true;
        }
    }
    return false;
}

static bool is_memory_slope(const struct expectation *expectation) {
    return expectation->metric == EXPECTATION_RSS && expectation->per_cycle;
}

bool memory_slope_is_asked_for(const struct scenario *scenario) {
    for (size_t i = 0; i < scenario->expectations_count; i++) {
        if (is_memory_slope(&scenario->expectations[i])) {
            return true;
        }
    }
    return false;
}

double memory_slope_limit(const struct scenario *scenario) {
    double limit = 0;
    for (size_t i = 0; i < scenario->expectations_count; i++) {
        const struct expectation *expectation = &scenario->expectations[i];
        bool is_limit = is_memory_slope(expectation) &&
                        expectation->operand == EXPECTATION_VALUE &&
                        expectation->value > 0;
        if (is_limit && (limit == 0 || expectation->value < limit)) {
            limit = expectation->value;
        }
    }
    return limit;
}
