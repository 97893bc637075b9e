/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/unit.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"

#define ITEMS_COUNT(array) (sizeof(array) / sizeof *(array))
#define FRACTION_DIGITS_MAX 18

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit counts[] = {
    {"", 1}, {"k", 1000}, {"M", 1000000}, {"G", 1000000000}};

static const struct unit durations[] = {
    {"ns", 1},
    {"us", 1000},
    {"\xc2\xb5s", 1000}, /* U+00B5, the micro sign */
    {"\xce\xbcs", 1000}, /* U+03BC, the Greek letter that looks the same */
    {"ms", 1000000},
    {"s", 1000000000},
    {"m", UINT64_C(60000000000)},
    {"h", UINT64_C(3600000000000)},
};

static const struct unit sizes[] = {
    {"B", 1},
    {"KiB", UINT64_C(1) << 10},
    {"MiB", UINT64_C(1) << 20},
    {"GiB", UINT64_C(1) << 30},
    {"kB", 1000},
    {"MB", 1000000},
    {"GB", 1000000000},
};

static const struct unit rates[] = {
    {"/s", 1}, {"k/s", 1000}, {"M/s", 1000000}, {"G/s", 1000000000}};

static const struct unit shares[] = {{"%", 10000}};

/* The digits and the rest of a quantity. */
struct quantity {
    uint64_t whole;
    uint64_t fraction;       /* 25 of 1.250 */
    uint64_t fraction_scale; /* 100 of 1.250 */
    bool fraction_given;
    const char *suffix;
};

static bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

/* Takes the digits after the point, without zeros at their end. */
static enum unit_status split_fraction(const char **at,
                                       struct quantity *quantity) {
    const char *text = *at;
    size_t count = 0;
    while (is_digit(text[count])) {
        count++;
    }
    if (count == 0) {
        return UNIT_MALFORMED;
    }
    *at = text + count;
    while (count > 0 && text[count - 1] == '0') {
        count--;
    }
    if (count > FRACTION_DIGITS_MAX) {
        return UNIT_MALFORMED;
    }
    for (size_t i = 0; i < count; i++) {
        quantity->fraction =
            quantity->fraction * 10 + (uint64_t)(text[i] - '0');
        quantity->fraction_scale *= 10;
    }
    return UNIT_OK;
}

static enum unit_status split(const char *text, struct quantity *quantity) {
    *quantity = (struct quantity){.fraction_scale = 1};
    if (!is_digit(text[0]) || (text[0] == '0' && is_digit(text[1]))) {
        return UNIT_MALFORMED;
    }
    enum unit_status status = UNIT_OK;
    for (; is_digit(*text); text++) {
        const uint64_t digit = (uint64_t)(*text - '0');
        if (__builtin_mul_overflow(quantity->whole, 10, &quantity->whole) ||
            __builtin_add_overflow(quantity->whole, digit, &quantity->whole)) {
            status = UNIT_TOO_LARGE;
        }
    }
    if (*text == '.') {
        text++;
        quantity->fraction_given = true;
        if (split_fraction(&text, quantity) != UNIT_OK) {
            return UNIT_MALFORMED;
        }
    }
    quantity->suffix = text;
    return status;
}

static const struct unit *find(const struct unit *units, size_t units_count,
                               const char *suffix) {
    for (size_t i = 0; i < units_count; i++) {
        if (strcmp(units[i].name, suffix) == 0) {
            return &units[i];
        }
    }
    return NULL;
}

static enum unit_status parse(const char *text, const struct unit *units,
                              size_t units_count, uint64_t *value_out) {
    struct quantity quantity;
    const enum unit_status status = split(text, &quantity);
    if (status == UNIT_MALFORMED) {
        return status;
    }
    const struct unit *unit = find(units, units_count, quantity.suffix);
    if (unit == NULL || (quantity.fraction_given && *unit->name == '\0')) {
        return UNIT_MALFORMED;
    }
    /* Below 10^18 times below 10^13: no overflow in 128 bits. */
    const unsigned __int128 part =
        (unsigned __int128)quantity.fraction * unit->factor;
    if (part % quantity.fraction_scale != 0) {
        return UNIT_MALFORMED;
    }
    const uint64_t rest = (uint64_t)(part / quantity.fraction_scale);
    uint64_t value = 0;
    if (status == UNIT_TOO_LARGE ||
        __builtin_mul_overflow(quantity.whole, unit->factor, &value) ||
        __builtin_add_overflow(value, rest, &value)) {
        return UNIT_TOO_LARGE;
    }
    *value_out = value;
    return UNIT_OK;
}

