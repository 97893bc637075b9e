/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/sweep.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "scenario/expectation.h"
#include "scenario/node.h"
#include "scenario/path.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"
#include "scenario/schema.h"
#include "scenario/settings.h"
#include "scenario/value.h"

struct swept {
    struct path path;
    const struct node *values; /* a list, not empty */
    size_t chosen;
};

/* One mapping of what is swept. */
struct sweep {
    struct problems *problems;
    const struct node *root;
    const struct node *mapping; /* NULL: nothing is swept */
    struct swept *keys;
    size_t keys_count;
};

/* What the result says of a key in a cell. @value may be no good: then that is
 * told where the cell is resolved. */
static struct result_parameter parameter_of(struct arena *arena,
                                            const struct path *path,
                                            const struct node *value) {
    struct result_parameter parameter = {.path = path->text,
                                         .text = node_text(arena, value)};
    const enum schema_kind kind = path->key->kind;
    struct problems ignored;
    problems_init(&ignored, arena, "", "");
    struct value read = {.good = false};
    if (value->kind == NODE_SCALAR &&
        (kind == SCHEMA_COUNT || kind == SCHEMA_DURATION ||
         kind == SCHEMA_SIZE || kind == SCHEMA_RATE)) {
        value_read(&ignored, path->mapping, path->key, value, &read);
    }
    if (read.good) {
        parameter.number = (double)read.number;
    } else {
        parameter.word = parameter.text;
    }
    return parameter;
}

static bool same(const struct result_parameter *a,
                 const struct result_parameter *b) {
    if (a->word == NULL || b->word == NULL) {
        return a->word == b->word && a->number == b->number;
    }
    return strcmp(a->word, b->word) == 0;
}

/* The same value twice would make two cells that nobody could tell apart. */
static void check_twins(struct problems *problems, const struct path *path,
                        const struct node *values) {
    struct arena *arena = problems->arena;
    struct result_parameter *seen =
        arena_alloc(arena, values->count * sizeof *seen);
    for (size_t i = 0; i < values->count; i++) {
        seen[i] = parameter_of(arena, path, values->items[i]);
        for (size_t j = 0; j < i; j++) {
            if (same(&seen[i], &seen[j])) {
                problems_add(problems, values->items[i]->place, path->text,
                             NULL, "%s is in the list twice", seen[i].text);
                break;
            }
        }
    }
}

static bool check_values(struct problems *problems, const struct path *path,
                         const struct node *values) {
    if (!path->key->swept) {
        problems_add(problems, path->place, "sweep", NULL, "%s cannot be swept",
                     path->text);
        return false;
    }
    if (values->refused) {
        return false;
    }
    if (values->kind != NODE_LIST) {
        problems_add(problems, values->place, path->text, NULL,
                     "expected a list of values such as [1, 2, 4], got %s",
                     node_description(problems->arena, values));
        return false;
    }
    if (values->count == 0 || values->count > SWEEP_CELLS_MAX) {
        problems_add(problems, values->place, path->text, NULL,
                     "expected 1 to %d values, got %zu", SWEEP_CELLS_MAX,
                     values->count);
        return false;
    }
    check_twins(problems, path, values);
    return true;
}

static bool check_overlap(const struct sweep *sweep, const struct path *path) {
    for (size_t i = 0; i < sweep->keys_count; i++) {
        const struct path *other = &sweep->keys[i].path;
        if (strcmp(other->text, path->text) == 0) {
            return false; /* told as a key that is given twice */
        }
        if (path_overlaps(sweep->root, other, path)) {
            problems_add(sweep->problems, path->place, "sweep",
                         "leave out one of the two",
                         "%s and %s are the same key", other->text, path->text);
            return false;
        }
    }
    return true;
}

static void read_sweep(struct sweep *sweep) {
    const struct node *node = sweep->mapping;
    if (node == NULL) {
        return;
    }
    sweep->keys =
        arena_alloc(sweep->problems->arena, node->count * sizeof *sweep->keys);
    for (size_t i = 0; i < node->count; i++) {
        struct swept *swept = &sweep->keys[sweep->keys_count];
        if (path_parse(sweep->problems, node->keys[i]->text,
                       node->keys[i]->place, &swept->path) &&
            check_values(sweep->problems, &swept->path, node->items[i]) &&
            check_overlap(sweep, &swept->path) &&
            !path_is_overridden(sweep->root, &swept->path)) {
            swept->values = node->items[i];
            sweep->keys_count++;
        }
    }
}

