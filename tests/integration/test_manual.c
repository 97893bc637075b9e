/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/result.h"
#include "scenario/expectation.h"
#include "scenario/schema.h"
#include "support/program.h"
#include "support/suite.h"
#include "verdict/measured.h"

/* The manual pages say what the program, its language and the library have:
 * all of it, and nothing else. */

#define FILE_SIZE_MAX ((size_t)1024 * 1024)
#define CAVEATS "\n.Sh CAVEATS\n" /* what is not supported stands behind it */

/* ---- Words ---- */

enum { WORDS_MAX = 2000, WORD_SIZE = 64 };

struct words {
    char items[WORDS_MAX][WORD_SIZE];
    size_t count;
};

static bool has_word(const struct words *words, const char *word) {
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->items[i], word) == 0) {
            return true;
        }
    }
    return false;
}

static void add_word(struct words *words, const char *bytes, size_t size) {
    char word[WORD_SIZE];
    assert_true(size < sizeof word);
    (void)snprintf(word, sizeof word, "%.*s", (int)size, bytes);
    if (!has_word(words, word)) {
        assert_true(words->count < WORDS_MAX);
        memcpy(words->items[words->count++], word, sizeof word);
    }
}

static void expect_all(const struct words *words, const struct words *in,
                       const char *where) {
    for (size_t i = 0; i < words->count; i++) {
        if (!has_word(in, words->items[i])) {
            fail_msg("%s is not in %s", words->items[i], where);
        }
    }
}

static bool is_part(char character) {
    return isalnum((unsigned char)character) != 0 || character == '_';
}

/* Every name of C in @text that begins with one of the prefixes. */
static void add_names(struct words *words, const char *text, const char *prefix,
                      const char *or_prefix) {
    while (*text != '\0') {
        size_t size = 0;
        while (is_part(text[size])) {
            size++;
        }
        if (size != 0 && (strncmp(text, prefix, strlen(prefix)) == 0 ||
                          strncmp(text, or_prefix, strlen(or_prefix)) == 0)) {
            add_word(words, text, size);
        }
        text += size == 0 ? 1 : size;
    }
}

/* ---- Pages ---- */

struct manual {
    struct program *program;
    struct text plunge; /* plunge.1 */
    struct text dbpool; /* dbpool.3 */
    struct text header; /* dbpool.h, without comments */
    struct words one;
    struct words other;
};

static void take_file(struct text *text, const char *path) {
    text_init(text);
    assert_int_equal(file_read(path, FILE_SIZE_MAX, text), 0);
}

static void blank_comments(char *text) {
    for (char *at = strstr(text, "/*"); at != NULL; at = strstr(at, "/*")) {
        char *end = strstr(at, "*/");
        assert_non_null(end);
        memset(at, ' ', (size_t)(end + 2 - at));
    }
}

static int setup(void **state) {
    struct manual *manual = calloc(1, sizeof *manual);
    void *program = NULL;
    assert_non_null(manual);
    assert_int_equal(program_setup(&program), 0);
    manual->program = program;
    take_file(&manual->plunge, "man/plunge.1");
    take_file(&manual->dbpool, "man/dbpool.3");
    take_file(&manual->header, "lib/include/dbpool.h");
    *state = manual;
    return 0;
}

static int teardown(void **state) {
    struct manual *manual = *state;
    void *program = manual->program;
    text_fini(&manual->plunge);
    text_fini(&manual->dbpool);
    text_fini(&manual->header);
    free(manual);
    return program_teardown(&program);
}

/* The line behind the one that @at is in, or NULL. */
static const char *next_line(const char *at) {
    const char *end = strchr(at, '\n');
    return end == NULL || end[1] == '\0' ? NULL : end + 1;
}

static bool begins(const char *at, const char *with) {
    return strncmp(at, with, strlen(with)) == 0;
}

/* What stands behind the heading, which has a line of its own. */
static const char *behind(const char *page, const char *heading) {
    const char *at = strstr(page, heading);
    if (at == NULL) {
        fail_msg("there is no%s", heading);
    }
    return at + strlen(heading);
}

/* What the next display in @page shows, as a reader sees it. Returns what is
 * behind it. */
