/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/result.h"
#include "scenario/expectation.h"
#include "scenario/schema.h"
#include "support/page.h"
#include "support/program.h"
#include "support/suite.h"
#include "verdict/measured.h"

/* plunge(1) says what the program and its language have: all of it, and
 * nothing else. test_manual_library.c holds the pages of the library. */

#define CAVEATS "\n.Sh CAVEATS\n" /* what is not supported stands behind it */

struct manual {
    struct program *program;
    struct text plunge; /* plunge.1 */
    struct words one;
    struct words other;
};

static int setup(void **state) {
    struct manual *manual = calloc(1, sizeof *manual);
    void *program = NULL;
    assert_non_null(manual);
    assert_int_equal(program_setup(&program), 0);
    manual->program = program;
    page_read(&manual->plunge, "man/plunge.1");
    *state = manual;
    return 0;
}

static int teardown(void **state) {
    struct manual *manual = *state;
    void *program = manual->program;
    text_fini(&manual->plunge);
    free(manual);
    return program_teardown(&program);
}

/* "  -o, --out DIR   where ..." has two. */
static void add_options_of_line(struct words *words, const char *line) {
    const char *at = line + strspn(line, " ");
    while (at != line && *at == '-') {
        size_t size = strcspn(at, " ,\n");
        words_add(words, at, size);
        at += size;
        at += strspn(at, ", ");
    }
}

/* ".It Fl o , Fl -out Ar DIR" has two. */
static void add_options_of_item(struct words *words, const char *line) {
    char option[WORD_SIZE];
    const char *end = line + strcspn(line, "\n");
    const char *at = strstr(line, " Fl ");
    for (; at != NULL && at < end; at = strstr(at, " Fl ")) {
        at += strlen(" Fl ");
        int size = snprintf(option, sizeof option, "-%.*s",
                            (int)strcspn(at, " \n"), at);
        words_add(words, option, (size_t)size);
    }
}

static void the_page_has_the_options_of(struct manual *manual,
                                        const char *command) {
    char heading[WORD_SIZE];
    struct words *help = &manual->one;
    struct words *page = &manual->other;
    help->count = page->count = 0;
    program_run(manual->program, command, "--help", NULL);
    program_expect(manual->program, 0);
    for (const char *line = manual->program->out.bytes; line != NULL;
         line = page_next_line(line)) {
        add_options_of_line(help, line);
    }
    (void)snprintf(heading, sizeof heading, "\n.Ss %s\n", command);
    for (const char *line = page_behind(manual->plunge.bytes, heading);
         line != NULL && !page_begins(line, ".Ss") && !page_begins(line, ".Sh");
         line = page_next_line(line)) {
        if (page_begins(line, ".It ")) {
            add_options_of_item(page, line);
        }
    }
    assert_true(help->count >= 1);
    words_expect(help, page, "plunge.1");
    words_expect(page, help, command);
}

static void the_options_are_those_of_the_help(void **state) {
    the_page_has_the_options_of(*state, "run");
    the_page_has_the_options_of(*state, "check");
    the_page_has_the_options_of(*state, "report");
    the_page_has_the_options_of(*state, "compare");
    the_page_has_the_options_of(*state, "generate");
    the_page_has_the_options_of(*state, "schema");
    the_page_has_the_options_of(*state, "selftest");
    the_page_has_the_options_of(*state, "doctor");
}

static void every_command_has_a_section(void **state) {
    struct manual *manual = *state;
    char heading[WORD_SIZE];
    program_run(manual->program, "--help", NULL);
    program_expect(manual->program, 0);
    size_t count = 0;
    for (const char *line = manual->program->out.bytes; line != NULL;
         line = page_next_line(line)) {
        if (page_begins(line, "  ") && islower((unsigned char)line[2]) != 0) {
            (void)snprintf(heading, sizeof heading, "\n.Ss %.*s\n",
                           (int)strcspn(line + 2, " "), line + 2);
            (void)page_behind(manual->plunge.bytes, heading);
            count++;
        }
    }
    assert_true(count >= 3);
}

static const struct schema_mapping *const mappings[] = {
    &schema_root, &schema_database,   &schema_pool, &schema_load,  &schema_keys,
    &schema_hot,  &schema_operations, &schema_bio,  &schema_limits};
enum { MAPPINGS_COUNT = sizeof mappings / sizeof mappings[0] };

/* The line ".It Cm PATH ...", or NULL. */
static const char *find_item(const char *page, const char *path) {
    char item[2 * WORD_SIZE];
    int size = snprintf(item, sizeof item, "\n.It Cm %s", path);
    const char *at = strstr(page, item);
    while (at != NULL && at[size] != ' ' && at[size] != '\n') {
        at = strstr(at + 1, item);
    }
    return at == NULL ? NULL : at + 1;
}

static bool item_has(const char *item, const char *word) {
    const size_t size = strlen(word);
    const char *end = item == NULL ? NULL : item + strcspn(item, "\n");
    while (item != NULL && item < end) {
        size_t taken = strcspn(item, " \n");
        if (taken == size && strncmp(item, word, size) == 0) {
            return true;
        }
        item += taken + 1;
    }
    return false;
}

