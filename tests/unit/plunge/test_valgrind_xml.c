/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "cell/valgrind_xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "cell/findings.h"
#include "support/suite.h"

/* Files as valgrind 3.19 wrote them, of a program with a leak, a read of freed
 * memory and a race, and of one that crashes. */

struct fixture {
    struct findings findings;
    struct text text;
    struct valgrind_xml xml;
    const char *problem;
};

static int set_up(void **state) {
    static struct fixture f;
    f = (struct fixture){.findings = {.arena = arena_new()}};
    text_init(&f.text);
    *state = &f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    text_fini(&f->text);
    arena_free(f->findings.arena);
    return 0;
}

static void load(struct fixture *f, const char *tool) {
    char path[128];
    (void)snprintf(path, sizeof path, "tests/golden/valgrind/%s.xml", tool);
    text_clear(&f->text);
    assert_int_equal(file_read(path, (size_t)1 << 20, &f->text), 0);
    f->xml.tool = tool;
}

static void read_size(struct fixture *f, size_t size) {
    f->findings.count = f->findings.dropped = 0;
    f->findings.items = NULL;
    f->problem = valgrind_xml_read(&f->xml, f->text.bytes, size, &f->findings);
}

static void read_tool(struct fixture *f, const char *tool) {
    load(f, tool);
    read_size(f, f->text.size);
    assert_null(f->problem);
    assert_string_equal(f->xml.version, "3.19.0");
}

static void expect_finding(const struct fixture *f, size_t index,
                           const char *kind, const char *text,
                           const char *stack) {
    assert_true(index < f->findings.count);
    const struct result_finding *finding = &f->findings.items[index];
    assert_string_equal(finding->tool, f->xml.tool);
    assert_string_equal(finding->kind, kind);
    assert_string_equal(finding->text, text);
    assert_string_equal(finding->stack, stack);
}

#define PRELOAD "(in /usr/libexec/valgrind/vgpreload_"

static void an_error_has_its_words_and_all_of_its_stacks(void **state) {
    struct fixture *f = *state;
    read_tool(f, "memcheck");
    assert_int_equal(f->findings.count, 2);
    expect_finding(f, 0, "InvalidRead", "Invalid read of size 1",
                   "main (leak.c:6)\n"
                   "Address 0x52433a1 is 1 bytes inside a block of size 8 "
                   "free'd:\n"
                   "free " PRELOAD "memcheck-amd64-linux.so)\n"
                   "main (leak.c:6)\n"
                   "Block was alloc'd at:\n"
                   "malloc " PRELOAD "memcheck-amd64-linux.so)\n"
                   "main (leak.c:6)");
    expect_finding(f, 1, "Leak_DefinitelyLost",
                   "40 bytes in 1 blocks are definitely lost in loss record 2 "
                   "of 2",
                   "malloc " PRELOAD "memcheck-amd64-linux.so)\n"
                   "main (leak.c:6)");
}

static void what_is_still_reachable_is_no_finding_but_a_sum(void **state) {
    struct fixture *f = *state;
    read_tool(f, "memcheck");
    assert_int_equal(f->xml.still_reachable_bytes, 7);
    assert_int_equal(f->xml.possibly_lost_bytes, 0);
}

static void replace(struct fixture *f, const char *words, const char *other) {
    char *at = strstr(f->text.bytes, words);
    assert_non_null(at);
    assert_int_equal(strlen(words), strlen(other));
    for (; *other != '\0'; at++, other++) {
        *at = *other;
    }
}

static void what_open_pools_possibly_lose_is_no_finding(void **state) {
    struct fixture *f = *state;
    load(f, "memcheck");
    replace(f, "Leak_DefinitelyLost</kind>", "Leak_PossiblyLost</kind>  ");
    read_size(f, f->text.size);
    assert_null(f->problem);
    assert_int_equal(f->findings.count, 2);
    f->xml.open_pools = true;
    read_size(f, f->text.size);
    assert_int_equal(f->findings.count, 1);
    assert_int_equal(f->xml.possibly_lost_bytes, 40);
    /* What is lost for certain is one, whoever leaves pools open. */
    replace(f, "Leak_PossiblyLost</kind>  ", "Leak_DefinitelyLost</kind>");
    read_size(f, f->text.size);
    assert_int_equal(f->findings.count, 2);
}

static void a_race_names_both_sides(void **state) {
    struct fixture *f = *state;
    read_tool(f, "helgrind");
    assert_int_equal(f->findings.count, 2);
    const struct result_finding *race = &f->findings.items[0];
    assert_string_equal(race->kind, "Race");
    assert_string_equal(race->text, "Possible data race during read of size 4 "
                                    "at 0x10C038 by thread #3");
    assert_int_equal(strncmp(race->stack, "t (leak.c:4)\n", 13), 0);
    assert_non_null(strstr(race->stack,
                           "\nThis conflicts with a previous write of size 4 "
                           "by thread #2:\nt (leak.c:4)\n"));
    assert_non_null(strstr(race->stack,
                           "\nAddress 0x10c038 is 0 bytes inside data symbol "
                           "\"race\":"));
}