static const char *read_display(const char *page, struct text *text) {
    static const struct {
        const char *escape;
        const char *meaning;
    } escapes[] = {{"\\e", "\\"}, {"\\-", "-"}, {"\\(aq", "'"}, {"\\&", ""}};
    const char *at = next_line(behind(page, "\n.Bd -literal"));
    const char *end = strstr(at, "\n.Ed\n");
    assert_non_null(end);
    while (at <= end) {
        size_t i = 0;
        while (i < 4 && !begins(at, escapes[i].escape)) {
            i++;
        }
        if (i < 4) {
            text_append(text, escapes[i].meaning);
            at += strlen(escapes[i].escape);
        } else {
            assert_true(*at != '\\');
            text_append_n(text, at++, 1);
        }
    }
    return end + 1;
}

/* ---- plunge.1 ---- */

/* "  -o, --out DIR   where ..." has two. */
static void add_options_of_line(struct words *words, const char *line) {
    const char *at = line + strspn(line, " ");
    while (at != line && *at == '-') {
        size_t size = strcspn(at, " ,\n");
        add_word(words, at, size);
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
        add_word(words, option, (size_t)size);
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
         line = next_line(line)) {
        add_options_of_line(help, line);
    }
    (void)snprintf(heading, sizeof heading, "\n.Ss %s\n", command);
    for (const char *line = behind(manual->plunge.bytes, heading);
         line != NULL && !begins(line, ".Ss") && !begins(line, ".Sh");
         line = next_line(line)) {
        if (begins(line, ".It ")) {
            add_options_of_item(page, line);
        }
    }
    assert_true(help->count >= 2);
    expect_all(help, page, "plunge.1");
    expect_all(page, help, command);
}

static void the_options_are_those_of_the_help(void **state) {
    the_page_has_the_options_of(*state, "run");
    the_page_has_the_options_of(*state, "check");
    the_page_has_the_options_of(*state, "generate");
}

static void every_command_has_a_section(void **state) {
    struct manual *manual = *state;
    char heading[WORD_SIZE];
    program_run(manual->program, "--help", NULL);
    program_expect(manual->program, 0);
    size_t count = 0;
    for (const char *line = manual->program->out.bytes; line != NULL;
         line = next_line(line)) {
        if (begins(line, "  ") && islower((unsigned char)line[2]) != 0) {
            (void)snprintf(heading, sizeof heading, "\n.Ss %.*s\n",
                           (int)strcspn(line + 2, " "), line + 2);
            (void)behind(manual->plunge.bytes, heading);
            count++;
        }
    }
    assert_true(count >= 3);
}

static const struct schema_mapping *const mappings[] = {
    &schema_root, &schema_database, &schema_pool, &schema_load, &schema_limits};
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
    const char *const *const lists[] = {key->words_later, key->mapping_later};
    for (int list = 0; list < 2; list++) {
        for (size_t i = 0; lists[list] != NULL && lists[list][i] != NULL; i++) {
            if (!item_has(later_item, lists[list][i]) ||
                item_has(item, lists[list][i])) {
                fail_msg("%s: %s has its place behind CAVEATS", path,
                         lists[list][i]);
            }
        }
    }
}

static void every_key_of_the_language_is_there(void **state) {
    struct manual *manual = *state;
    const char *later = behind(manual->plunge.bytes, CAVEATS);
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
            add_word(&manual->one, path, (size_t)size);
        }
    }
    for (const char *line = manual->plunge.bytes; line != NULL;
         line = next_line(line)) {
        if (begins(line, ".It Cm ")) {
            line += strlen(".It Cm ");
            add_word(&manual->other, line, strcspn(line, " \n"));
        }
    }
    expect_all(&manual->other, &manual->one, "the language");
}

static void every_metric_and_kind_is_there(void **state) {
    struct manual *manual = *state;
    const char *page = behind(manual->plunge.bytes, "\n.Sh EXPECTATIONS\n");
    struct words *words = &manual->one;
    while (*page != '\0') {
        size_t size = strcspn(page, " \n");
        if (size < WORD_SIZE) {
            add_word(words, page, size);
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
            if (!begins(name, "service.") && !has_word(words, name)) {
                fail_msg("the metric %s is not in plunge.1", name);
            }
        }
    }
    for (int kind = 0; kind < RESULT_KINDS_COUNT; kind++) {
        const char *name = result_kind_name((enum result_kind)kind);
        if (!has_word(words, name)) {
            fail_msg("the kind %s is not in plunge.1", name);
        }
    }
}

