/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "scenario/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "scenario/node.h"
#include "scenario/problem.h"
#include "scenario/source.h"
#include "scenario/yaml.h"
#include "support/files_in.h"
#include "support/scratch.h"
#include "support/suite.h"

/* Every key of the language has a good and a bad example in
 * tests/golden/scenario/, and of the bad one the exact words. That these are
 * what the reader says is test_scenario.c's. */

#define GOLDEN "tests/golden/scenario/"

static void append_file(void *data, const char *path) {
    struct text *text = data;
    assert_int_equal(file_read(path, SOURCE_BYTES_MAX, text), 0);
}

/* ---- Bad examples --------------------------------------------------------*/

/* "...yaml:3:4: pool.max: ..." at the beginning of a line. */
static bool is_told(const char *told, const char *path) {
    char words[300];
    (void)snprintf(words, sizeof words, ": %s: ", path);
    for (const char *at = strstr(told, words); at != NULL;
         at = strstr(at + 1, words)) {
        const char *line = at;
        while (line > told && line[-1] != '\n') {
            line--;
        }
        if (strncmp(line, GOLDEN, strlen(GOLDEN)) == 0 &&
            memchr(line, ' ', (size_t)(at - line)) == NULL) {
            return true;
        }
    }
    return false;
}

static void find_bad(const struct schema_mapping *mapping, const char *told,
                     struct text *missing) {
    for (size_t i = 0; i < mapping->keys_count; i++) {
        const struct schema_key *key = &mapping->keys[i];
        char path[256];
        (void)snprintf(path, sizeof path, "%s%s", mapping->path, key->name);
        if (!is_told(told, path)) {
            text_format(missing, " %s", path);
        }
        if (key->mapping != NULL) {
            find_bad(key->mapping, told, missing);
        }
    }
}

static void every_key_has_a_bad_example(void **state) {
    (void)state;
    struct text told;
    struct text missing;
    text_init(&told);
    text_init(&missing);
    (void)files_in(GOLDEN "bad", ".txt", append_file, &told);
    find_bad(&schema_root, told.bytes, &missing);
    find_bad(&schema_find_keys, told.bytes, &missing);
    if (missing.size != 0) {
        fail_msg("nothing in " GOLDEN "bad is wrong with:%s", missing.bytes);
    }
    text_fini(&told);
    text_fini(&missing);
}

/* ---- Good examples -------------------------------------------------------*/

static bool has_key(const struct node *node, const struct schema_mapping *at,
                    const struct schema_mapping *mapping, const char *name);

/* In @node, which is a value of @key, or a list of such. */
static bool has_below(const struct node *node, const struct schema_key *key,
                      const struct schema_mapping *mapping, const char *name) {
    if (node->kind == NODE_MAPPING) {
        return has_key(node, key->mapping, mapping, name);
    }
    for (size_t i = 0; i < node->count; i++) {
        if (has_below(node->items[i], key, mapping, name)) {
            return true;
        }
    }
    return false;
}

static bool has_key(const struct node *node, const struct schema_mapping *at,
                    const struct schema_mapping *mapping, const char *name) {
    if (at == mapping && node_find(node, name) != NULL) {
        return true;
    }
    for (size_t i = 0; i < node->count; i++) {
        const struct schema_key *key = schema_find(at, node->keys[i]->text);
        if (key != NULL && key->kind == SCHEMA_FIND &&
            mapping == &schema_find_keys) {
            return node_find(node->items[i]->items[0], name) != NULL;
        }
        if (key != NULL && key->mapping != NULL &&
            has_below(node->items[i], key, mapping, name)) {
            return true;
        }
    }
    return false;
}

struct trees {
    struct arena *arena;
    const struct node *roots[256];
    size_t count;
};

static void read_tree(void *data, const char *path) {
    struct trees *trees = data;
    struct text text;
    struct problems problems;
    text_init(&text);
    assert_int_equal(file_read(path, SOURCE_BYTES_MAX, &text), 0);
    problems_init(&problems, trees->arena, path, text.bytes);
    const struct node *root =
        yaml_read(text.bytes, text.size, (struct place){0}, &problems);
    assert_non_null(root);
    assert_true(trees->count < 256);
    trees->roots[trees->count++] = root;
    text_fini(&text);
}

static void find_good(const struct schema_mapping *mapping,
                      const struct trees *trees, struct text *missing) {
    for (size_t i = 0; i < mapping->keys_count; i++) {
        const struct schema_key *key = &mapping->keys[i];
        bool found = key->kind == SCHEMA_LATER;
        for (size_t j = 0; j < trees->count && !found; j++) {
            found = has_key(trees->roots[j], &schema_root, mapping, key->name);
        }
        if (!found) {
            text_format(missing, " %s%s", mapping->path, key->name);
        }
        if (key->mapping != NULL) {
            find_good(key->mapping, trees, missing);
        }
    }
}

static void every_key_has_a_good_example(void **state) {
    struct scratch *scratch = *state;
    struct trees trees = {.arena = scratch->arena};
    struct text missing;
    text_init(&missing);
    (void)files_in(GOLDEN "good", ".yaml", read_tree, &trees);
    find_good(&schema_root, &trees, &missing);
    find_good(&schema_find_keys, &trees, &missing);
    if (missing.size != 0) {
        fail_msg("nothing in " GOLDEN "good has:%s", missing.bytes);
    }
    text_fini(&missing);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(every_key_has_a_bad_example),
        TEST(every_key_has_a_good_example),
    };
    return SUITE_RUN(tests, argc, argv);
}
