/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include <ctype.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "support/page.h"
#include "support/program.h"
#include "support/suite.h"

/* The manual of the library, a page a family of functions, says what dbpool.h
 * has: all of it, each function in one place, and nothing else. */

#define FILE_SIZE_MAX ((size_t)1024 * 1024)
#define HEADER "lib/include/dbpool.h"

enum { PAGES_MAX = 32 };

struct page {
    char name[WORD_SIZE]; /* "dbpool_open" */
    struct text text;
    struct text section; /* see section_of() */
};

struct manual {
    struct program *program;
    struct page pages[PAGES_MAX];
    size_t pages_count;
    struct text header; /* dbpool.h */
    struct text code;   /* the same without comments, line by line */
    struct words one;
    struct words other;
};

static void read_pages(struct manual *manual) {
    glob_t found;
    assert_int_equal(glob("man/*.3", 0, NULL, &found), 0);
    assert_in_range(found.gl_pathc, 2, PAGES_MAX);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct page *page = &manual->pages[manual->pages_count++];
        const char *path = found.gl_pathv[i];
        (void)snprintf(page->name, sizeof page->name, "%.*s",
                       (int)strcspn(path + strlen("man/"), "."),
                       path + strlen("man/"));
        page_read(&page->text, path);
        text_init(&page->section);
    }
    globfree(&found);
}

static int setup(void **state) {
    struct manual *manual = calloc(1, sizeof *manual);
    void *program = NULL;
    assert_non_null(manual);
    assert_int_equal(program_setup(&program), 0);
    manual->program = program;
    read_pages(manual);
    page_read(&manual->header, HEADER);
    page_read(&manual->code, HEADER);
    page_blank_comments(manual->code.bytes);
    *state = manual;
    return 0;
}

static int teardown(void **state) {
    struct manual *manual = *state;
    void *program = manual->program;
    for (size_t i = 0; i < manual->pages_count; i++) {
        text_fini(&manual->pages[i].text);
        text_fini(&manual->pages[i].section);
    }
    text_fini(&manual->header);
    text_fini(&manual->code);
    free(manual);
    return program_teardown(&program);
}

static struct page *find_page(struct manual *manual, const char *name) {
    for (size_t i = 0; i < manual->pages_count; i++) {
        if (strcmp(manual->pages[i].name, name) == 0) {
            return &manual->pages[i];
        }
    }
    return NULL;
}

/* The page's section of that name, valid until the next call for this page;
 * NULL: there is none. */
static const char *section_of(struct page *page, const char *name) {
    char heading[WORD_SIZE];
    (void)snprintf(heading, sizeof heading, "\n.Sh %s\n", name);
    const char *at = strstr(page->text.bytes, heading);
    if (at == NULL) {
        return NULL;
    }
    at += strlen(heading) - 1; /* the line's end, so that each line has one */
    const char *end = strstr(at, "\n.Sh ");
    text_clear(&page->section);
    text_append_n(&page->section, at,
                  end == NULL ? strlen(at) : (size_t)(end + 1 - at));
    return page->section.bytes;
}

/* The word behind @macro in each line that begins with it. */
static void add_words_behind(struct words *words, const char *section,
                             const char *macro) {
    for (const char *line = section; line != NULL;
         line = page_next_line(line)) {
        if (page_begins(line, macro)) {
            line += strlen(macro);
            words_add(words, line, strcspn(line, " \n"));
        }
    }
}

/* ---- Symbols ---- */

static void every_symbol_of_the_library_is_there(void **state) {
    struct manual *manual = *state;
    words_add_names(&manual->one, manual->code.bytes, "dbpool_", "DBPOOL_");
    for (size_t i = 0; i < manual->pages_count; i++) {
        const char *text =
            page_behind(manual->pages[i].text.bytes, "\n.Sh NAME\n");
        words_add_names(&manual->other, text, "dbpool_", "DBPOOL_");
    }
    words_add(&manual->other, "DBPOOL_H", strlen("DBPOOL_H"));
    assert_true(manual->one.count > 80);
    words_expect(&manual->one, &manual->other, "man/");
    words_expect(&manual->other, &manual->one, "dbpool.h");
}

