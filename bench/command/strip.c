/* SPDX-License-Identifier: Apache-2.0 */
#include "command/strip.h"

#include "base/result.h"
#include "base/text.h"

static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
enum { BARS_COUNT = sizeof bars / sizeof bars[0] };

void strip_put(struct strip *strip, uint64_t value) {
    strip->values[strip->count++ % STRIP_VALUES_MAX] = value;
}

static uint64_t highest(const struct strip *strip, size_t from) {
    uint64_t most = 0;
    for (size_t i = from; i < strip->count; i++) {
        uint64_t value = strip->values[i % STRIP_VALUES_MAX];
        if (value != RESULT_UNKNOWN && value > most) {
            most = value;
        }
    }
    return most;
}

/* Only the highest itself is full. */
static const char *bar_of(uint64_t value, uint64_t most) {
    if (value == RESULT_UNKNOWN) {
        return " ";
    }
    double share = most == 0 ? 0 : (double)value / (double)most;
    size_t height = (size_t)(share * BARS_COUNT);
    return bars[height < BARS_COUNT ? height : BARS_COUNT - 1];
}

void strip_append(const struct strip *strip, size_t width, struct text *text) {
    size_t kept =
        strip->count < STRIP_VALUES_MAX ? strip->count : STRIP_VALUES_MAX;
    size_t from = strip->count - (kept < width ? kept : width);
    uint64_t most = highest(strip, from);
    for (size_t i = from; i < strip->count; i++) {
        text_append(text, bar_of(strip->values[i % STRIP_VALUES_MAX], most));
    }
}
