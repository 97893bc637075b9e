/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/asked.h"

#include "base/arena.h"
#include "scenario/node.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"
#include "scenario/schema.h"
#include "scenario/value.h"

static void read_list(struct problems *problems, const struct node *list,
                      struct scenario_keys *keys_out) {
    keys_out->kind = SCENARIO_KEYS_LIST;
    keys_out->logins =
        arena_alloc(problems->arena, list->count * sizeof *keys_out->logins);
    for (size_t i = 0; i < list->count; i++) {
        keys_out->logins[i] = list->items[i]->text;
    }
    keys_out->logins_count = list->count;
}

static void read_hot(struct problems *problems, const struct node *node,
                     struct scenario_keys *keys_out) {
    struct value values[HOT_KEYS_COUNT];
    value_read_mapping(problems, &schema_hot, node, values);
    keys_out->kind = SCENARIO_KEYS_HOT;
    keys_out->hot_users = value_or(&values[HOT_USERS], 0);
    keys_out->hot_lookups = value_or(&values[HOT_LOOKUPS], 0);
}

/* {zipf: 0.99} or {hot: {...}}. */
static void read_law(struct problems *problems, const struct node *node,
                     struct scenario_keys *keys_out) {
    struct value values[KEYS_KEYS_COUNT];
    value_read_mapping(problems, &schema_keys, node, values);
    const struct value *zipf = &values[KEYS_ZIPF];
    const struct value *hot = &values[KEYS_HOT];
    if (node->count == 0) {
        problems_add(problems, node->place, "load.keys", NULL,
                     "expected {zipf: 0.99} or {hot: {users: 1%%, lookups: "
                     "90%%}}, got an empty mapping");
    }
    if (zipf->node != NULL && hot->node != NULL) {
        problems_add(
            problems, hot->node->place, "load.keys.hot",
            "leave out one of the two: lookups follow one law",
            "contradicts zipf%s",
            problem_where(problems, &zipf->node->place, &hot->node->place));
    } else if (zipf->good) {
        keys_out->kind = SCENARIO_KEYS_ZIPF;
        keys_out->exponent = zipf->decimal;
    } else if (hot->good) {
        read_hot(problems, hot->node, keys_out);
    }
}

void asked_read_keys(struct problems *problems, const struct value *value,
                     struct scenario_keys *keys_out) {
    if (!value->good) {
        return;
    }
    switch (value->node->kind) {
    case NODE_LIST:
        read_list(problems, value->node, keys_out);
        break;
    case NODE_MAPPING:
        read_law(problems, value->node, keys_out);
        break;
    case NODE_SCALAR:
        keys_out->kind = (enum scenario_keys_kind)value->number;
        break;
    }
}

_Static_assert((int)SCENARIO_OPERATIONS_COUNT == (int)OPERATIONS_KEYS_COUNT,
               "each has its key");

void asked_read_operations(struct problems *problems,
                           const struct value *operations,
                           const struct value *misses,
                           struct scenario_phase *phase) {
    uint64_t *weights = phase->operations.weights;
    struct value values[OPERATIONS_KEYS_COUNT];
    uint64_t all = 0;
    bool good = true;
    if (!operations->good) {
        weights[SCENARIO_LOOKUP] = 1;
        return;
    }
    value_read_mapping(problems, &schema_operations, operations->node, values);
    size_t known = 0;
    for (size_t i = 0; i < OPERATIONS_KEYS_COUNT; i++) {
        weights[i] = value_or(&values[i], 0);
        all += weights[i];
        known += values[i].node != NULL ? 1 : 0;
        good = good && (values[i].node == NULL || values[i].good);
    }
    good = good && known == operations->node->count;
    if (good && all == 0) {
        problems_add(problems, operations->node->place, "load.operations",
                     "such as operations: {lookup: 95, rename: 5}",
                     "expected a weight above 0, got none");
    } else if (good && weights[SCENARIO_LOOKUP] == 0 && misses->number > 0) {
        problems_add(problems, misses->node->place, "load.misses",
                     "leave it out, or give lookup a weight",
                     "is a share of the lookups, and there are none%s",
                     problem_where(problems, &operations->node->place,
                                   &misses->node->place));
    }
}
