/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "cell/sanitizer_log.h"

#include <string.h>

#include "base/arena.h"
#include "cell/findings.h"
#include "support/suite.h"

static int set_up(void **state) {
    static struct findings findings;
    findings = (struct findings){.arena = arena_new()};
    *state = &findings;
    return 0;
}

static int tear_down(void **state) {
    struct findings *findings = *state;
    arena_free(findings->arena);
    return 0;
}

static void expect(const struct findings *findings, size_t index,
                   struct result_finding wanted) {
    assert_true(index < findings->count);
    const struct result_finding *finding = &findings->items[index];
    assert_string_equal(finding->tool, wanted.tool);
    assert_string_equal(finding->kind, wanted.kind);
    assert_string_equal(finding->text, wanted.text);
    assert_string_equal(finding->stack, wanted.stack);
}

static void each_leak_is_a_finding(void **state) {
    struct findings *findings = *state;
    sanitizer_log_read(
        "\n"
        "=================================================================\n"
        "==4911==ERROR: LeakSanitizer: detected memory leaks\n"
        "\n"
        "Direct leak of 40 byte(s) in 1 object(s) allocated from:\n"
        "    #0 0x7ffff78b89cf in __interceptor_malloc "
        "../../../../src/libsanitizer/asan/asan_malloc_linux.cpp:69\n"
        "    #1 0x55555555531a in main /home/user/a.c:7\n"
        "\n"
        "Indirect leak of 3 byte(s) in 1 object(s) allocated from:\n"
        "    #0 0x55555555536c in main /home/user/a.c:8\n"
        "\n"
        "SUMMARY: AddressSanitizer: 43 byte(s) leaked in 2 allocation(s).\n",
        findings);
    assert_int_equal(findings->count, 2);
    expect(findings, 0,
           (struct result_finding){
               "LeakSanitizer", "Direct leak",
               "Direct leak of 40 byte(s) in 1 object(s)",
               "__interceptor_malloc "
               "../../../../src/libsanitizer/asan/asan_malloc_linux.cpp:69\n"
               "main /home/user/a.c:7"});
    expect(findings, 1,
           (struct result_finding){"LeakSanitizer", "Indirect leak",
                                   "Indirect leak of 3 byte(s) in 1 object(s)",
                                   "main /home/user/a.c:8"});
}

static void bad_memory_has_all_of_its_stacks_and_no_shadow(void **state) {
    struct findings *findings = *state;
    sanitizer_log_read(
        "=================================================================\n"
        "==4913==ERROR: AddressSanitizer: heap-use-after-free on address 0x6 "
        "at pc 0x5 bp 0x7 sp 0x8\n"
        "READ of size 1 at 0x6 thread T0\n"
        "    #0 0x5555555553ef in main /home/user/a.c:8\n"
        "    #1 0x555555555140 in _start (/home/user/aa+0x1140)\n"
        "\n"
        "freed by thread T0 here:\n"
        "    #0 0x5555555553b4 in main /home/user/a.c:7\n"
        "\n"
        "SUMMARY: AddressSanitizer: heap-use-after-free /home/user/a.c:8\n"
        "Shadow bytes around the buggy address:\n"
        "  0x0c047fff7fb0: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
        "==4913==ABORTING\n",
        findings);
    assert_int_equal(findings->count, 1);
    expect(findings, 0,
           (struct result_finding){
               "AddressSanitizer", "heap-use-after-free",
               "heap-use-after-free on address 0x6 at pc 0x5 bp 0x7 sp 0x8",
               "READ of size 1 at 0x6 thread T0\n"
               "main /home/user/a.c:8\n"
               "_start (/home/user/aa+0x1140)\n"
               "freed by thread T0 here:\n"
               "main /home/user/a.c:7"});
}