static void the_scenario_of_the_page_is_good(void **state) {
    struct manual *manual = *state;
    struct text text;
    text_init(&text);
    (void)read_display(behind(manual->plunge.bytes, "\n.Sh SCENARIOS\n"),
                       &text);
    const char *path = program_write(manual->program, "page.yaml", text.bytes);
    text_fini(&text);
    program_run(manual->program, "check", path, NULL);
    program_expect(manual->program, 0);
}

/* ---- dbpool.3 ---- */

static void every_symbol_of_the_library_is_there(void **state) {
    struct manual *manual = *state;
    blank_comments(manual->header.bytes);
    add_names(&manual->one, manual->header.bytes, "dbpool_", "DBPOOL_");
    add_names(&manual->other, manual->dbpool.bytes, "dbpool_", "DBPOOL_");
    add_word(&manual->other, "DBPOOL_H", strlen("DBPOOL_H"));
    assert_true(manual->one.count > 80);
    expect_all(&manual->one, &manual->other, "dbpool.3");
    expect_all(&manual->other, &manual->one, "dbpool.h");
}

/* "    bool names; ..." is a member; what is private ends its structure. */
static void every_member_of_a_structure_is_there(void **state) {
    struct manual *manual = *state;
    bool inside = false;
    add_names(&manual->one, manual->dbpool.bytes, "", "");
    size_t count = 0;
    for (const char *line = manual->header.bytes; line != NULL;
         line = next_line(line)) {
        const char *end = line + strcspn(line, ";[\n");
        if (begins(line, "struct dbpool_") &&
            line[strcspn(line, "{\n")] == '{') {
            inside = true;
        }
        if (begins(line, "};") || begins(line, "    /* Private") ||
            (strstr(line, "/* private") != NULL &&
             strstr(line, "/* private") < line + strcspn(line, "\n"))) {
            inside = false;
        }
        if (!inside || !begins(line, "    ") || *end == '\n') {
            continue;
        }
        const char *at = end;
        while (is_part(at[-1])) {
            at--;
        }
        char name[WORD_SIZE];
        (void)snprintf(name, sizeof name, "%.*s", (int)(end - at), at);
        if (!has_word(&manual->one, name)) {
            fail_msg("the member %s is not in dbpool.3", name);
        }
        count++;
    }
    assert_true(count > 60);
}

#ifdef PLUNGE_COVERAGE
#define COVERAGE "--coverage"
#else
#define COVERAGE ""
#endif

/* build/VARIANT, where this program is in a folder of. */
static void find_build(char path[PATH_MAX]) {
    ssize_t size = readlink("/proc/self/exe", path, PATH_MAX - 1);
    assert_true(size > 0);
    path[size] = '\0';
    *strrchr(path, '/') = '\0';
    *strrchr(path, '/') = '\0';
}

static void the_example_prints_what_the_page_says(void **state) {
    struct manual *manual = *state;
    struct program *program = manual->program;
    struct text source;
    struct text said;
    char build[PATH_MAX];
    char command[4 * PATH_MAX];
    text_init(&source);
    text_init(&said);
    const char *rest =
        read_display(behind(manual->dbpool.bytes, "\n.Sh EXAMPLES\n"), &source);
    (void)read_display(rest, &said);
    (void)program_write(program, "example.c", source.bytes);
    find_build(build);
    (void)snprintf(
        command, sizeof command,
        "gcc -Wall -Wextra -Werror -Ilib/include '%s/example.c' "
        "'%s/libdbpool.a' $(gcc -print-file-name=libuv_a.a) "
        "$(gcc -print-file-name=libsqlite3.a) -lm -ldl -lpthread " COVERAGE
        " -o '%s/example' >&2 && cd '%s' && ./example >out",
        program->folder, build, program->folder, program->folder);
    assert_int_equal(system(command), 0);
    text_clear(&program->out);
    assert_int_equal(
        file_read(program_path(program, "out"), FILE_SIZE_MAX, &program->out),
        0);
    assert_string_equal(program->out.bytes, said.bytes);
    text_fini(&source);
    text_fini(&said);
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
        TEST(every_symbol_of_the_library_is_there),
        TEST(every_member_of_a_structure_is_there),
        TEST(the_example_prints_what_the_page_says),
    };
    return SUITE_RUN(tests, argc, argv);
}