static void resolve(const struct sweep *sweep,
                    struct scenario_settings *settings_out) {
    const struct node *root = sweep->root;
    for (size_t i = 0; i < sweep->keys_count; i++) {
        const struct swept *swept = &sweep->keys[i];
        root = path_set(sweep->problems, root, &swept->path,
                        swept->values->items[swept->chosen]);
    }
    settings_read(sweep->problems, root, settings_out);
}

static void resolve_cell(const struct sweep *sweep,
                         struct scenario_cell *cell) {
    struct arena *arena = sweep->problems->arena;
    struct text label;
    text_init(&label);
    resolve(sweep, &cell->settings);
    cell->parameters =
        arena_alloc(arena, sweep->keys_count * sizeof *cell->parameters);
    for (size_t i = 0; i < sweep->keys_count; i++) {
        const struct swept *swept = &sweep->keys[i];
        cell->parameters[i] = parameter_of(arena, &swept->path,
                                           swept->values->items[swept->chosen]);
        text_format(&label, "%s%s=%s", i == 0 ? "" : " ", swept->path.text,
                    cell->parameters[i].text);
    }
    cell->parameters_count = sweep->keys_count;
    cell->label = arena_text(arena, label.bytes);
    text_fini(&label);
}

/* Goes on to the next combination, as an odometer does. */
static void advance(struct sweep *sweep) {
    for (size_t i = sweep->keys_count; i > 0; i--) {
        struct swept *swept = &sweep->keys[i - 1];
        if (++swept->chosen < swept->values->count) {
            return;
        }
        swept->chosen = 0;
    }
}

static void refuse_cells(struct problems *problems, const struct node *root,
                         const char *advice) {
    const struct node *node = node_find(root, "sweep");
    problems_add(problems, node == NULL ? root->place : node->place, "sweep",
                 advice, "more than %d cells", SWEEP_CELLS_MAX);
}

/* Too many cells to resolve: then each value once, for its own problems. */
static void resolve_values(struct sweep *sweep) {
    struct scenario_settings settings;
    for (size_t i = 0; i < sweep->keys_count; i++) {
        struct swept *swept = &sweep->keys[i];
        for (; swept->chosen < swept->values->count; swept->chosen++) {
            resolve(sweep, &settings);
        }
        swept->chosen = 0;
    }
}

/* How many cells the mapping has; 0: too many. */
static size_t count_cells(const struct sweep *sweep) {
    size_t count = 1;
    for (size_t i = 0; i < sweep->keys_count; i++) {
        count *= sweep->keys[i].values->count;
        if (count > SWEEP_CELLS_MAX) {
            return 0;
        }
    }
    return count;
}

static void expand_mapping(struct problems *problems, const struct node *root,
                           const struct node *mapping,
                           struct scenario *scenario) {
    struct sweep sweep = {
        .problems = problems, .root = root, .mapping = mapping};
    const size_t before = scenario->cells_count;
    read_sweep(&sweep);
    size_t count = count_cells(&sweep);
    if (count == 0 || count > SWEEP_CELLS_MAX - before) {
        refuse_cells(problems, root,
                     "every combination of the values is a cell");
        resolve_values(&sweep);
        count = before == 0 ? 1 : 0;
    }
    struct scenario_cell *cells =
        arena_alloc(problems->arena, (before + count) * sizeof *cells);
    if (before != 0) {
        memcpy(cells, scenario->cells, before * sizeof *cells);
    }
    scenario->cells = cells;
    for (; scenario->cells_count < before + count; scenario->cells_count++) {
        resolve_cell(&sweep, &scenario->cells[scenario->cells_count]);
        advance(&sweep);
    }
}

static bool has_parameter(const struct scenario_cell *cell,
                          const struct result_parameter *wanted) {
    for (size_t i = 0; i < cell->parameters_count; i++) {
        const struct result_parameter *parameter = &cell->parameters[i];
        if (strcmp(parameter->path, wanted->path) == 0) {
            return same(parameter, wanted);
        }
    }
    return false;
}

