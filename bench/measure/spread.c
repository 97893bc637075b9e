/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/spread.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "measure/coarse.h"

#define QUARTERS ((size_t)4)

/* Which step a value is in; 0 and 1 ns are in the first. */
static size_t step_of(uint64_t value_ns) {
    const uint64_t value = value_ns == 0 ? 1 : value_ns;
    const size_t doubling = (size_t)(63 - __builtin_clzll(value));
    const uint64_t quarter = doubling >= 2
                                 ? value >> (doubling - 2)
                                 : value << (2 - doubling); /* 4 to 7 */
    return QUARTERS * doubling + (size_t)quarter - QUARTERS;
}

double spread_lowest(size_t step) {
    return ldexp((double)(QUARTERS + step % QUARTERS),
                 (int)(step / QUARTERS) - 2);
}

static void add_up(const struct coarse *coarse, struct spread *spread) {
    memset(spread, 0, sizeof *spread);
    for (size_t i = 0; i < COARSE_COUNTS; i++) {
        if (coarse->counts[i] != 0) {
            const size_t step = step_of(coarse_highest(i));
            CHECK(step < SPREAD_STEPS);
            spread->counts[step] += coarse->counts[i];
        }
    }
}

void spread_write(const struct coarse *coarse, struct text *text) {
    struct spread spread;
    size_t first = SPREAD_STEPS;
    size_t last = 0;
    add_up(coarse, &spread);
    for (size_t i = 0; i < SPREAD_STEPS; i++) {
        if (spread.counts[i] != 0) {
            first = first == SPREAD_STEPS ? i : first;
            last = i;
        }
    }
    if (first == SPREAD_STEPS) {
        return;
    }
    text_format(text, "%zu:", first);
    for (size_t i = first; i <= last; i++) {
        text_append(text, i == first ? "" : ",");
        if (spread.counts[i] != 0) {
            text_format(text, "%" PRIu64, spread.counts[i]);
        }
    }
}

/* Takes the digits at *@string; false: the number is too large. */
static bool take_number(const char **string, uint64_t *number_out) {
    uint64_t number = 0;
    for (; **string >= '0' && **string <= '9'; (*string)++) {
        const uint64_t digit = (uint64_t)(**string - '0');
        if (number > (UINT64_MAX - digit) / 10) {
            return false;
        }
        number = number * 10 + digit;
    }
    *number_out = number;
    return true;
}

int spread_read(const char *string, struct spread *spread_out) {
    struct spread spread = {{0}};
    uint64_t step = 0;
    const char *begin = string;
    if (!take_number(&string, &step) || string == begin || *string != ':') {
        return -1;
    }
    do {
        string++;
        if (step >= SPREAD_STEPS ||
            !take_number(&string, &spread.counts[step++])) {
            return -1;
        }
    } while (*string == ',');
    if (*string != '\0') {
        return -1;
    }
    *spread_out = spread;
    return 0;
}
