/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/minima.h"

#include <math.h>

void minima_init(struct minima *minima) {
    minima->count = 0;
    minima->width = 1;
    minima->current = INFINITY;
    minima->current_count = 0;
}

size_t minima_merge(double *values, size_t count) {
    for (size_t i = 0; i < count / 2; i++) {
        values[i] = fmin(values[2 * i], values[2 * i + 1]);
    }
    return count / 2;
}

void minima_add(struct minima *minima, double value) {
    minima->current = fmin(minima->current, value);
    if (++minima->current_count < minima->width) {
        return;
    }
    minima->values[minima->count++] = minima->current;
    minima->current = INFINITY;
    minima->current_count = 0;
    if (minima->count == MINIMA_MAX) {
        minima->count = minima_merge(minima->values, minima->count);
        minima->width *= 2;
    }
}