enum unit_status unit_count(const char *text, uint64_t *count_out) {
    return parse(text, counts, ITEMS_COUNT(counts), count_out);
}

enum unit_status unit_duration(const char *text, uint64_t *ns_out) {
    return parse(text, durations, ITEMS_COUNT(durations), ns_out);
}

enum unit_status unit_size(const char *text, uint64_t *bytes_out) {
    return parse(text, sizes, ITEMS_COUNT(sizes), bytes_out);
}

enum unit_status unit_rate(const char *text, uint64_t *per_second_out) {
    return parse(text, rates, ITEMS_COUNT(rates), per_second_out);
}

enum unit_status unit_share(const char *text, uint64_t *millionths_out) {
    return parse(text, shares, ITEMS_COUNT(shares), millionths_out);
}

enum unit_status unit_number(const char *text, double *number_out) {
    struct quantity quantity;
    const enum unit_status status = split(text, &quantity);
    if (status != UNIT_OK) {
        return status;
    }
    const struct unit *unit =
        find(counts, ITEMS_COUNT(counts), quantity.suffix);
    if (unit == NULL) {
        return UNIT_MALFORMED;
    }
    *number_out =
        ((double)quantity.whole +
         (double)quantity.fraction / (double)quantity.fraction_scale) *
        (double)unit->factor;
    return UNIT_OK;
}

enum unit_status unit_boolean(const char *text, bool *boolean_out) {
    if (strcmp(text, "yes") == 0 || strcmp(text, "true") == 0) {
        *boolean_out = true;
        return UNIT_OK;
    }
    if (strcmp(text, "no") == 0 || strcmp(text, "false") == 0) {
        *boolean_out = false;
        return UNIT_OK;
    }
    return UNIT_MALFORMED;
}

/* The last unit of the table that leaves no rest. */
static const char *text_of(struct arena *arena, uint64_t value,
                           const struct unit *units, size_t units_count) {
    const struct unit *best = &units[0];
    for (size_t i = 1; i < units_count; i++) {
        if (value != 0 && value % units[i].factor == 0 &&
            units[i].factor > best->factor) {
            best = &units[i];
        }
    }
    return arena_format(arena, "%" PRIu64 "%s", value / best->factor,
                        best->name);
}

const char *unit_count_text(struct arena *arena, uint64_t count) {
    return text_of(arena, count, counts, ITEMS_COUNT(counts));
}

const char *unit_duration_text(struct arena *arena, uint64_t ns) {
    return text_of(arena, ns, durations, ITEMS_COUNT(durations));
}

const char *unit_size_text(struct arena *arena, uint64_t bytes) {
    return text_of(arena, bytes, sizes, ITEMS_COUNT(sizes));
}

/* Up to the last of the four digits behind the point that is not 0. */
const char *unit_share_text(struct arena *arena, uint64_t millionths) {
    uint64_t scale = shares[0].factor;
    unsigned digits = 4;
    while (digits > 0 && millionths % 10 == 0) {
        millionths /= 10;
        scale /= 10;
        digits--;
    }
    if (digits == 0) {
        return arena_format(arena, "%" PRIu64 "%%", millionths);
    }
    return arena_format(arena, "%" PRIu64 ".%0*" PRIu64 "%%",
                        millionths / scale, (int)digits, millionths % scale);
}

const char *unit_rate_text(struct arena *arena, uint64_t per_second) {
    return text_of(arena, per_second, rates, ITEMS_COUNT(rates));
}
