/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_UNIT_H
#define PLUNGE_SCENARIO_UNIT_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

/* Quantities as scenarios write them, in exact arithmetic: "1.5k" is 1500 and
 * "0.5KiB" is 512, but "1.0005k", which is not whole, is malformed. No sign, no
 * space, no exponent, no leading zero; the whole text must be the quantity. */
enum unit_status {
    UNIT_OK = 0,
    UNIT_MALFORMED,
    UNIT_TOO_LARGE, /* for 64 bits */
};

/* 10, 10k, 1.5M, 2G. A fraction needs a suffix. */
enum unit_status unit_count(const char *text, uint64_t *count_out);

/* 10ns, 20us (or µs), 200ms, 1.5s, 2m, 1h: in nanoseconds. */
enum unit_status unit_duration(const char *text, uint64_t *ns_out);

/* 512B, 64KiB, 2GiB, 10kB, 1.5MB: in bytes. */
enum unit_status unit_size(const char *text, uint64_t *bytes_out);

/* 500/s, 50k/s. */
enum unit_status unit_rate(const char *text, uint64_t *per_second_out);

/* 1%, 0.5%: in millionths. */
enum unit_status unit_share(const char *text, uint64_t *millionths_out);

/* 3, 0.8, 1.5k: any decimal number. Not exact. */
enum unit_status unit_number(const char *text, double *number_out);

/* yes, true, no, false. */
enum unit_status unit_boolean(const char *text, bool *boolean_out);

/* The shortest exact way to write it: "10k", "1500ms". In @arena. */
const char *unit_count_text(struct arena *arena, uint64_t count);
const char *unit_duration_text(struct arena *arena, uint64_t ns);
const char *unit_size_text(struct arena *arena, uint64_t bytes);
const char *unit_share_text(struct arena *arena, uint64_t millionths);
const char *unit_rate_text(struct arena *arena, uint64_t per_second);

#endif
