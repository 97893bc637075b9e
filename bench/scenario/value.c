/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/value.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "scenario/node.h"
#include "scenario/problem.h"
#include "scenario/schema.h"
#include "scenario/suggest.h"
#include "scenario/unit.h"
#include "scenario/user_command.h"

#define WORDS_MAX 16
#define NAME_BYTES_MAX 63

/* The value that is being judged. */
struct judged {
    struct problems *problems;
    const struct schema_mapping *mapping;
    const struct schema_key *key;
    const struct node *node;
};

static const char *path_of(struct problems *problems,
                           const struct schema_mapping *mapping,
                           const char *name) {
    return arena_format(problems->arena, "%s%s", mapping->path, name);
}

static void refuse(const struct judged *judged, const char *advice,
                   const char *message) {
    struct problems *problems = judged->problems;
    problems_add(problems, judged->node->place,
                 path_of(problems, judged->mapping, judged->key->name), advice,
                 "%s", message);
}

static void refuse_got(const struct judged *judged, const char *advice,
                       const char *expected) {
    struct arena *arena = judged->problems->arena;
    if (advice == NULL && judged->node->kind == NODE_LIST &&
        judged->key->swept) {
        advice =
            arena_format(arena, "to try several values, sweep: {%s%s: [...]}",
                         judged->mapping->path, judged->key->name);
    }
    refuse(judged, advice,
           arena_format(arena, "expected %s, got %s", expected,
                        node_description(arena, judged->node)));
}

static size_t count_words(const char *const *words) {
    size_t count = 0;
    while (words != NULL && words[count] != NULL) {
        count++;
    }
    return count;
}

static bool find_word(const char *const *words, const char *word,
                      uint64_t *index_out) {
    const size_t count = count_words(words);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0) {
            *index_out = i;
            return true;
        }
    }
    return false;
}

static void refuse_later(const struct judged *judged, const char *what) {
    refuse(judged, NULL,
           arena_format(judged->problems->arena,
                        "%s is not supported by this version", what));
}

/* The words that this version takes, as a list for a message. */
static void refuse_word(const struct judged *judged, const char *or_else) {
    struct arena *arena = judged->problems->arena;
    const struct schema_key *key = judged->key;
    const char *words[WORDS_MAX];
    size_t words_count = 0;
    const size_t all = count_words(key->words);
    uint64_t index = 0;
    struct text expected;
    text_init(&expected);
    for (size_t i = 0; i < all && words_count < WORDS_MAX; i++) {
        if (find_word(key->words_later, key->words[i], &index)) {
            continue;
        }
        text_format(&expected, "%s%s", words_count == 0 ? "" : ", ",
                    key->words[i]);
        words[words_count++] = key->words[i];
    }
    text_append(&expected, or_else);
    const char *advice = NULL;
    if (judged->node->kind == NODE_SCALAR) {
        advice = suggest_advice(arena, judged->node->text, words, words_count);
    }
    refuse_got(judged, advice,
               arena_format(arena, "%s%s", words_count > 1 ? "one of " : "",
                            expected.bytes));
    text_fini(&expected);
}

static bool read_word(const struct judged *judged, const char *or_else,
                      uint64_t *number_out) {
    const struct schema_key *key = judged->key;
    const struct node *node = judged->node;
    struct arena *arena = judged->problems->arena;
    uint64_t index = 0;
    if (node->kind == NODE_SCALAR) {
        if (find_word(key->words_later, node->text, &index)) {
            refuse_later(judged, problem_quoted(arena, node->text));
            return false;
        }
        if (find_word(key->words, node->text, number_out)) {
            return true;
        }
    }
    refuse_word(judged, or_else);
    return false;
}

static bool read_subject(const struct judged *judged, uint64_t *number_out) {
    if (judged->node->kind != NODE_MAPPING) {
        return read_word(judged, " or " USER_COMMAND_EXAMPLE, number_out);
    }
    *number_out = count_words(judged->key->words);
    return user_command_check(judged->problems, judged->node);
}