/* The words of a key stand in its item: those of this version among the keys,
 * the others behind CAVEATS. */
static void expect_words_of(const struct manual *manual,
                            const struct schema_key *key, const char *path) {
    const char *later = strstr(manual->plunge.bytes, CAVEATS);
    const char *item = find_item(manual->plunge.bytes, path);
    const char *later_item = find_item(later, path);
    for (size_t i = 0; key->words != NULL && key->words[i] != NULL; i++) {
        bool refused = false;
        for (size_t j = 0; key->words_later[j] != NULL; j++) {
            refused =
                refused || strcmp(key->words[i], key->words_later[j]) == 0;
        }
        if (item_has(item, key->words[i]) == refused) {
            fail_msg("%s: %s has its place %s", path, key->words[i],
                     refused ? "behind CAVEATS" : "among the keys");
        }
    }
    for (size_t i = 0; key->words_later != NULL && key->words_later[i] != NULL;
         i++) {
        if (!item_has(later_item, key->words_later[i]) ||
            item_has(item, key->words_later[i])) {
            fail_msg("%s: %s has its place behind CAVEATS", path,
                     key->words_later[i]);
        }
    }
}

static void every_key_of_the_language_is_there(void **state) {
    struct manual *manual = *state;
    const char *later = page_behind(manual->plunge.bytes, CAVEATS);
    for (int m = 0; m < MAPPINGS_COUNT; m++) {
        for (size_t i = 0; i < mappings[m]->keys_count; i++) {
            const struct schema_key *key = &mappings[m]->keys[i];
            char path[WORD_SIZE];
            (void)snprintf(path, sizeof path, "%s%s", mappings[m]->path,
                           key->name);
            const char *item = find_item(manual->plunge.bytes, path);
            if (item == NULL || (item > later) != (key->kind == SCHEMA_LATER)) {
                fail_msg("%s has its place %s", path,
                         key->kind == SCHEMA_LATER ? "behind CAVEATS"
                                                   : "among the keys");
            }
            expect_words_of(manual, key, path);
        }
    }
}

static void every_key_that_is_there_is_one(void **state) {
    struct manual *manual = *state;
    for (int m = 0; m < MAPPINGS_COUNT; m++) {
        for (size_t i = 0; i < mappings[m]->keys_count; i++) {
            char path[WORD_SIZE];
            int size = snprintf(path, sizeof path, "%s%s", mappings[m]->path,
                                mappings[m]->keys[i].name);
            words_add(&manual->one, path, (size_t)size);
        }
    }
    for (const char *line = manual->plunge.bytes; line != NULL;
         line = page_next_line(line)) {
        if (page_begins(line, ".It Cm ")) {
            line += strlen(".It Cm ");
            words_add(&manual->other, line, strcspn(line, " \n"));
        }
    }
    words_expect(&manual->other, &manual->one, "the language");
}

static void every_metric_and_kind_is_there(void **state) {
    struct manual *manual = *state;
    const char *page =
        page_behind(manual->plunge.bytes, "\n.Sh EXPECTATIONS\n");
    struct words *words = &manual->one;
    while (*page != '\0') {
        size_t size = strcspn(page, " \n");
        if (size < WORD_SIZE) {
            words_add(words, page, size);
        }
        page += size + (page[size] != '\0');
    }
    for (int metric = EXPECTATION_THROUGHPUT;
         metric <= EXPECTATION_CONTEXT_SWITCHES; metric++) {
        for (int statistic = EXPECTATION_P50; statistic <= EXPECTATION_MEAN;
             statistic++) {
            const struct expectation expectation = {
                .metric = (enum expectation_metric)metric,
                .statistic = (enum expectation_statistic)statistic};
            const char *name = measured_metric_name(&expectation);
            if (!page_begins(name, "service.") && !words_have(words, name)) {
                fail_msg("the metric %s is not in plunge.1", name);
            }
        }
    }
    for (int kind = 0; kind < RESULT_KINDS_COUNT; kind++) {
        const char *name = result_kind_name((enum result_kind)kind);
        if (!words_have(words, name)) {
            fail_msg("the kind %s is not in plunge.1", name);
        }
    }
}

static void the_scenario_of_the_page_is_good(void **state) {
    struct manual *manual = *state;
    struct text text;
    text_init(&text);
    (void)page_read_display(
        page_behind(manual->plunge.bytes, "\n.Sh SCENARIOS\n"), &text);
    const char *path = program_write(manual->program, "page.yaml", text.bytes);
    text_fini(&text);
    program_run(manual->program, "check", path, NULL);
    program_expect(manual->program, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(the_options_are_those_of_the_help),
        TEST(every_command_has_a_section),
        TEST(every_key_of_the_language_is_there),
        TEST(every_key_that_is_there_is_one),
        TEST(every_metric_and_kind_is_there),
        TEST(the_scenario_of_the_page_is_good),
    };
    return SUITE_RUN(tests, argc, argv);
}
