/* SPDX-License-Identifier: Apache-2.0 */
#include "base/quantity.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/result.h"

/* Used while the amount in it stays below @limit. */
struct unit {
    const char *name;
    double base;
    double limit;
};

static const struct unit durations[] = {
    {"ns", 1, 1000}, {"us", 1e3, 1000},  {"ms", 1e6, 1000},
    {"s", 1e9, 120}, {"min", 6e10, 120}, {"h", 3.6e12, INFINITY},
};

static const struct unit sizes[] = {
    {"B", 1, 1024},
    {"KiB", 1024, 1024},
    {"MiB", 1048576, 1024},
    {"GiB", 1073741824, 1024},
    {"TiB", 1099511627776, INFINITY},
};

static char *unknown(char *text) {
    (void)snprintf(text, QUANTITY_SIZE, "unknown");
    return text;
}

#define DECIMALS_MAX 6

/* Three digits say enough, and one of them is not 0 where that can be shown; a
 * whole number of the smallest unit has no fraction to show. */
static int decimals(double amount, bool whole) {
    if (whole || amount >= 99.95) {
        return 0;
    }
    if (amount >= 9.995) {
        return 1;
    }
    int count = 2;
    for (double rest = amount * 100; rest < 0.5 && count < DECIMALS_MAX;
         rest *= 10) {
        count++;
    }
    return count;
}

static char *scaled(char *text, double value, const struct unit *unit) {
    if (!isfinite(value)) {
        return unknown(text);
    }
    const double magnitude = fabs(value);
    const bool whole = magnitude == floor(magnitude) && magnitude < unit->limit;
    /* Half a digit early: 999.7 ns is 1.00 us, never 1000 ns. */
    while (magnitude / unit->base >= unit->limit - 0.5) {
        unit++;
    }
    const double amount = magnitude / unit->base;
    (void)snprintf(text, QUANTITY_SIZE, "%s%.*f %s", value < 0 ? "-" : "",
                   decimals(amount, whole), amount, unit->name);
    return text;
}

char *quantity_count(char *text, uint64_t count) {
    if (count == RESULT_UNKNOWN) {
        return unknown(text);
    }
    char digits[QUANTITY_SIZE];
    const size_t size =
        (size_t)snprintf(digits, sizeof digits, "%" PRIu64, count);
    char *end = text;
    for (size_t i = 0; i < size; i++) {
        if (i != 0 && (size - i) % 3 == 0) {
            *end++ = ',';
        }
        *end++ = digits[i];
    }
    *end = '\0';
    return text;
}

char *quantity_duration(char *text, double nanoseconds) {
    return scaled(text, nanoseconds, durations);
}

char *quantity_size(char *text, double bytes) {
    return scaled(text, bytes, sizes);
}

char *quantity_rate(char *text, double per_second) {
    if (!isfinite(per_second)) {
        return unknown(text);
    }
    const double magnitude = fabs(per_second);
    if (per_second < 0 || magnitude < 99.95 || magnitude > 1e15) {
        const bool whole = magnitude == floor(magnitude);
        (void)snprintf(text, QUANTITY_SIZE, "%.*f/s",
                       magnitude > 1e15 ? 0 : decimals(magnitude, whole),
                       per_second);
        return text;
    }
    char count[QUANTITY_SIZE];
    (void)snprintf(text, QUANTITY_SIZE, "%s/s",
                   quantity_count(count, (uint64_t)(per_second + 0.5)));
    return text;
}

uint64_t quantity_whole(double value) {
    if (!(value > 0)) {
        return 0;
    }
    const double nearest = floor(value + 0.5);
    return nearest < 0x1p64 ? (uint64_t)nearest : RESULT_UNKNOWN - 1;
}