static void drd_is_read_too(void **state) {
    struct fixture *f = *state;
    read_tool(f, "drd");
    assert_int_equal(f->findings.count, 2);
    assert_string_equal(f->findings.items[1].kind, "ConflictingAccess");
    assert_string_equal(f->findings.items[1].text,
                        "Conflicting store by thread 3 at 0x0010c038 size 4");
}

static void a_stack_in_an_element_of_its_own_has_a_heading(void **state) {
    struct fixture *f = *state;
    text_append(&f->text,
                "<valgrindoutput><status><state>FINISHED</state></status>"
                "<error><kind>K</kind><what>w &lt; x</what><stack><frame>"
                "<ip>0x1</ip></frame></stack><other_segment_start><stack>"
                "<frame><ip>0x2</ip><fn>f</fn></frame></stack>"
                "</other_segment_start></error></valgrindoutput>");
    f->xml.tool = "drd";
    read_size(f, f->text.size);
    assert_null(f->problem);
    expect_finding(f, 0, "K", "w < x", "0x1\nother segment start:\nf");
}

static void a_fatal_signal_is_a_finding(void **state) {
    struct fixture *f = *state;
    read_tool(f, "crash");
    assert_int_equal(f->findings.count, 2);
    expect_finding(f, 1, "fatal_signal",
                   "ended by SIGSEGV: Access not within mapped region",
                   "crash (crash.c:1)\nmain (crash.c:2)");
}

/* valgrind was killed in the middle: whatever there is, is told, and that it
 * is not all. */
enum { STEP = 13 };

static void a_file_that_breaks_off_anywhere_says_so(void **state) {
    struct fixture *f = *state;
    static const char *const tools[] = {"memcheck", "helgrind", "drd", "crash"};
    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++) {
        read_tool(f, tools[i]);
        const size_t all = f->findings.count;
        size_t most = 0;
        size_t whole = strlen(f->text.bytes);
        while (f->text.bytes[whole - 1] != '>') {
            whole--;
        }
        for (size_t size = 0; size < whole; size += STEP) {
            read_size(f, size);
            assert_non_null(f->problem);
            assert_true(f->findings.count >= most ||
                        f->findings.count + 1 == most);
            most = f->findings.count > most ? f->findings.count : most;
        }
        assert_true(most >= all);
    }
}

static void half_a_finding_is_told_with_what_is_there_of_it(void **state) {
    struct fixture *f = *state;
    load(f, "memcheck");
    const char *end = strstr(f->text.bytes, "<auxwhat>Block was");
    read_size(f, (size_t)(end - f->text.bytes));
    assert_non_null(strstr(f->problem, "breaks off in line "));
    assert_int_equal(f->findings.count, 1);
    expect_finding(f, 0, "InvalidRead", "Invalid read of size 1",
                   "main (leak.c:6)\n"
                   "Address 0x52433a1 is 1 bytes inside a block of size 8 "
                   "free'd:\n"
                   "free " PRELOAD "memcheck-amd64-linux.so)\n"
                   "main (leak.c:6)");
}

static void what_is_no_such_file_is_refused(void **state) {
    struct fixture *f = *state;
    static const struct {
        const char *text;
        const char *problem;
    } cases[] = {
        {"", "is empty"},
        {"not XML at all", "breaks off in line 1"},
        {"<html></html>", "is not valgrind's"},
        {"<valgrindoutput><status><state>RUNNING</state></status>"
         "</valgrindoutput>",
         "does not say that it is finished"},
        {"<valgrindoutput><a></b></valgrindoutput>", "mismatched tag"},
        {"<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><error>",
         "breaks off"},
    };
    f->xml.tool = "memcheck";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        text_clear(&f->text);
        text_append(&f->text, cases[i].text);
        read_size(f, f->text.size);
        assert_non_null(f->problem);
        assert_non_null(strstr(f->problem, cases[i].problem));
        assert_int_equal(f->findings.count, 0);
    }
}

/* A process with a thousand races does not make a result of a gigabyte. */
static void too_many_are_counted(void **state) {
    struct fixture *f = *state;
    struct result_cell cell;
    result_cell_init(&cell);
    const struct result_finding one = {.tool = "drd", .kind = "K"};
    for (size_t i = 0; i < FINDINGS_MAX + 7; i++) {
        findings_add(&f->findings, &one);
    }
    findings_give(&f->findings, &cell);
    assert_int_equal(cell.findings_count, FINDINGS_MAX + 1);
    assert_string_equal(cell.findings[FINDINGS_MAX].text, "and 7 more");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(an_error_has_its_words_and_all_of_its_stacks),
        TEST(what_is_still_reachable_is_no_finding_but_a_sum),
        TEST(what_open_pools_possibly_lose_is_no_finding),
        TEST(a_race_names_both_sides),
        TEST(drd_is_read_too),
        TEST(a_stack_in_an_element_of_its_own_has_a_heading),
        TEST(a_fatal_signal_is_a_finding),
        TEST(a_file_that_breaks_off_anywhere_says_so),
        TEST(half_a_finding_is_told_with_what_is_there_of_it),
        TEST(what_is_no_such_file_is_refused),
        TEST(too_many_are_counted),
    };
    return SUITE_RUN(tests, argc, argv);
}
