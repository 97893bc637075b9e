/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/phases.h"

#include <string.h>

#include "base/arena.h"
#include "scenario/asked.h"
#include "scenario/node.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"
#include "scenario/schema.h"
#include "scenario/value.h"

static void refuse_both(struct problems *problems, const struct value *values,
                        enum schema_load_key one, enum schema_load_key other,
                        const char *why) {
    if (values[one].node == NULL || values[other].node == NULL) {
        return;
    }
    const char *name = schema_load.keys[one].name;
    problems_add(
        problems, values[other].node->place,
        arena_format(problems->arena, "load.%s", schema_load.keys[other].name),
        arena_format(problems->arena, "leave out one of the two: %s", why),
        "contradicts %s%s", name,
        problem_where(problems, &values[one].node->place,
                      &values[other].node->place));
}

static void refuse(struct problems *problems, const struct value *values,
                   enum schema_load_key key, const char *advice,
                   const char *why) {
    problems_add(
        problems, values[key].node->place,
        arena_format(problems->arena, "load.%s", schema_load.keys[key].name),
        advice, "%s", why);
}

/* A shape that has no place in its phase. */
static void check_shape(struct problems *problems, const struct value *values,
                        const struct scenario_phase *phase) {
    const struct scenario_rate *rate = &phase->rate;
    const bool whole =
        rate->kind == SCENARIO_RATE_RAMP || rate->kind == SCENARIO_RATE_STAIRS;
    if (whole && values[LOAD_LOOKUPS].node != NULL) {
        refuse(problems, values, LOAD_RATE,
               "end the phase by the clock: for: 10s, not lookups",
               "a ramp and stairs go through the whole phase, whose length has "
               "to be known");
    }
    if (rate->kind != SCENARIO_RATE_SPIKE) {
        return;
    }
    if (values[LOAD_FOR].good &&
        (rate->length_ns > phase->for_ns ||
         rate->at_ns > phase->for_ns - rate->length_ns)) {
        refuse(problems, values, LOAD_RATE,
               "at: and for: of the spike lie within the phase",
               "the spike does not end before its phase does");
    }
    if (values[LOAD_LOOKUPS].good && rate->base_per_s == 0) {
        refuse(problems, values, LOAD_RATE,
               "end the phase by the clock, or give a base: above 0",
               "after the spike no lookup would come, and the phase never end");
    }
}

#define STEADY_NS_MIN (PHASES_STEADY_S * UINT64_C(1000000000))

static void check_steady(struct problems *problems, const struct value *values,
                         const struct scenario_phase *phase) {
    if (phase->from_steady && values[LOAD_FOR].good &&
        phase->for_ns < STEADY_NS_MIN) {
        refuse(problems, values, LOAD_MEASURE, "for: 8s or more",
               "so short a phase is never called steady");
    }
}

/* What is due at times of its own has to be submitted then. */
static void check_subject(struct problems *problems, const struct value *values,
                          enum scenario_subject subject) {
    const enum schema_load_key keys[] = {LOAD_RATE, LOAD_THINK};
    for (size_t i = 0; i < 2 && subject == SCENARIO_DIRECT; i++) {
        if (values[keys[i]].node != NULL) {
            refuse(problems, values, keys[i], "subject: dbpool, uvwork or null",
                   "direct runs lookups as fast as its threads can, and has "
                   "none submitted to it");
        }
    }
}

static void check_loops(struct problems *problems, const struct node *node,
                        const struct value *values) {
    refuse_both(problems, values, LOAD_RATE, LOAD_THINK,
                "a slot of a closed loop (in_flight) thinks, an open one "
                "(rate) has none");
    if (values[LOAD_ARRIVAL].node != NULL && values[LOAD_RATE].node == NULL) {
        refuse(problems, values, LOAD_ARRIVAL,
               "add how many lookups come: rate: 50k/s",
               "says how the lookups of an open loop come, and this one is "
               "closed");
    }
    if (values[LOAD_IN_FLIGHT].node == NULL && values[LOAD_RATE].node == NULL) {
        value_add_missing(problems, &schema_load, node, "in_flight",
                          "how many lookups are unanswered at once: "
                          "in_flight: 10k; or how many come: rate: 50k/s");
    }
}

static void check_contradictions(struct problems *problems,
                                 const struct node *node,
                                 const struct value *values) {
    check_loops(problems, node, values);
    refuse_both(problems, values, LOAD_FOR, LOAD_LOOKUPS,
                "a phase ends by the clock (for) or with its last answer "
                "(lookups)");
    if (values[LOAD_FOR].node == NULL && values[LOAD_LOOKUPS].node == NULL) {
        value_add_missing(problems, &schema_load, node, "for",
                          "when the phase ends: for: 10s, or lookups: 1M");
    }
}

