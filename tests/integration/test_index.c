/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <jansson.h>

#include "support/json_at.h"
#include "support/program.h"
#include "support/suite.h"

/* What ci/report makes of the reports that there are: a page, and a history. */

#define TITLE "'A </title><script>alert(1)</script> run'"

static void run(struct program *program) {
    char path[2 * PROGRAM_FOLDER_SIZE];
    (void)snprintf(path, sizeof path, "%s",
                   program_write(program, "scenario.yaml",
                                 "title: " TITLE "\ndatabase: {users: 3}\n"
                                 "load: {in_flight: 3, lookups: 300}\n"));
    struct program_file folder = program_file(program, "reports/one");
    program_run(program, "run", "-q", "-o", folder.path, path, NULL);
    program_expect(program, 0);
}

/* Exit status. */
static int collect(struct program *program) {
    char command[3 * PROGRAM_FOLDER_SIZE];
    (void)snprintf(command, sizeof command,
                   "ci/report %s/reports >%s/said 2>&1", program->folder,
                   program->folder);
    int status = system(command); // NOLINT: of the test's own making
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static struct text read_whole(struct program *program, const char *name) {
    struct text text;
    text_init(&text);
    FILE *file = fopen(program_path(program, name), "r");
    assert_non_null(file);
    for (int byte = fgetc(file); byte != EOF; byte = fgetc(file)) {
        text_format(&text, "%c", byte);
    }
    assert_int_equal(fclose(file), 0);
    return text;
}

static size_t lines_of(struct program *program) {
    struct text text = read_whole(program, "reports/history.jsonl");
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        count += text.bytes[i] == '\n' ? 1 : 0;
    }
    text_fini(&text);
    return count;
}

static void expect_on_page(struct program *program, const char *words) {
    struct text page = read_whole(program, "reports/index.html");
    program_expect_words(&page, words);
    text_fini(&page);
}

static void a_run_is_one_line_however_often_it_is_collected(void **state) {
    struct program *program = *state;
    run(program);
    assert_int_equal(collect(program), 0);
    assert_int_equal(collect(program), 0);
    assert_int_equal(lines_of(program), 1);
    expect_on_page(program, "one run");
    json_t *line = program_json(program, "reports/history.jsonl");
    assert_string_equal(json_text_at(line, "attributes/report"), "run one");
    assert_string_equal(json_text_at(line, "attributes/verdict"), "pass");
    assert_string_equal(json_text_at(line, "metrics/2/name"),
                        "left behind, dbpool");
    json_decref(line);
}

static void a_second_run_is_a_line_of_the_chart(void **state) {
    struct program *program = *state;
    run(program);
    assert_int_equal(collect(program), 0);
    struct program_file history =
        program_file(program, "reports/history.jsonl");
    struct text text = read_whole(program, "reports/history.jsonl");
    /* The same run, a long time ago. */
    char *year = strstr(text.bytes, "\"timestamp\": \"20");
    assert_non_null(year);
    year[strlen("\"timestamp\": \"")] = '1';
    char *throughput = strstr(text.bytes, "\"value\": ");
    assert_non_null(throughput);
    throughput[strlen("\"value\": ")] = '9';
    FILE *file = fopen(history.path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text.bytes, 1, text.size, file), text.size);
    assert_int_equal(fclose(file), 0);
    text_fini(&text);
    assert_int_equal(collect(program), 0);
    assert_int_equal(lines_of(program), 2);
    expect_on_page(program, "<polyline points=");
    expect_on_page(program, "throughput, dbpool: 2 runs, from ");
}

static void what_a_scenario_says_is_text(void **state) {
    struct program *program = *state;
    run(program);
    assert_int_equal(collect(program), 0);
    expect_on_page(program, "&lt;/title&gt;&lt;script&gt;alert(1)");
    struct text page = read_whole(program, "reports/index.html");
    assert_null(strstr(page.bytes, "<script"));
    text_fini(&page);
}

static void what_cannot_be_read_is_named_and_hides_nothing(void **state) {
    struct program *program = *state;
    run(program);
    assert_int_equal(mkdir(program_path(program, "reports/broken"), 0700), 0);
    (void)program_write(program, "reports/broken/result.json", "{\"cells\": ");
    (void)program_write(program, "reports/million.json", "{\"title\": \"x\"}");
    (void)program_write(program, "reports/counts.json",
                        "{\"cases\": {}, \"started_at\": 17}");
    (void)program_write(program, "reports/mutation.json",
                        "{\"score\": {\"good\": \"1\", \"all\": 2}}");
    assert_int_equal(collect(program), 1);
    expect_on_page(program, "broken/result.json: Expecting value");
    expect_on_page(program, "million.json: is no such report: "
                            "&#x27;speed&#x27; is missing");
    expect_on_page(program, "counts.json: started_at is 17, and no time");
    expect_on_page(program, "named is &#x27;1&#x27;, and no number");
    expect_on_page(program, "alert(1)");
    assert_int_equal(lines_of(program), 1);
}

static void a_history_that_is_broken_is_not_written_over(void **state) {
    struct program *program = *state;
    run(program);
    (void)program_write(program, "reports/history.jsonl", "{}\n");
    assert_int_equal(collect(program), 1);
    struct text said = read_whole(program, "said");
    program_expect_words(&said, "history.jsonl:1: is no line of a history");
    text_fini(&said);
    struct text history = read_whole(program, "reports/history.jsonl");
    assert_string_equal(history.bytes, "{}\n");
    text_fini(&history);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_run_is_one_line_however_often_it_is_collected),
        TEST(a_second_run_is_a_line_of_the_chart),
        TEST(what_a_scenario_says_is_text),
        TEST(what_cannot_be_read_is_named_and_hides_nothing),
        TEST(a_history_that_is_broken_is_not_written_over),
    };
    return SUITE_RUN(tests, argc, argv);
}
