/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/scaling.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/quantity.h"
#include "base/text.h"
#include "scenario/scenario.h"

#define IN_FLIGHT_KEPT UINT64_C(100)
#define LOOKUPS_KEPT UINT64_C(1000)
#define FOR_NS_KEPT CLOCK_NS_PER_S
#define RATE_KEPT UINT64_C(100)
#define CYCLES_KEPT UINT64_C(20)

/* Left out of time limits, as the scenario's own are (scenario/settings.c). */
#define TIME_NS_MAX (UINT64_MAX / 4)

static uint64_t larger(uint64_t one, uint64_t other) {
    return one > other ? one : other;
}

static uint64_t divided(uint64_t value, uint64_t divisor, uint64_t kept) {
    const uint64_t part = larger(value / divisor, kept);
    return part < value ? part : value;
}

static uint64_t multiplied(uint64_t time_ns, uint64_t factor) {
    uint64_t product = 0;
    return __builtin_mul_overflow(time_ns, factor, &product) ||
                   product > TIME_NS_MAX
               ? TIME_NS_MAX
               : product;
}

typedef char *(*words_fn)(char *text, uint64_t value);

static char *duration_words(char *text, uint64_t value) {
    return quantity_duration(text, (double)value);
}

static char *rate_words(char *text, uint64_t value) {
    return quantity_rate(text, (double)value);
}

/* "load.steady.in_flight 10,000 -> 500", where there is a difference. */
static void note(struct text *changes, const char *phase, const char *key,
                 words_fn words, uint64_t before, uint64_t after) {
    char from[QUANTITY_SIZE];
    char to[QUANTITY_SIZE];
    if (before == after) {
        return;
    }
    text_format(changes, "%s%s%s%s%s %s -> %s", changes->size == 0 ? "" : ", ",
                phase == NULL ? "" : "load.", phase == NULL ? "" : phase,
                phase == NULL ? "" : ".", key, words(from, before),
                words(to, after));
}

/* A shape keeps its form: its rates are divided, its times as the phase's. */
static void scale_rate(struct scenario_phase *phase, uint64_t divisor,
                       uint64_t for_ns_before) {
    struct scenario_rate *rate = &phase->rate;
    rate->base_per_s = divided(rate->base_per_s, divisor, RATE_KEPT);
    rate->other_per_s = divided(rate->other_per_s, divisor, RATE_KEPT);
    if (for_ns_before != phase->for_ns) {
        const double part = (double)phase->for_ns / (double)for_ns_before;
        rate->at_ns = (uint64_t)((double)rate->at_ns * part);
        rate->length_ns = (uint64_t)((double)rate->length_ns * part) + 1;
    }
}

static void scale_phase(struct scenario_phase *phase, uint64_t divisor,
                        uint64_t threads_max, struct text *changes) {
    const struct scenario_phase before = *phase;
    /* What an open loop has room for is no load, and less of it would reject
     * what a slower subject has not answered yet. */
    if (phase->rate.kind == SCENARIO_RATE_NONE) {
        phase->in_flight = divided(phase->in_flight, divisor,
                                   larger(IN_FLIGHT_KEPT, threads_max));
    }
    phase->lookups =
        divided(phase->lookups, divisor, larger(LOOKUPS_KEPT, threads_max));
    phase->for_ns = divided(phase->for_ns, divisor, FOR_NS_KEPT);
    scale_rate(phase, divisor, before.for_ns);
    note(changes, phase->name, "rate", rate_words,
         rate_peak_per_s(&before.rate), rate_peak_per_s(&phase->rate));
    note(changes, phase->name, "in_flight", quantity_count, before.in_flight,
         phase->in_flight);
    note(changes, phase->name, "lookups", quantity_count, before.lookups,
         phase->lookups);
    note(changes, phase->name, "for", duration_words, before.for_ns,
         phase->for_ns);
}

static void scale_phases(struct scenario_settings *settings, uint64_t divisor,
                         struct arena *arena, struct text *changes) {
    if (settings->phases_count == 0) {
        return;
    }
    const size_t size = settings->phases_count * sizeof *settings->phases;
    struct scenario_phase *phases = arena_alloc(arena, size);
    memcpy(phases, settings->phases, size);
    for (size_t i = 0; i < settings->phases_count; i++) {
        scale_phase(&phases[i], divisor, settings->pool.max, changes);
    }
    settings->phases = phases;
}

static bool closes_each_cycle(const struct scenario_settings *settings) {
    return settings->pool.subject != SCENARIO_DBPOOL ||
           scenario_shutdown_is_clean(settings->pool.shutdown);
}

const char *scaling_apply(struct scenario_settings *settings, uint64_t divisor,
                          struct arena *arena) {
    struct text changes;
    text_init(&changes);
    scale_phases(settings, divisor, arena, &changes);
    if (closes_each_cycle(settings)) {
        const uint64_t before = settings->cycles;
        settings->cycles = divided(before, divisor, CYCLES_KEPT);
        note(&changes, NULL, "cycles", quantity_count, before,
             settings->cycles);
    }
    settings->limits.time_ns = multiplied(settings->limits.time_ns, divisor);
    settings->limits.stall_ns = multiplied(settings->limits.stall_ns, divisor);
    settings->limits.memory_bytes = 0; /* most of it would be the tool's */
    const char *words =
        changes.size == 0 ? NULL : arena_text(arena, changes.bytes);
    text_fini(&changes);
    return words;
}