/* A name that is no good is kept: it is not the default's twin. */
static const char *name_of(const struct node *node) {
    return node != NULL && node->kind == NODE_SCALAR ? node->text
                                                     : PHASES_DEFAULT_NAME;
}

static void read_loop(struct problems *problems, const struct value *values,
                      struct scenario_phase *phase) {
    phase->rate = rate_read(problems, &values[LOAD_RATE]);
    phase->think = rate_read_think(problems, &values[LOAD_THINK]);
    phase->arrival = (enum scenario_arrival)value_or(&values[LOAD_ARRIVAL],
                                                     SCENARIO_POISSON);
    if (phase->rate.kind != SCENARIO_RATE_NONE &&
        !values[LOAD_IN_FLIGHT].good) {
        phase->in_flight = rate_in_flight_default(&phase->rate);
    }
    check_shape(problems, values, phase);
}

static void read_phase(struct problems *problems, const struct node *node,
                       enum scenario_subject subject,
                       struct scenario_phase *phase_out) {
    struct value values[LOAD_KEYS_COUNT];
    value_read_mapping(problems, &schema_load, node, values);
    check_contradictions(problems, node, values);
    const uint64_t measure = value_or(&values[LOAD_MEASURE], MEASURE_YES);
    *phase_out = (struct scenario_phase){
        .name = name_of(values[LOAD_PHASE].node),
        .in_flight = value_or(&values[LOAD_IN_FLIGHT], 0),
        .for_ns = value_or(&values[LOAD_FOR], 0),
        .lookups = value_or(&values[LOAD_LOOKUPS], 0),
        .misses = value_or(&values[LOAD_MISSES], 0),
        .measure = measure != MEASURE_NO,
        .from_steady = measure == MEASURE_FROM_STEADY,
        .show_answers = values[LOAD_SHOW].good,
        .line = node_line(node),
    };
    asked_read_keys(problems, &values[LOAD_KEYS], &phase_out->keys);
    read_loop(problems, values, phase_out);
    check_steady(problems, values, phase_out);
    check_subject(problems, values, subject);
    asked_read_operations(problems, &values[LOAD_OPERATIONS],
                          &values[LOAD_MISSES], phase_out);
}

/* At the name, or at the phase that has none and is called main. @nodes are
 * those of the phases, up to this one. */
static void check_name(struct problems *problems,
                       const struct node *const *nodes,
                       const struct scenario_settings *settings) {
    const size_t count = settings->phases_count;
    const struct scenario_phase *phase = &settings->phases[count];
    const struct node *name = node_find(nodes[count], "phase");
    const struct place *place =
        name == NULL ? &nodes[count]->place : &name->place;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(settings->phases[i].name, phase->name) != 0) {
            continue;
        }
        problems_add(
            problems, *place, "load.phase",
            name == NULL ? "give each phase a name: phase: steady" : NULL,
            "\"%s\" is the name of two phases, the first%s", phase->name,
            problem_where(problems, &nodes[i]->place, place));
        return;
    }
}

void phases_read(struct problems *problems, const struct node *node,
                 struct scenario_settings *settings_out) {
    const bool list = node->kind == NODE_LIST;
    const size_t count = list ? node->count : 1;
    if (count == 0 || count > SCHEMA_PHASES_MAX) {
        problems_add(problems, node->place, "load", NULL,
                     "expected 1 to %d phases, got %zu", SCHEMA_PHASES_MAX,
                     count);
        return;
    }
    const struct node **nodes = node_array(problems->arena, count);
    settings_out->phases =
        arena_alloc(problems->arena, count * sizeof *settings_out->phases);
    for (size_t i = 0; i < count; i++) {
        const struct node *phase = list ? node->items[i] : node;
        if (phase->refused) {
            continue;
        }
        if (phase->kind != NODE_MAPPING) {
            problems_add(problems, phase->place, "load", NULL,
                         "expected a phase, a mapping, got %s",
                         node_description(problems->arena, phase));
            continue;
        }
        read_phase(problems, phase, settings_out->pool.subject,
                   &settings_out->phases[settings_out->phases_count]);
        nodes[settings_out->phases_count] = phase;
        check_name(problems, nodes, settings_out);
        settings_out->phases_count++;
    }
}