/* How a kind of quantity is called, read and written. */
struct quantity_kind {
    const char *noun;
    enum unit_status (*read)(const char *text, uint64_t *number_out);
    const char *(*write)(struct arena *arena, uint64_t number);
};

static const struct quantity_kind *quantity_kind(enum schema_kind kind) {
    static const struct quantity_kind count = {"a count", unit_count,
                                               unit_count_text};
    static const struct quantity_kind duration = {"a duration", unit_duration,
                                                  unit_duration_text};
    static const struct quantity_kind size = {"a size", unit_size,
                                              unit_size_text};
    static const struct quantity_kind share = {"a share", unit_share,
                                               unit_share_text};
    static const struct quantity_kind rate = {"a rate", unit_rate,
                                              unit_rate_text};
    switch (kind) {
    case SCHEMA_COUNT:
        return &count;
    case SCHEMA_SIZE:
        return &size;
    case SCHEMA_SHARE:
        return &share;
    case SCHEMA_RATE:
        return &rate;
    default:
        return &duration;
    }
}

/* Suggests a key, or tells all that there are. */
static void refuse_unknown(struct problems *problems,
                           const struct schema_mapping *mapping,
                           const struct node *key) {
    const char *names[WORDS_MAX];
    size_t names_count = 0;
    struct text all;
    text_init(&all);
    for (size_t i = 0; i < mapping->keys_count && i < WORDS_MAX; i++) {
        if (mapping->keys[i].kind != SCHEMA_LATER) {
            text_format(&all, "%s%s", names_count == 0 ? "" : ", ",
                        mapping->keys[i].name);
            names[names_count++] = mapping->keys[i].name;
        }
    }
    const char *advice =
        suggest_advice(problems->arena, key->text, names, names_count);
    if (advice == NULL) {
        advice = arena_format(problems->arena, "there are: %s", all.bytes);
    }
    text_fini(&all);
    problems_add(problems, key->place, NULL, advice, "unknown key %s%s%s",
                 problem_quoted(problems->arena, key->text),
                 *mapping->path == '\0' ? "" : " in ",
                 *mapping->path == '\0'
                     ? ""
                     : arena_text_n(problems->arena, mapping->path,
                                    strlen(mapping->path) - 1));
}

/* " or {ramp: ...}, {stairs: ...}", where such may stand in its place. */
static const char *or_choice(const struct judged *judged) {
    struct arena *arena = judged->problems->arena;
    const struct schema_mapping *mapping = judged->key->mapping;
    const char *words = "";
    for (size_t i = 0; mapping != NULL && i < mapping->keys_count; i++) {
        words = arena_format(arena, "%s%s{%s: ...}", words,
                             i == 0 ? " or " : ", ", mapping->keys[i].name);
    }
    return words;
}

/* A mapping of one key in the place of a quantity. What is in it is the
 * reader's who wants it. */
static bool read_choice(const struct judged *judged) {
    const struct schema_mapping *mapping = judged->key->mapping;
    const struct node *node = judged->node;
    if (node->count == 1 && schema_find(mapping, node->keys[0]->text) != NULL) {
        return true;
    }
    if (node->count == 1) {
        refuse_unknown(judged->problems, mapping, node->keys[0]);
    } else {
        refuse_got(judged, NULL,
                   arena_format(judged->problems->arena, "%s such as %s%s",
                                quantity_kind(judged->key->kind)->noun,
                                judged->key->example, or_choice(judged)));
    }
    return false;
}

static bool read_quantity(const struct judged *judged, uint64_t *number_out) {
    const struct schema_key *key = judged->key;
    const struct quantity_kind *kind = quantity_kind(key->kind);
    struct arena *arena = judged->problems->arena;
    uint64_t number = 0;
    enum unit_status status = UNIT_MALFORMED;
    if (judged->node->kind == NODE_SCALAR) {
        status = kind->read(judged->node->text, &number);
    }
    if (status == UNIT_MALFORMED) {
        refuse_got(judged, NULL,
                   arena_format(arena, "%s such as %s%s", kind->noun,
                                key->example, or_choice(judged)));
        return false;
    }
    if (status != UNIT_OK || number < key->min || number > key->max) {
        refuse_got(judged, NULL,
                   arena_format(arena, "%s from %s to %s", kind->noun,
                                kind->write(arena, key->min),
                                kind->write(arena, key->max)));
        return false;
    }
    *number_out = number;
    return true;
}