/* Whoever looks a structure up finds it whole: each member heads an item. */
static bool is_whole(const struct page *page, const char *name,
                     const struct words *members, struct words *marked) {
    marked->count = 0;
    bool names = false;
    for (const char *line = page->text.bytes; line != NULL;
         line = page_next_line(line)) {
        const char *end = line + strcspn(line, "\n");
        const char *type = strstr(line, name);
        const char *mark = strstr(line, "Va ");
        names = names || (type != NULL && type < end &&
                          !words_are_of(type[strlen(name)]));
        if (page_begins(line, ".It ") && mark != NULL && mark < end) {
            struct text text;
            text_init(&text);
            text_append_n(&text, mark, (size_t)(end - mark));
            words_add_names(marked, text.bytes, "", "");
            text_fini(&text);
        }
    }
    for (size_t i = 0; names && i < members->count; i++) {
        names = words_have(marked, members->items[i]);
    }
    return names;
}

static void expect_whole(struct manual *manual, const char *name) {
    for (size_t i = 0; i < manual->pages_count; i++) {
        if (is_whole(&manual->pages[i], name, &manual->one, &manual->other)) {
            return;
        }
    }
    fail_msg("no page has all %zu members of %s", manual->one.count, name);
}

/* "    bool names; ..." is a member; what is private ends its structure. */
static void a_page_has_all_members_of_a_structure(void **state) {
    struct manual *manual = *state;
    char name[WORD_SIZE] = "";
    size_t count = 0;
    for (const char *line = manual->code.bytes; line != NULL;
         line = page_next_line(line)) {
        const char *end = line + strcspn(line, ";[\n");
        const char *said = manual->header.bytes + (line - manual->code.bytes);
        const char *private = strstr(said, "/* private");
        if (page_begins(line, "struct dbpool_") &&
            line[strcspn(line, "{\n")] == '{') {
            (void)snprintf(name, sizeof name, "%.*s",
                           (int)strcspn(line, "{") - 1, line);
            manual->one.count = 0;
        }
        if (*name != '\0' &&
            (page_begins(line, "};") || page_begins(said, "    /* Private") ||
             (private != NULL && private < said + strcspn(said, "\n")))) {
            expect_whole(manual, name);
            count += manual->one.count;
            *name = '\0';
        }
        if (*name == '\0' || !page_begins(line, "    ") || *end == '\n') {
            continue;
        }
        const char *at = end;
        while (words_are_of(at[-1])) {
            at--;
        }
        words_add(&manual->one, at, (size_t)(end - at));
    }
    assert_true(count > 100);
}

static void every_status_is_among_the_errors(void **state) {
    struct manual *manual = *state;
    const char *line =
        page_behind(manual->code.bytes, "\nenum dbpool_status {");
    for (; !page_begins(line, "};"); line = page_next_line(line)) {
        const char *name = line + strspn(line, " ");
        if (page_begins(name, "DBPOOL_")) {
            words_add(&manual->one, name, strcspn(name, " "));
        }
    }
    add_words_behind(&manual->other,
                     section_of(find_page(manual, "dbpool"), "ERRORS"),
                     ".It Dv ");
    assert_true(manual->one.count > 20);
    words_expect(&manual->one, &manual->other, "the ERRORS of dbpool.3");
}

/* ---- Synopses ---- */

/* Functions, macros that are called like one, and the types of callbacks. */
static void add_functions(struct words *words, const char *code) {
    for (const char *at = code; *at != '\0'; at++) {
        size_t size = 0;
        while (words_are_of(at[size])) {
            size++;
        }
        if (size == 0) {
            continue;
        }
        bool is_type = at[-1] == '*' && at[-2] == '(' && at[size] == ')';
        if (page_begins(at, "dbpool_") && (at[size] == '(' || is_type)) {
            words_add(words, at, size);
        }
        at += size - 1;
    }
}

/* What stands behind ".Fn ", without the dress of a type. */
static void take_name(char name[WORD_SIZE], const char *line) {
    line += page_begins(line, "(*") ? 2 : 0;
    (void)snprintf(name, WORD_SIZE, "%.*s", (int)strcspn(line, ") \n"), line);
}

