/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/rate.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "scenario/node.h"
#include "scenario/problem.h"
#include "scenario/schema.h"
#include "scenario/value.h"

#define SHAPE_KEYS_MAX 4
#define IN_FLIGHT_SECONDS 2
#define IN_FLIGHT_LEAST 1000
#define IN_FLIGHT_MOST 100000

_Static_assert((int)RAMP_KEYS_COUNT <= SHAPE_KEYS_MAX &&
                   (int)STAIRS_KEYS_COUNT <= SHAPE_KEYS_MAX &&
                   (int)SPIKE_KEYS_COUNT <= SHAPE_KEYS_MAX &&
                   (int)SINE_KEYS_COUNT <= SHAPE_KEYS_MAX,
               "room for the keys of any shape");

static void refuse_silence(struct problems *problems, const struct node *shape,
                           const char *key, const struct value *base,
                           const struct value *other) {
    if (base->good && other->good && base->number == 0 && other->number == 0) {
        problems_add(problems, shape->place, key,
                     "one of the two is to be more than 0",
                     "at a rate of 0/s no lookup ever comes");
    }
}

static struct scenario_rate read_ramp(struct problems *problems,
                                      const struct node *shape,
                                      const struct value *values) {
    refuse_silence(problems, shape, "load.rate.ramp", &values[RAMP_FROM],
                   &values[RAMP_TO]);
    return (struct scenario_rate){
        .kind = SCENARIO_RATE_RAMP,
        .base_per_s = values[RAMP_FROM].number,
        .other_per_s = values[RAMP_TO].number,
    };
}

static struct scenario_rate read_stairs(struct problems *problems,
                                        const struct node *shape,
                                        const struct value *values) {
    refuse_silence(problems, shape, "load.rate.stairs", &values[STAIRS_FROM],
                   &values[STAIRS_TO]);
    return (struct scenario_rate){
        .kind = SCENARIO_RATE_STAIRS,
        .base_per_s = values[STAIRS_FROM].number,
        .other_per_s = values[STAIRS_TO].number,
        .steps = value_or(&values[STAIRS_STEPS], 2),
    };
}

static struct scenario_rate read_spike(struct problems *problems,
                                       const struct node *shape,
                                       const struct value *values) {
    refuse_silence(problems, shape, "load.rate.spike", &values[SPIKE_BASE],
                   &values[SPIKE_PEAK]);
    return (struct scenario_rate){
        .kind = SCENARIO_RATE_SPIKE,
        .base_per_s = values[SPIKE_BASE].number,
        .other_per_s = values[SPIKE_PEAK].number,
        .at_ns = values[SPIKE_AT].number,
        .length_ns = values[SPIKE_FOR].number,
    };
}

static struct scenario_rate read_sine(struct problems *problems,
                                      const struct node *shape,
                                      const struct value *values) {
    const struct value *mean = &values[SINE_MEAN];
    const struct value *amplitude = &values[SINE_AMPLITUDE];
    (void)shape;
    if (mean->good && amplitude->good && amplitude->number > mean->number) {
        problems_add(problems, amplitude->node->place,
                     "load.rate.sine.amplitude",
                     "it may be as large as the mean",
                     "a rate is never below 0: with a mean of %s it would be",
                     mean->node->text);
    }
    return (struct scenario_rate){
        .kind = SCENARIO_RATE_SINE,
        .base_per_s = mean->number,
        .other_per_s = amplitude->number,
        .length_ns = value_or(&values[SINE_PERIOD], 1),
    };
}

typedef struct scenario_rate (*read_fn)(struct problems *problems,
                                        const struct node *shape,
                                        const struct value *values);

static const read_fn read_shape[SHAPES_COUNT] = {
    [SHAPE_RAMP] = read_ramp,
    [SHAPE_STAIRS] = read_stairs,
    [SHAPE_SPIKE] = read_spike,
    [SHAPE_SINE] = read_sine,
};

/* The one key of @value, a mapping that value_read() has found good, among
 * those of @mapping; its value in @values. */
static size_t read_choice(struct problems *problems,
                          const struct schema_mapping *mapping,
                          const struct value *value, struct value *values) {
    size_t chosen = 0;
    value_read_mapping(problems, mapping, value->node, values);
    while (values[chosen].node == NULL) {
        chosen++;
    }
    return chosen;
}

struct scenario_rate rate_read(struct problems *problems,
                               const struct value *value) {
    struct value shapes[SHAPES_COUNT];
    struct value values[SHAPE_KEYS_MAX];
    if (!value->good) {
        return (struct scenario_rate){.kind = SCENARIO_RATE_NONE};
    }
    if (value->node->kind != NODE_MAPPING) {
        return (struct scenario_rate){.kind = SCENARIO_RATE_CONSTANT,
                                      .base_per_s = value->number};
    }
    const size_t shape = read_choice(problems, &schema_rate, value, shapes);
    if (!shapes[shape].good) {
        return (struct scenario_rate){.kind = SCENARIO_RATE_NONE};
    }
    value_read_mapping(problems, schema_rate.keys[shape].mapping,
                       shapes[shape].node, values);
    return read_shape[shape](problems, shapes[shape].node, values);
}

struct scenario_think rate_read_think(struct problems *problems,
                                      const struct value *value) {
    struct value values[THINK_KEYS_COUNT];
    struct scenario_think think = {.kind = SCENARIO_THINK_CONSTANT};
    if (!value->good) {
        return (struct scenario_think){.kind = SCENARIO_THINK_NONE};
    }
    think.ns = value->number;
    if (value->node->kind == NODE_MAPPING) {
        (void)read_choice(problems, &schema_think, value, values);
        think.kind = SCENARIO_THINK_EXPONENTIAL;
        think.ns = value_or(&values[THINK_EXPONENTIAL], 0);
    }
    if (think.ns == 0) {
        think.kind = SCENARIO_THINK_NONE;
    }
    return think;
}

uint64_t rate_peak_per_s(const struct scenario_rate *rate) {
    if (rate->kind == SCENARIO_RATE_SINE) {
        return rate->base_per_s + rate->other_per_s;
    }
    return rate->base_per_s > rate->other_per_s ? rate->base_per_s
                                                : rate->other_per_s;
}

uint64_t rate_planned_ns(const struct scenario_rate *rate, uint64_t lookups) {
    if (rate->base_per_s == 0) {
        return 0;
    }
    unsigned __int128 ns =
        (unsigned __int128)lookups * CLOCK_NS_PER_S / rate->base_per_s;
    return ns > UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
}

uint64_t rate_in_flight_default(const struct scenario_rate *rate) {
    const uint64_t most = rate_peak_per_s(rate) * IN_FLIGHT_SECONDS;
    return most < IN_FLIGHT_LEAST  ? IN_FLIGHT_LEAST
           : most > IN_FLIGHT_MOST ? IN_FLIGHT_MOST
                                   : most;
}