static bool read_decimal(const struct judged *judged, double *decimal_out) {
    const struct schema_key *key = judged->key;
    double decimal = 0;
    if (judged->node->kind != NODE_SCALAR ||
        unit_number(judged->node->text, &decimal) != UNIT_OK ||
        decimal <= (double)key->min || decimal > (double)key->max) {
        refuse_got(judged, NULL,
                   arena_format(judged->problems->arena,
                                "a number above %" PRIu64 " and up to %" PRIu64
                                ", such as %s",
                                key->min, key->max, key->example));
        return false;
    }
    *decimal_out = decimal;
    return true;
}

static bool read_boolean(const struct judged *judged, uint64_t *number_out) {
    bool boolean = false;
    if (judged->node->kind != NODE_SCALAR ||
        unit_boolean(judged->node->text, &boolean) != UNIT_OK) {
        refuse_got(judged, NULL, "yes or no");
        return false;
    }
    *number_out = boolean;
    return true;
}

#define MEASURE_WORDS "yes, no or {from: steady}"

static bool read_measure(const struct judged *judged, uint64_t *number_out) {
    const struct node *node = judged->node;
    bool boolean = false;
    if (node->kind == NODE_SCALAR &&
        unit_boolean(node->text, &boolean) == UNIT_OK) {
        *number_out = boolean ? MEASURE_YES : MEASURE_NO;
        return true;
    }
    if (node->kind == NODE_MAPPING && node->count == 1 &&
        strcmp(node->keys[0]->text, "from") == 0) {
        struct judged from = *judged;
        from.node = node->items[0];
        if (from.node->kind == NODE_SCALAR &&
            strcmp(from.node->text, "steady") == 0) {
            *number_out = MEASURE_FROM_STEADY;
            return true;
        }
        refuse_got(&from, NULL, "steady, as in {from: steady}");
        return false;
    }
    refuse_got(judged, NULL, MEASURE_WORDS);
    return false;
}

bool value_is_name(const char *text) {
    const char *const letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const size_t size = strlen(text);
    if (size == 0 || size > NAME_BYTES_MAX || strchr(letters, *text) == NULL) {
        return false;
    }
    return text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")] == '\0';
}

static bool read_name(const struct judged *judged) {
    if (judged->node->kind == NODE_SCALAR &&
        value_is_name(judged->node->text)) {
        return true;
    }
    refuse_got(judged, NULL,
               "a name of letters, digits, - and _ that begins with a letter");
    return false;
}

static bool is_one_line(const char *text) {
    bool blank = true;
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            return false;
        }
        blank = blank && *text == ' ';
    }
    return !blank;
}

static bool read_text(const struct judged *judged) {
    if (judged->node->kind == NODE_SCALAR && is_one_line(judged->node->text)) {
        return true;
    }
    refuse_got(judged, NULL, "a text on one line");
    return false;
}

static bool read_logins(const struct judged *judged) {
    const struct node *list = judged->node;
    if (list->count == 0 || list->count > SCHEMA_LOGINS_MAX) {
        refuse(judged, NULL,
               arena_format(judged->problems->arena,
                            "expected 1 to %d logins, got %zu",
                            SCHEMA_LOGINS_MAX, list->count));
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < list->count; i++) {
        const struct node *item = list->items[i];
        if (item->kind != NODE_SCALAR || *item->text == '\0' ||
            strlen(item->text) > SCHEMA_LOGIN_BYTES_MAX) {
            struct judged login = *judged;
            login.node = item;
            refuse_got(&login, "a login has 1 to 63 bytes", "a login");
            good = false;
        }
    }
    return good;
}

