/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/let.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "scenario/given.h"
#include "scenario/node.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"
#include "scenario/source.h"
#include "scenario/suggest.h"
#include "scenario/value.h"
#include "scenario/yaml_limits.h"

#define PREFIX "let."
#define BEGIN "$("
#define ESCAPED "$$("
#define TEXT_BYTES_MAX 4096 /* of a value that has variables in it */

enum progress {
    UNRESOLVED,
    RESOLVING, /* whoever needs it now needs itself */
    RESOLVED,
};

struct variable {
    const char *name;
    const struct node *key;
    const struct node *value;
    enum progress progress;
    bool used;
};

struct let {
    struct problems *problems;
    struct variable *variables;
    size_t variables_count;
    size_t nodes_count; /* that variables have put into the tree */
    bool gave_up;
};

/* ---- Reading -------------------------------------------------------------*/

static struct variable *find(const struct let *let, const char *name) {
    for (size_t i = 0; i < let->variables_count; i++) {
        if (strcmp(let->variables[i].name, name) == 0) {
            return &let->variables[i];
        }
    }
    return NULL;
}

static void refuse_unknown(const struct let *let, const char *name,
                           struct place place) {
    struct arena *arena = let->problems->arena;
    const char **names =
        arena_alloc(arena, (let->variables_count + 1) * sizeof *names);
    for (size_t i = 0; i < let->variables_count; i++) {
        names[i] = let->variables[i].name;
    }
    const char *advice =
        suggest_advice(arena, name, names, let->variables_count);
    if (advice == NULL) {
        advice =
            let->variables_count == 0
                ? "there are none: let: {NAME: VALUE} makes one; a $( that "
                  "is meant is written $$("
                : "one more is made by let: {NAME: VALUE}; a $( that is "
                  "meant is written $$(";
    }
    problems_add(let->problems, place, "let", advice, "unknown variable %s",
                 problem_quoted(arena, name));
}

static void read_variables(struct let *let, const struct node *mapping) {
    if (mapping == NULL) {
        return;
    }
    if (mapping->kind != NODE_MAPPING) {
        problems_add(let->problems, mapping->place, "let",
                     "write it as let: {n: 10k}, and $(n) where it is used",
                     "expected a mapping of variables, got %s",
                     node_description(let->problems->arena, mapping));
        return;
    }
    let->variables = arena_alloc(let->problems->arena,
                                 mapping->count * sizeof *let->variables);
    for (size_t i = 0; i < mapping->count; i++) {
        const struct node *key = mapping->keys[i];
        if (!value_is_name(key->text)) {
            problems_add(let->problems, key->place, "let", NULL,
                         "expected a name of letters, digits, - and _ that "
                         "begins with a letter, got %s",
                         problem_quoted(let->problems->arena, key->text));
        } else if (find(let, key->text) == NULL) {
            let->variables[let->variables_count++] = (struct variable){
                .name = key->text, .key = key, .value = mapping->items[i]};
        }
    }
}

bool let_is_override(const struct scenario_override *override) {
    return strncmp(override->path, PREFIX, strlen(PREFIX)) == 0;
}

struct let *let_read(struct problems *problems, const struct node *root,
                     const struct scenario_override *overrides,
                     size_t overrides_count) {
    struct let *let = arena_alloc(problems->arena, sizeof *let);
    let->problems = problems;
    read_variables(let, node_find(root, "let"));
    for (size_t i = 0; i < overrides_count; i++) {
        if (!let_is_override(&overrides[i])) {
            continue;
        }
        const char *name = overrides[i].path + strlen(PREFIX);
        const struct place place = given_place(problems->arena, &overrides[i]);
        struct variable *variable = find(let, name);
        const struct node *value = given_value(problems, &overrides[i], place);
        if (variable == NULL) {
            refuse_unknown(let, name, place);
        } else if (value != NULL) {
            variable->value = value;
        }
    }
    return let;
}

/* ---- Replacing -----------------------------------------------------------*/

/* A scalar that is being put together. */
struct filling {
    struct let *let;
    const struct node *scalar;
    struct text text;
    const struct node *whole; /* the scalar is one variable alone */
    bool refused;
};

static struct place place_at(const struct filling *filling, const char *at) {
    const size_t size = (size_t)(at - filling->scalar->text);
    return node_place_inside(
        filling->scalar,
        problem_source(filling->let->problems, &filling->scalar->place),
        source_characters_count(filling->scalar->text, size));
}

static const struct node *refused_node(const struct let *let,
                                       const struct node *scalar) {
    struct node *node = arena_alloc(let->problems->arena, sizeof *node);
    *node = *scalar;
    node->refused = true;
    return node;
}

/* Lists within lists double with every step: what they come to is counted. */
static size_t count_nodes(const struct node *node, size_t limit) {
    size_t count = 1;
    for (size_t i = 0; i < node->count && count <= limit; i++) {
        count += count_nodes(node->items[i], limit - count);
    }
    return count;
}

static void give_up(struct let *let, struct place place) {
    if (!let->gave_up) {
        problems_add(let->problems, place, "let",
                     "every use of a variable counts with all that it is",
                     "more than %d values", YAML_NODES_MAX);
    }
    let->gave_up = true;
}

