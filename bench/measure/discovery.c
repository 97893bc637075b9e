/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/discovery.h"

static size_t count_within(const double *chances, size_t count, double level) {
    size_t within = 0;
    for (size_t i = 0; i < count; i++) {
        within += chances[i] <= level;
    }
    return within;
}

double discovery_level(size_t found, size_t count, double rate) {
    return rate * (double)found / (double)count;
}

/* The most that are as rare as so many have to be. What does not reach its own
 * number cannot reach one between. */
size_t discovery_count(const double *chances, size_t count, double rate) {
    size_t found = count;
    while (found != 0) {
        const size_t within =
            count_within(chances, count, discovery_level(found, count, rate));
        if (within >= found) {
            return found;
        }
        found = within;
    }
    return 0;
}