static bool read_container(const struct judged *judged) {
    const enum node_kind kind = judged->node->kind;
    switch (judged->key->kind) {
    case SCHEMA_FIND:
    case SCHEMA_MAPPING:
        if (kind == NODE_MAPPING) {
            return true;
        }
        refuse_got(judged, NULL, "a mapping");
        return false;
    case SCHEMA_MAPPINGS:
        if (kind == NODE_MAPPING || kind == NODE_LIST) {
            return true;
        }
        refuse_got(judged, NULL, "a mapping, or a list of them");
        return false;
    default:
        if (kind == NODE_LIST) {
            return true;
        }
        refuse_got(judged,
                   "begin each line with \"- \", and quote it where it has "
                   "\": \" in it",
                   "a list");
        return false;
    }
}

/* What a mapping says, asked.h reads. */
static bool read_keys(const struct judged *judged, uint64_t *number_out) {
    switch (judged->node->kind) {
    case NODE_LIST:
        return read_logins(judged);
    case NODE_MAPPING:
        return true;
    default:
        return read_word(judged,
                         ", {zipf: 0.99}, {hot: {users: 1%, lookups: 90%}} or "
                         "a list of logins",
                         number_out);
    }
}

static bool read_value(const struct judged *judged, struct value *value_out) {
    uint64_t *number_out = &value_out->number;
    switch (judged->key->kind) {
    case SCHEMA_COUNT:
    case SCHEMA_DURATION:
    case SCHEMA_SIZE:
    case SCHEMA_SHARE:
    case SCHEMA_RATE:
        return judged->key->mapping != NULL &&
                       judged->node->kind == NODE_MAPPING
                   ? read_choice(judged)
                   : read_quantity(judged, number_out);
    case SCHEMA_BOOLEAN:
        return read_boolean(judged, number_out);
    case SCHEMA_MEASURE:
        return read_measure(judged, number_out);
    case SCHEMA_WORD:
        return read_word(judged, "", number_out);
    case SCHEMA_SUBJECT:
        return read_subject(judged, number_out);
    case SCHEMA_KEYS:
        return read_keys(judged, number_out);
    case SCHEMA_DECIMAL:
        return read_decimal(judged, &value_out->decimal);
    case SCHEMA_NAME:
        return read_name(judged);
    case SCHEMA_TEXT:
        return read_text(judged);
    case SCHEMA_VALUE:
        return true; /* find.h judges it by its key */
    case SCHEMA_VARIABLES:
    case SCHEMA_FILES:
        return false; /* let.h and include.h have taken them out */
    case SCHEMA_LATER:
        refuse(judged, NULL, "not supported by this version");
        return false;
    default:
        return read_container(judged);
    }
}

void value_read(struct problems *problems, const struct schema_mapping *mapping,
                const struct schema_key *key, const struct node *node,
                struct value *value_out) {
    const struct judged judged = {problems, mapping, key, node};
    *value_out = (struct value){.node = node};
    value_out->good = !node->refused && read_value(&judged, value_out);
}

void value_add_missing(struct problems *problems,
                       const struct schema_mapping *mapping,
                       const struct node *node, const char *name,
                       const char *advice) {
    problems_add(problems, node->place, path_of(problems, mapping, name),
                 advice, "missing");
}

void value_read_mapping(struct problems *problems,
                        const struct schema_mapping *mapping,
                        const struct node *node, struct value *values) {
    memset(values, 0, mapping->keys_count * sizeof *values);
    for (size_t i = 0; i < node->count; i++) {
        const struct schema_key *key =
            schema_find(mapping, node->keys[i]->text);
        if (key == NULL) {
            refuse_unknown(problems, mapping, node->keys[i]);
        } else if (values[key - mapping->keys].node == NULL) {
            value_read(problems, mapping, key, node->items[i],
                       &values[key - mapping->keys]);
        }
    }
    for (size_t i = 0; i < mapping->keys_count; i++) {
        if (mapping->keys[i].required && values[i].node == NULL) {
            value_add_missing(problems, mapping, node, mapping->keys[i].name,
                              mapping->keys[i].example);
        }
    }
}

uint64_t value_or(const struct value *value, uint64_t fallback) {
    return value->good ? value->number : fallback;
}
