/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "scenario/json_schema.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "scenario/node.h"
#include "scenario/problem.h"
#include "scenario/schema.h"
#include "scenario/source.h"
#include "scenario/yaml.h"
#include "support/files_in.h"
#include "support/scratch.h"
#include "support/suite.h"

/* The schema and the reader agree on all that is in tests/golden/scenario/. */

#define GOLDEN "tests/golden/scenario/"

/* Bad files that the schema takes, and why it cannot do otherwise. */
static const struct {
    const char *name;
    const char *why;
} beyond[] = {
    {"beside_a_command.yaml", "keys that contradict each other"},
    {"contradictions.yaml", "keys that contradict each other"},
    {"database_file.yaml", "keys that contradict each other"},
    {"database_file_of_a_command.yaml", "keys that contradict each other"},
    {"exhaustion_by.yaml", "keys that contradict each other"},
    {"exhaustion_open_loop.yaml", "what can be predicted"},
    {"expect_grammar.yaml", "the grammar of expectations"},
    {"expect_kinds.yaml", "the grammar of expectations"},
    {"expect_phase.yaml", "names that stand elsewhere"},
    {"expect_unmeasured_phase.yaml", "names that stand elsewhere"},
    {"find_bounds.yaml", "which of two numbers is larger"},
    {"find_sweep.yaml", "keys that contradict each other"},
    {"include_no_yaml.yaml", "what is in another file"},
    {"let_too_much.yaml", "what variables come to"},
    {"min_above_max.yaml", "keys that contradict each other"},
    {"missing_inside.yaml", "one of two keys, which later may be three"},
    {"nul_escaped.yaml", "the tree that the test reads ends at the NUL"},
    {"open_loops_of_direct.yaml", "keys that contradict each other"},
    {"operations_database.yaml", "keys that contradict each other"},
    {"operations_file.yaml", "keys that contradict each other"},
    {"sweep_contradiction.yaml", "keys that contradict each other"},
    {"sweep_too_large.yaml", "how many combinations there are"},
    {"sweep_twice.yaml", "cells, and paths, that are the same"},
    {"two_documents.yaml", "JSON is one document"},
    {"yaml_duplicate_keys.yaml", "JSON has no key twice"},
    {"yaml_tag.yaml", "JSON has no tags"},
};

/* ---- YAML as editors see it: 1.2, core schema ----------------------------*/

static bool is_integer(const char *text) {
    text += *text == '-';
    return *text != '\0' && text[strspn(text, "0123456789")] == '\0' &&
           strlen(text) < 18;
}

static json_t *to_json(const struct node *node);

static json_t *scalar_to_json(const struct node *node) {
    const char *text = node->text;
    if (node->style != NODE_PLAIN) {
        return json_string(text);
    }
    if (*text == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0) {
        return json_null();
    }
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
        return json_boolean(*text == 't');
    }
    char *end = NULL;
    const double number = strtod(text, &end);
    if (is_integer(text)) {
        return json_integer(strtoll(text, NULL, 10));
    }
    if (*end == '\0' && strspn(text, "0123456789.-+eE") == strlen(text)) {
        return json_real(number);
    }
    return json_string(text);
}

static json_t *to_json(const struct node *node) {
    if (node->kind == NODE_SCALAR) {
        return scalar_to_json(node);
    }
    json_t *json = node->kind == NODE_LIST ? json_array() : json_object();
    for (size_t i = 0; i < node->count; i++) {
        json_t *item = to_json(node->items[i]);
        assert_non_null(item);
        if (node->kind == NODE_LIST) {
            assert_int_equal(json_array_append_new(json, item), 0);
        } else {
            assert_int_equal(
                json_object_set_new(json, node->keys[i]->text, item), 0);
        }
    }
    return json;
}

/* ---- The corpus ----------------------------------------------------------*/

struct corpus {
    struct arena *arena;
    json_t *documents;
};

/* What is no YAML needs no schema. */
static void add_file(void *data, const char *path) {
    struct corpus *corpus = data;
    struct problems problems;
    struct text text;
    text_init(&text);
    assert_int_equal(file_read(path, SOURCE_BYTES_MAX, &text), 0);
    problems_init(&problems, corpus->arena, path, text.bytes);
    const struct node *root =
        yaml_read(text.bytes, text.size, (struct place){0}, &problems);
    if (root != NULL) {
        assert_int_equal(
            json_object_set_new(corpus->documents, path, to_json(root)), 0);
    }
    text_fini(&text);
}

static const char *const validate =
    "import json, sys, jsonschema\n"
    "schema, documents = (json.load(open(name)) for name in sys.argv[1:3])\n"
    "jsonschema.Draft202012Validator.check_schema(schema)\n"
    "validator = jsonschema.Draft202012Validator(schema)\n"
    "for name, document in documents.items():\n"
    "    for error in list(validator.iter_errors(document))[:1] or ['']:\n"
    "        print(name, 'refused' if error else 'taken',\n"
    "              list(error.path) if error else '')\n";