static void every_function_is_in_one_synopsis(void **state) {
    struct manual *manual = *state;
    add_functions(&manual->one, manual->code.bytes);
    for (size_t i = 0; i < manual->pages_count; i++) {
        const char *line = section_of(&manual->pages[i], "SYNOPSIS");
        for (; line != NULL; line = page_next_line(line)) {
            char name[WORD_SIZE];
            if (!page_begins(line, ".Fn ")) {
                continue;
            }
            take_name(name, line + strlen(".Fn "));
            if (words_have(&manual->other, name)) {
                fail_msg("%s is in two synopses", name);
            }
            words_add(&manual->other, name, strlen(name));
        }
    }
    assert_true(manual->one.count > 40);
    words_expect(&manual->one, &manual->other, "a synopsis");
    words_expect(&manual->other, &manual->one, "dbpool.h");
}

static void a_page_is_named_after_what_is_in_its_synopsis(void **state) {
    struct manual *manual = *state;
    for (size_t i = 0; i < manual->pages_count; i++) {
        struct page *page = &manual->pages[i];
        manual->one.count = manual->other.count = 0;
        add_words_behind(&manual->one, section_of(page, "NAME"), ".Nm ");
        add_words_behind(&manual->other, section_of(page, "SYNOPSIS"),
                         ".Fn dbpool");
        for (size_t j = 0; j < manual->other.count; j++) {
            char name[WORD_SIZE + 8];
            (void)snprintf(name, sizeof name, "dbpool%s",
                           manual->other.items[j]);
            if (!words_have(&manual->one, name)) {
                fail_msg("%s is not in the NAME of %s", name, page->name);
            }
        }
        assert_true(words_have(&manual->one, page->name));
        bool overview = strcmp(page->name, "dbpool") == 0;
        assert_int_equal(manual->one.count, manual->other.count + overview);
    }
}

/* Without the blanks that only form asks for. */
static void squeeze(char *text) {
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        bool blank = isspace((unsigned char)*from) != 0;
        if (!blank) {
            *to++ = *from;
        } else if (to != text && strchr(" (*", to[-1]) == NULL) {
            *to++ = ' ';
        }
    }
    *to = '\0';
}

/* `Fn name "int a" "int b"` behind `Ft void` is "void name(@first, int a, int
 * b);". */
static void build_prototype(struct text *text, const char *type,
                            const char *line, const char *first) {
    size_t size = strcspn(line, " \n");
    size_t type_size = strcspn(type, "\n");
    text_clear(text);
    text_append_n(text, type, type_size);
    text_append(text, type[type_size - 1] == '*' ? "" : " ");
    text_append_n(text, line, size);
    text_append(text, first);
    for (line += size; *line == ' '; line += size) {
        bool quoted = line[1] == '"';
        line += quoted ? 2 : 1;
        size = strcspn(line, quoted ? "\"\n" : " \n");
        text_append(text, text->bytes[text->size - 1] == '(' ? "" : ", ");
        text_append_n(text, line, size);
        size += quoted;
    }
    text_append(text, ");");
}

/* A macro has its types from the function that it stands for. */
static void every_synopsis_is_that_of_the_header(void **state) {
    struct manual *manual = *state;
    struct text text;
    size_t count = 0;
    text_init(&text);
    squeeze(manual->code.bytes);
    for (size_t i = 0; i < manual->pages_count; i++) {
        const char *type = NULL;
        const char *line = section_of(&manual->pages[i], "SYNOPSIS");
        for (; line != NULL; line = page_next_line(line)) {
            if (page_begins(line, ".Ft ")) {
                type = line + strlen(".Ft ");
            }
            if (!page_begins(line, ".Fn ") || type == NULL) {
                continue;
            }
            line += strlen(".Fn ");
            build_prototype(&text, type, line, "(");
            if (strstr(manual->code.bytes, text.bytes) == NULL) {
                build_prototype(&text, type, line,
                                "_at(struct dbpool_site site");
            }
            if (strstr(manual->code.bytes, text.bytes) == NULL) {
                fail_msg("%s: dbpool.h has no %s", manual->pages[i].name,
                         text.bytes);
            }
            count++;
        }
    }
    text_fini(&text);
    assert_true(count > 40);
}

/* ---- The set of pages ---- */

