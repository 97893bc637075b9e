/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "support/page.h"
#include "support/program.h"
#include "support/suite.h"

/* The manual of the library says what dbpool.h has: all of it, and nothing
 * else. */

#define FILE_SIZE_MAX ((size_t)1024 * 1024)

struct manual {
    struct program *program;
    struct text dbpool; /* dbpool.3 */
    struct text header; /* dbpool.h */
    struct words one;
    struct words other;
};

static int setup(void **state) {
    struct manual *manual = calloc(1, sizeof *manual);
    void *program = NULL;
    assert_non_null(manual);
    assert_int_equal(program_setup(&program), 0);
    manual->program = program;
    page_read(&manual->dbpool, "man/dbpool.3");
    page_read(&manual->header, "lib/include/dbpool.h");
    *state = manual;
    return 0;
}

static int teardown(void **state) {
    struct manual *manual = *state;
    void *program = manual->program;
    text_fini(&manual->dbpool);
    text_fini(&manual->header);
    free(manual);
    return program_teardown(&program);
}

static void every_symbol_of_the_library_is_there(void **state) {
    struct manual *manual = *state;
    page_blank_comments(manual->header.bytes);
    words_add_names(&manual->one, manual->header.bytes, "dbpool_", "DBPOOL_");
    words_add_names(&manual->other, manual->dbpool.bytes, "dbpool_", "DBPOOL_");
    words_add(&manual->other, "DBPOOL_H", strlen("DBPOOL_H"));
    assert_true(manual->one.count > 80);
    words_expect(&manual->one, &manual->other, "dbpool.3");
    words_expect(&manual->other, &manual->one, "dbpool.h");
}

/* "    bool names; ..." is a member; what is private ends its structure. */
static void every_member_of_a_structure_is_there(void **state) {
    struct manual *manual = *state;
    bool inside = false;
    words_add_names(&manual->one, manual->dbpool.bytes, "", "");
    size_t count = 0;
    for (const char *line = manual->header.bytes; line != NULL;
         line = page_next_line(line)) {
        const char *end = line + strcspn(line, ";[\n");
        if (page_begins(line, "struct dbpool_") &&
            line[strcspn(line, "{\n")] == '{') {
            inside = true;
        }
        if (page_begins(line, "};") || page_begins(line, "    /* Private") ||
            (strstr(line, "/* private") != NULL &&
             strstr(line, "/* private") < line + strcspn(line, "\n"))) {
            inside = false;
        }
        if (!inside || !page_begins(line, "    ") || *end == '\n') {
            continue;
        }
        const char *at = end;
        while (words_are_of(at[-1])) {
            at--;
        }
        char name[WORD_SIZE];
        (void)snprintf(name, sizeof name, "%.*s", (int)(end - at), at);
        if (!words_have(&manual->one, name)) {
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
    const char *rest = page_read_display(
        page_behind(manual->dbpool.bytes, "\n.Sh EXAMPLES\n"), &source);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(every_symbol_of_the_library_is_there),
        TEST(every_member_of_a_structure_is_there),
        TEST(the_example_prints_what_the_page_says),
    };
    return SUITE_RUN(tests, argc, argv);
}