/* "PATH refused [...]" or "PATH taken" for each. */
static void judge(struct scratch *scratch, const json_t *documents,
                  struct text *verdicts) {
    struct text schema;
    char line[1024];
    text_init(&schema);
    json_schema_write(&schema);
    char *bytes = json_dumps(documents, 0);
    assert_non_null(bytes);
    (void)scratch_write(scratch, "schema.json", schema.bytes);
    (void)scratch_write(scratch, "documents.json", bytes);
    (void)scratch_write(scratch, "validate.py", validate);
    FILE *pipe = popen(arena_format(scratch->arena,
                                    "cd %s && /usr/bin/python3 -W ignore "
                                    "validate.py schema.json documents.json",
                                    scratch->folder),
                       "r");
    assert_non_null(pipe);
    while (fgets(line, sizeof line, pipe) != NULL) {
        text_append(verdicts, line);
    }
    assert_int_equal(pclose(pipe), 0);
    free(bytes);
    text_fini(&schema);
}

static bool is_beyond(const char *name) {
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++) {
        if (strcmp(beyond[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Of one line: what there is to complain of, or NULL. */
static const char *complaint(struct scratch *scratch, const char *line) {
    char path[512];
    char verdict[16];
    assert_int_equal(sscanf(line, "%511s %15s", path, verdict), 2);
    const bool taken = strcmp(verdict, "taken") == 0;
    if (strncmp(path, GOLDEN "bad/", strlen(GOLDEN "bad/")) != 0) {
        return taken ? NULL : line;
    }
    const char *name = path + strlen(GOLDEN "bad/");
    return taken == is_beyond(name)
               ? NULL
               : arena_format(scratch->arena, "%s%s", line,
                              taken ? "" : " though it is listed as beyond");
}

static void it_refuses_what_is_bad_and_takes_what_is_good(void **state) {
    struct scratch *scratch = *state;
    json_t *documents = json_object();
    struct corpus corpus = {scratch->arena, documents};
    struct text verdicts;
    struct text complaints;
    text_init(&verdicts);
    text_init(&complaints);
    (void)files_in(GOLDEN "good", ".yaml", add_file, &corpus);
    (void)files_in(GOLDEN "bad", ".yaml", add_file, &corpus);
    (void)files_in("scenarios", ".yaml", add_file, &corpus);
    judge(scratch, documents, &verdicts);
    size_t count = 0;
    for (char *line = strtok(verdicts.bytes, "\n"); line != NULL;
         line = strtok(NULL, "\n")) {
        const char *what = complaint(scratch, line);
        if (what != NULL) {
            text_format(&complaints, "%s\n", what);
        }
        count++;
    }
    assert_int_equal(count, json_object_size(documents));
    assert_true(count > 50);
    if (complaints.size != 0) {
        fail_msg("%s", complaints.bytes);
    }
    json_decref(documents);
    text_fini(&complaints);
    text_fini(&verdicts);
}

/* As many as there may be cells, not as there may be phases. */
static void it_takes_long_lists_of_sweeps(void **state) {
    struct scratch *scratch = *state;
    json_t *sweeps = json_array();
    for (int i = 0; i < SCHEMA_PHASES_MAX + 1; i++) {
        assert_int_equal(json_array_append_new(
                             sweeps, json_pack("{s: [i]}", "cycles", i + 1)),
                         0);
    }
    json_t *documents =
        json_pack("{s: {s: s, s: {s: i}, s: {s: i, s: i}, s: o}}", "long",
                  "title", "t", "database", "users", 3, "load", "in_flight", 3,
                  "lookups", 3, "sweep", sweeps);
    struct text verdicts;
    text_init(&verdicts);
    assert_non_null(documents);
    judge(scratch, documents, &verdicts);
    assert_string_equal(verdicts.bytes, "long taken \n");
    json_decref(documents);
    text_fini(&verdicts);
}

/* ---- The tables ----------------------------------------------------------*/

static void check_mapping(const struct schema_mapping *mapping) {
    for (size_t i = 0; i < mapping->keys_count; i++) {
        const struct schema_key *key = &mapping->keys[i];
        if (key->kind != SCHEMA_LATER && key->about == NULL) {
            fail_msg("%s%s is not explained", mapping->path, key->name);
        }
        if (key->mapping != NULL) {
            check_mapping(key->mapping);
        }
    }
}

static void every_key_is_explained(void **state) {
    (void)state;
    check_mapping(&schema_root);
    check_mapping(&schema_find_keys);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(it_refuses_what_is_bad_and_takes_what_is_good),
        TEST(it_takes_long_lists_of_sweeps),
        TEST(every_key_is_explained),
    };
    return SUITE_RUN(tests, argc, argv);
}
