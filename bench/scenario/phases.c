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
        problem_where(problems->arena, &values[one].node->place));
}

static void check_contradictions(struct problems *problems,
                                 const struct node *node,
                                 const struct value *values) {
    const char *loops = "a load is a closed loop (in_flight) or an open one "
                        "(rate)";
    refuse_both(problems, values, LOAD_IN_FLIGHT, LOAD_RATE, loops);
    refuse_both(problems, values, LOAD_IN_FLIGHT, LOAD_ARRIVAL, loops);
    refuse_both(problems, values, LOAD_FOR, LOAD_LOOKUPS,
                "a phase ends by the clock (for) or with its last answer "
                "(lookups)");
    if (values[LOAD_IN_FLIGHT].node == NULL && values[LOAD_RATE].node == NULL) {
        value_add_missing(problems, &schema_load, node, "in_flight",
                          "how many lookups are unanswered at once: "
                          "in_flight: 10k");
    }
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

static void read_phase(struct problems *problems, const struct node *node,
                       struct scenario_phase *phase_out) {
    struct value values[LOAD_KEYS_COUNT];
    value_read_mapping(problems, &schema_load, node, values);
    check_contradictions(problems, node, values);
    *phase_out = (struct scenario_phase){
        .name = name_of(values[LOAD_PHASE].node),
        .in_flight = value_or(&values[LOAD_IN_FLIGHT], 0),
        .for_ns = value_or(&values[LOAD_FOR], 0),
        .lookups = value_or(&values[LOAD_LOOKUPS], 0),
        .misses = value_or(&values[LOAD_MISSES], 0),
        .measure = value_or(&values[LOAD_MEASURE], 1) != 0,
        .show_answers = values[LOAD_SHOW].good,
        .line = node->place.line,
    };
    asked_read_keys(problems, &values[LOAD_KEYS], &phase_out->keys);
}

/* At the name, or at the phase that has none and is called main. */
static void check_name(struct problems *problems, const struct node *node,
                       const struct scenario_settings *settings) {
    const struct scenario_phase *phase =
        &settings->phases[settings->phases_count];
    const struct node *name =
        node->kind == NODE_MAPPING ? node_find(node, "phase") : NULL;
    for (size_t i = 0; i < settings->phases_count; i++) {
        if (strcmp(settings->phases[i].name, phase->name) != 0) {
            continue;
        }
        problems_add(
            problems, name == NULL ? node->place : name->place, "load.phase",
            name == NULL ? "give each phase a name: phase: steady" : NULL,
            "\"%s\" is the name of two phases, the first in line %u",
            phase->name, settings->phases[i].line);
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
    settings_out->phases =
        arena_alloc(problems->arena, count * sizeof *settings_out->phases);
    for (size_t i = 0; i < count; i++) {
        const struct node *phase = list ? node->items[i] : node;
        if (phase->kind != NODE_MAPPING) {
            problems_add(problems, phase->place, "load", NULL,
                         "expected a phase, a mapping, got %s",
                         node_description(problems->arena, phase));
            continue;
        }
        read_phase(problems, phase,
                   &settings_out->phases[settings_out->phases_count]);
        check_name(problems, phase, settings_out);
        settings_out->phases_count++;
    }
}