static void undefined_behaviour_ends_where_the_next_begins(void **state) {
    struct findings *findings = *state;
    sanitizer_log_read(
        "a.c:9:28: runtime error: signed integer overflow: 2147483647 + 2 "
        "cannot be represented in type 'int'\n"
        "    #0 0x55555555539b in main /home/user/a.c:9\n"
        "a.c:10:1: runtime error: load of null pointer of type 'int'\n"
        "    #0 0x5 in other /home/user/a.c:10",
        findings);
    assert_int_equal(findings->count, 2);
    expect(findings, 0,
           (struct result_finding){
               "UndefinedBehaviorSanitizer", "runtime error",
               "a.c:9:28: runtime error: signed integer overflow: 2147483647 "
               "+ 2 cannot be represented in type 'int'",
               "main /home/user/a.c:9"});
    assert_string_equal(findings->items[1].stack, "other /home/user/a.c:10");
}

static void every_race_is_a_finding(void **state) {
    struct findings *findings = *state;
    sanitizer_log_read(
        "==================\n"
        "WARNING: ThreadSanitizer: data race (pid=4915)\n"
        "  Read of size 4 at 0x555555558090 by thread T2:\n"
        "    #0 t /home/user/a.c:5 (at+0x1249)\n"
        "\n"
        "  Previous write of size 4 at 0x555555558090 by thread T1:\n"
        "    #0 u /home/user/a.c:6 (at+0x1261)\n"
        "\n"
        "SUMMARY: ThreadSanitizer: data race /home/user/a.c:5 in t\n"
        "==================\n"
        "==================\n"
        "WARNING: ThreadSanitizer: thread leak (pid=4915)\n"
        "  Thread T1 'x' (tid=7, finished) created by main thread at:\n"
        "    #0 main /home/user/a.c:7 (at+0x1261)\n"
        "==================\n"
        "ThreadSanitizer: reported 2 warnings\n",
        findings);
    assert_int_equal(findings->count, 2);
    expect(findings, 0,
           (struct result_finding){
               "ThreadSanitizer", "data race", "data race (pid=4915)",
               "Read of size 4 at 0x555555558090 by thread T2:\n"
               "t /home/user/a.c:5 (at+0x1249)\n"
               "Previous write of size 4 at 0x555555558090 by thread T1:\n"
               "u /home/user/a.c:6 (at+0x1261)"});
    assert_string_equal(findings->items[1].kind, "thread leak");
}

static void what_breaks_off_is_told_as_far_as_it_goes(void **state) {
    struct findings *findings = *state;
    sanitizer_log_read("==4913==ERROR: AddressSanitizer: SEGV on unknown\n"
                       "    #0 0x5 in mai",
                       findings);
    assert_int_equal(findings->count, 1);
    expect(findings, 0,
           (struct result_finding){"AddressSanitizer", "SEGV",
                                   "SEGV on unknown", "mai"});
}

static void what_is_not_understood_is_one_finding_as_a_whole(void **state) {
    struct findings *findings = *state;
    sanitizer_log_read("==7==AddressSanitizer CHECK failed: x.cpp:1\n",
                       findings);
    assert_int_equal(findings->count, 1);
    expect(findings, 0,
           (struct result_finding){
               "sanitizer", "report",
               "it wrote what plunge does not understand",
               "==7==AddressSanitizer CHECK failed: x.cpp:1\n"});
}

static void a_blank_one_is_none(void **state) {
    struct findings *findings = *state;
    sanitizer_log_read("", findings);
    sanitizer_log_read(" \n=====\n\n", findings);
    assert_int_equal(findings->count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(each_leak_is_a_finding),
        TEST(bad_memory_has_all_of_its_stacks_and_no_shadow),
        TEST(undefined_behaviour_ends_where_the_next_begins),
        TEST(every_race_is_a_finding),
        TEST(what_breaks_off_is_told_as_far_as_it_goes),
        TEST(what_is_not_understood_is_one_finding_as_a_whole),
        TEST(a_blank_one_is_none),
    };
    return SUITE_RUN(tests, argc, argv);
}
