/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/order.h"

#include <string.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/text.h"

/* False: one of the two is not UTF-8. */
static bool append_pair(json_t *list, const char *name, const char *value) {
    json_t *pair = json_pack("[s, s]", name, value);
    return pair != NULL && json_array_append_new(list, pair) == 0;
}

static json_t *overrides_to_json(const struct order *order) {
    json_t *list = json_array();
    for (size_t i = 0; i < order->overrides_count; i++) {
        const struct scenario_override *override = &order->overrides[i];
        if (!append_pair(list, override->path, override->value)) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *includes_to_json(const struct order *order) {
    json_t *list = json_array();
    for (size_t i = 0; i < order->includes_count; i++) {
        const struct result_include *file = &order->includes[i];
        if (!append_pair(list, file->path, file->text)) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* NULL: one of the strings is not UTF-8. */
static json_t *order_to_json(const struct order *order) {
    json_t *overrides = overrides_to_json(order);
    json_t *includes = includes_to_json(order);
    if (overrides == NULL || includes == NULL) {
        json_decref(overrides);
        json_decref(includes);
        return NULL;
    }
    /* `o` takes the lists over, on failure too. */
    return json_pack(
        "{s: s, s: s, s: o, s: o, s: I, s: I, s: s, s: b, s: b, s: s*, "
        "s: I, s: s*}",
        "path", order->path, "text", order->text, "overrides", overrides,
        "includes", includes, "cell", (json_int_t)order->cell, "seed",
        (json_int_t)order->seed, "database", order->database, "private",
        order->database_private, "answers_on_stderr", order->answers_on_stderr,
        "group", order->group, "divisor", (json_int_t)order->divisor, "plant",
        order->plant);
}

int order_write(const struct order *order, struct text *text,
                struct arena *arena, const char **problem_out) {
    CHECK(order->seed < UINT64_C(1) << 53);
    json_t *root = order_to_json(order);
    if (root == NULL) {
        *problem_out = arena_format(
            arena,
            "%s: its path, what overrides it, and the path of its database "
            "(%s) must be UTF-8: results are JSON and could not name them",
            order->path, order->database);
        return -1;
    }
    char *bytes = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    if (bytes == NULL) {
        check_out_of_memory();
    }
    text_append(text, bytes);
    free(bytes);
    return 0;
}

/* -1: item @index is no pair of texts. */
static int read_pair(const json_t *list, size_t index, struct arena *arena,
                     const char **name_out, const char **value_out) {
    const json_t *pair = json_array_get(list, index);
    *name_out = arena_text(arena, json_string_value(json_array_get(pair, 0)));
    *value_out = arena_text(arena, json_string_value(json_array_get(pair, 1)));
    return *name_out == NULL || *value_out == NULL ? -1 : 0;
}

static int read_overrides(const json_t *list, struct arena *arena,
                          struct order *order) {
    size_t count = json_array_size(list);
    struct scenario_override *overrides =
        arena_alloc(arena, count * sizeof *overrides);
    for (size_t i = 0; i < count; i++) {
        if (read_pair(list, i, arena, &overrides[i].path,
                      &overrides[i].value) != 0) {
            return -1;
        }
    }
    order->overrides = overrides;
    order->overrides_count = count;
    return 0;
}

static int read_includes(const json_t *list, struct arena *arena,
                         struct order *order) {
    size_t count = json_array_size(list);
    struct result_include *includes =
        arena_alloc(arena, count * sizeof *includes);
    for (size_t i = 0; i < count; i++) {
        if (read_pair(list, i, arena, &includes[i].path, &includes[i].text) !=
            0) {
            return -1;
        }
    }
    order->includes = includes;
    order->includes_count = count;
    return 0;
}

static int read_members(json_t *root, struct arena *arena,
                        struct order *order) {
    json_t *overrides = NULL;
    json_t *includes = NULL;
    json_int_t cell = 0;
    json_int_t seed = 0;
    int is_private = 0;
    int on_stderr = 0;
    json_int_t divisor = 0;
    if (json_unpack(
            root,
            "{s: s, s: s, s: o, s: o, s: I, s: I, s: s, s: b, s: b, s?s, s: I, "
            "s?s}",
            "path", &order->path, "text", &order->text, "overrides", &overrides,
            "includes", &includes, "cell", &cell, "seed", &seed, "database",
            &order->database, "private", &is_private, "answers_on_stderr",
            &on_stderr, "group", &order->group, "divisor", &divisor, "plant",
            &order->plant) != 0 ||
        cell < 0 || seed < 0 || divisor < 0) {
        return -1;
    }
    order->path = arena_text(arena, order->path);
    order->text = arena_text(arena, order->text);
    order->database = arena_text(arena, order->database);
    order->cell = (size_t)cell;
    order->seed = (uint64_t)seed;
    order->group = arena_text(arena, order->group);
    order->plant = arena_text(arena, order->plant);
    order->database_private = is_private != 0;
    order->answers_on_stderr = on_stderr != 0;
    order->divisor = (uint64_t)divisor;
    return read_overrides(overrides, arena, order) == 0
               ? read_includes(includes, arena, order)
               : -1;
}

int order_read(const char *bytes, size_t size, struct arena *arena,
               struct order *order_out, const char **problem_out) {
    struct order order = {0};
    json_t *root = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, NULL);
    int status = root == NULL ? -1 : read_members(root, arena, &order);
    json_decref(root);
    if (status != 0) {
        *problem_out = "the order of this cell cannot be read: it was not "
                       "written by this version of plunge";
        return -1;
    }
    *order_out = order;
    return 0;
}