static bool is_twin(const struct scenario_cell *one,
                    const struct scenario_cell *other) {
    if (one->parameters_count != other->parameters_count) {
        return false;
    }
    for (size_t i = 0; i < one->parameters_count; i++) {
        if (!has_parameter(other, &one->parameters[i])) {
            return false;
        }
    }
    return true;
}

/* @scenario->cells from @first on are @item's. */
static void check_cell_twins(struct problems *problems, const struct node *item,
                             const struct scenario *scenario, size_t first) {
    for (size_t i = first; i < scenario->cells_count; i++) {
        for (size_t j = 0; j < first; j++) {
            if (is_twin(&scenario->cells[i], &scenario->cells[j])) {
                problems_add(problems, item->place, "sweep",
                             "each part of the list has cells of its own",
                             "the cell %s is there already",
                             *scenario->cells[i].label == '\0'
                                 ? "without swept keys"
                                 : scenario->cells[i].label);
                return;
            }
        }
    }
}

static void expand_list(struct problems *problems, const struct node *root,
                        const struct node *list, struct scenario *scenario) {
    if (list->count == 0) {
        problems_add(problems, list->place, "sweep", NULL,
                     "expected a mapping, or a list of them, got none");
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct node *item = list->items[i];
        const size_t first = scenario->cells_count;
        const bool good = item->kind == NODE_MAPPING;
        if (!good) {
            problems_add(problems, item->place, "sweep", NULL,
                         "expected a mapping of keys and their values, got %s",
                         node_description(problems->arena, item));
        }
        expand_mapping(problems, root, good ? item : NULL, scenario);
        if (problems->count == 0) {
            check_cell_twins(problems, item, scenario, first);
        }
    }
}

void sweep_expand(struct problems *problems, const struct node *root,
                  struct scenario *scenario) {
    const struct node *node = node_find(root, "sweep");
    scenario->cells_count = 0;
    if (node != NULL && node->kind == NODE_LIST) {
        expand_list(problems, root, node, scenario);
    } else {
        const bool good = node != NULL && node->kind == NODE_MAPPING;
        expand_mapping(problems, root, good ? node : NULL, scenario);
    }
}

static struct scenario_cell reference_of(const struct scenario_cell *cell,
                                         enum scenario_subject subject) {
    struct scenario_cell reference = *cell;
    reference.reference = true;
    reference.settings.pool.subject = subject;
    reference.settings.pool.shutdown = SCENARIO_CLEAN;
    reference.settings.database.temporary = SCENARIO_REMOVED;
    return reference;
}

/* Whether an expectation before this one has named its subject. */
static bool is_named_before(const struct scenario *scenario, size_t index) {
    const struct expectation *this = &scenario->expectations[index];
    for (size_t i = 0; i < index; i++) {
        const struct expectation *other = &scenario->expectations[i];
        if (other->operand == EXPECTATION_SUBJECT &&
            other->subject == this->subject) {
            return true;
        }
    }
    return false;
}

void sweep_add_references(struct problems *problems, const struct node *root,
                          struct scenario *scenario) {
    const size_t swept_count = scenario->cells_count;
    struct scenario_cell *cells = NULL;
    size_t count = 0;
    for (; count < swept_count; count++) {
        cells = arena_more(problems->arena, cells, count, sizeof *cells);
        cells[count] = scenario->cells[count];
    }
    for (size_t i = 0; i < scenario->expectations_count; i++) {
        const struct expectation *expectation = &scenario->expectations[i];
        if (expectation->operand != EXPECTATION_SUBJECT ||
            is_named_before(scenario, i)) {
            continue;
        }
        for (size_t j = 0; j < swept_count; j++) {
            if (cells[j].settings.pool.subject == expectation->subject) {
                continue;
            }
            cells = arena_more(problems->arena, cells, count, sizeof *cells);
            cells[count++] = reference_of(&cells[j], expectation->subject);
        }
    }
    if (count > SWEEP_CELLS_MAX) {
        refuse_cells(problems, root,
                     "a subject that is compared with doubles the cells");
        return;
    }
    scenario->cells = cells;
    scenario->cells_count = count;
}