static void every_page_has_its_sections(void **state) {
    static const char *const names[] = {
        "NAME",          "LIBRARY",  "SYNOPSIS", "DESCRIPTION",
        "RETURN VALUES", "EXAMPLES", "SEE ALSO"};
    struct manual *manual = *state;
    for (size_t i = 0; i < manual->pages_count; i++) {
        struct page *page = &manual->pages[i];
        for (size_t j = 0; j < sizeof names / sizeof names[0]; j++) {
            if (section_of(page, names[j]) == NULL) {
                fail_msg("%s has no %s", page->name, names[j]);
            }
        }
        bool fails =
            strstr(section_of(page, "SYNOPSIS"), "\n.Ft int\n") != NULL;
        if (fails && section_of(page, "ERRORS") == NULL) {
            fail_msg("%s has no ERRORS", page->name);
        }
    }
}

/* What is installed is found under each of its names. */
static void every_reference_leads_to_a_page(void **state) {
    struct manual *manual = *state;
    for (size_t i = 0; i < manual->pages_count; i++) {
        add_words_behind(&manual->one, section_of(&manual->pages[i], "NAME"),
                         ".Nm ");
    }
    for (size_t i = 0; i < manual->pages_count; i++) {
        const char *line = manual->pages[i].text.bytes;
        for (; line != NULL; line = page_next_line(line)) {
            const char *end = line + strcspn(line, "\n");
            const char *at = strstr(line, "Xr dbpool");
            if (*line != '.' || at == NULL || at >= end) {
                continue;
            }
            char name[WORD_SIZE];
            take_name(name, at + strlen("Xr "));
            const char *behind = at + strlen("Xr ") + strlen(name);
            if (!words_have(&manual->one, name) || !page_begins(behind, " 3")) {
                fail_msg("%s refers to %s, which is no page",
                         manual->pages[i].name, name);
            }
        }
    }
}

static void the_overview_and_the_pages_refer_to_each_other(void **state) {
    struct manual *manual = *state;
    struct page *overview = find_page(manual, "dbpool");
    assert_non_null(overview);
    add_words_behind(&manual->one, section_of(overview, "DESCRIPTION"),
                     ".It Xr ");
    add_words_behind(&manual->other, section_of(overview, "SEE ALSO"), ".Xr ");
    for (size_t i = 0; i < manual->pages_count; i++) {
        struct page *page = &manual->pages[i];
        if (page != overview &&
            (!words_have(&manual->one, page->name) ||
             !words_have(&manual->other, page->name) ||
             strstr(section_of(page, "SEE ALSO"), "\n.Xr dbpool 3") == NULL)) {
            fail_msg("dbpool and %s do not refer to each other", page->name);
        }
    }
    assert_int_equal(manual->one.count, manual->pages_count - 1);
}

/* ---- Examples ---- */

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
    const char *examples = section_of(find_page(manual, "dbpool"), "EXAMPLES");
    const char *rest = page_read_display(examples, &source);
    (void)page_read_display(rest, &said);
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

/* Those of the families are parts of a program. */
static void every_example_compiles(void **state) {
    struct manual *manual = *state;
    struct text source;
    char command[2 * PATH_MAX];
    text_init(&source);
    for (size_t i = 0; i < manual->pages_count; i++) {
        struct page *page = &manual->pages[i];
        const char *rest = section_of(page, "EXAMPLES");
        if (strcmp(page->name, "dbpool") == 0) {
            continue;
        }
        do {
            text_clear(&source);
            rest = page_read_display(rest, &source);
            (void)snprintf(
                command, sizeof command,
                "gcc -Wall -Wextra -Werror -Ilib/include -fsyntax-only '%s'",
                program_write(manual->program, "part.c", source.bytes));
            if (system(command) != 0) {
                fail_msg("an example of %s does not compile", page->name);
            }
        } while (strstr(rest, "\n.Bd -literal") != NULL);
    }
    text_fini(&source);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(every_symbol_of_the_library_is_there),
        TEST(a_page_has_all_members_of_a_structure),
        TEST(every_status_is_among_the_errors),
        TEST(every_function_is_in_one_synopsis),
        TEST(a_page_is_named_after_what_is_in_its_synopsis),
        TEST(every_synopsis_is_that_of_the_header),
        TEST(every_page_has_its_sections),
        TEST(every_reference_leads_to_a_page),
        TEST(the_overview_and_the_pages_refer_to_each_other),
        TEST(the_example_prints_what_the_page_says),
        TEST(every_example_compiles),
    };
    return SUITE_RUN(tests, argc, argv);
}