/* NULL: told already. */
static const struct node *value_of(struct let *let, const char *name,
                                   struct place place) {
    struct variable *variable = find(let, name);
    if (variable == NULL) {
        refuse_unknown(let, name, place);
        return NULL;
    }
    variable->used = true;
    if (variable->progress == RESOLVING) {
        problems_add(let->problems, place, "let", NULL,
                     "the variable %s needs itself",
                     problem_quoted(let->problems->arena, name));
        return NULL;
    }
    if (variable->progress == UNRESOLVED) {
        variable->progress = RESOLVING;
        variable->value = let_apply(let, variable->value);
        variable->progress = RESOLVED;
    }
    let->nodes_count += count_nodes(variable->value, YAML_NODES_MAX);
    if (let->nodes_count > YAML_NODES_MAX) {
        give_up(let, place);
        return NULL;
    }
    return variable->value->refused ? NULL : variable->value;
}

/* The value stands where it is used: that is what problems point to. */
static const struct node *moved(const struct let *let, const struct node *value,
                                const struct node *scalar) {
    struct node *node = arena_alloc(let->problems->arena, sizeof *node);
    *node = *value;
    node->place = scalar->place;
    if (node->kind == NODE_SCALAR) {
        node->style = NODE_BLOCK;
    }
    return node;
}

static void fill_in(struct filling *filling, const char *at, const char *name,
                    bool alone) {
    struct let *let = filling->let;
    const struct node *value = value_of(let, name, place_at(filling, at));
    if (value == NULL) {
        filling->refused = true;
    } else if (alone) {
        filling->whole = moved(let, value, filling->scalar);
    } else if (value->kind == NODE_SCALAR) {
        text_append(&filling->text, value->text);
    } else {
        problems_add(let->problems, place_at(filling, at), "let",
                     "such a variable stands alone, as the whole value",
                     "%s is %s, and cannot be part of a text", name,
                     node_description(let->problems->arena, value));
        filling->refused = true;
    }
}

/* Returns where the text goes on. */
static const char *fill_variable(struct filling *filling, const char *at) {
    struct arena *arena = filling->let->problems->arena;
    const char *name = at + strlen(BEGIN);
    const char *end = strchr(name, ')');
    const char *word =
        end == NULL ? "" : arena_text_n(arena, name, (size_t)(end - name));
    if (end == NULL || !value_is_name(word)) {
        problems_add(filling->let->problems, place_at(filling, at), "let",
                     "a $( that is meant is written $$(",
                     "expected a variable such as $(n), got %s",
                     problem_quoted(arena, at));
        filling->refused = true;
        return at + strlen(at);
    }
    const bool alone = at == filling->scalar->text && end[1] == '\0';
    fill_in(filling, at, word, alone);
    return end + 1;
}

static void fill(struct filling *filling) {
    const char *at = filling->scalar->text;
    while (*at != '\0' && filling->text.size <= TEXT_BYTES_MAX) {
        if (strncmp(at, ESCAPED, strlen(ESCAPED)) == 0) {
            text_append(&filling->text, BEGIN);
            at += strlen(ESCAPED);
        } else if (strncmp(at, BEGIN, strlen(BEGIN)) == 0) {
            at = fill_variable(filling, at);
        } else {
            text_append_n(&filling->text, at++, 1);
        }
    }
    if (filling->text.size > TEXT_BYTES_MAX && !filling->refused) {
        problems_add(filling->let->problems, filling->scalar->place, "let",
                     NULL, "more than %d bytes with its variables",
                     TEXT_BYTES_MAX);
        filling->refused = true;
    }
}

static const struct node *apply_scalar(struct let *let,
                                       const struct node *scalar) {
    if (strstr(scalar->text, BEGIN) == NULL) {
        return scalar;
    }
    struct filling filling = {.let = let, .scalar = scalar};
    text_init(&filling.text);
    fill(&filling);
    const struct node *node = filling.whole;
    if (filling.refused) {
        node = refused_node(let, scalar);
    } else if (node == NULL) {
        struct node *made = arena_alloc(let->problems->arena, sizeof *made);
        *made = *scalar;
        made->style = NODE_BLOCK;
        made->text = arena_text(let->problems->arena, filling.text.bytes);
        node = made;
    }
    text_fini(&filling.text);
    return node;
}

const struct node *let_apply(struct let *let, const struct node *node) {
    if (node->kind == NODE_SCALAR) {
        return apply_scalar(let, node);
    }
    struct node *copy = arena_alloc(let->problems->arena, sizeof *copy);
    *copy = *node;
    copy->items = node_array(let->problems->arena, node->count);
    for (size_t i = 0; i < node->count; i++) {
        copy->items[i] = let_apply(let, node->items[i]);
    }
    return copy;
}

void let_check_use(struct let *let) {
    for (size_t i = 0; i < let->variables_count; i++) {
        const struct variable *variable = &let->variables[i];
        if (!variable->used && variable->key->place.file == NULL) {
            problems_add(let->problems, variable->key->place, "let",
                         "leave it out, or use it: $(NAME)",
                         "nobody uses the variable \"%s\"", variable->name);
        }
    }
}
