/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "support/json_at.h"
#include "support/program.h"
#include "support/suite.h"

/* `plunge report`: a saved result in any format, and judged anew. */

#define SIZE_MAX_READ ((size_t)1 << 26)

/* How many formats a run writes at least. */
#define FILES_MIN 6

#define SMALL                                                                  \
    "title: Small\n"                                                           \
    "database: {users: 3}\n"                                                   \
    "load: {in_flight: 3, lookups: 30}\n"

#define SWEEP                                                                  \
    "title: A \"sweep\" <of> two & more\n"                                     \
    "database: {users: 100}\n"                                                 \
    "load:\n"                                                                  \
    "  - {phase: warm, in_flight: 3, lookups: 30, measure: no}\n"              \
    "  - {phase: one, in_flight: 10, lookups: 300}\n"                          \
    "  - {phase: two, in_flight: 10, lookups: 3k}\n"                           \
    "sweep: {pool.max: [3, 4]}\n"                                              \
    "blocks: 2\n"                                                              \
    "expect:\n"                                                                \
    "  - throughput > 0.01 * direct\n"                                         \
    "  - p99 in two < 1h\n"                                                    \
    "  - errors == 1\n"

static void run_text(struct program *program, const char *text) {
    struct program_file file = program_file(program, "small.yaml");
    (void)program_write(program, "small.yaml", text);
    program_run(program, "run", "-o", program->folder, file.path, NULL);
}

static void read_file(struct text *text, const char *path) {
    text_init(text);
    assert_int_equal(file_read(path, SIZE_MAX_READ, text), 0);
}

/* ---- The same bytes ------------------------------------------------------*/

static void expect_file(struct program *program, const char *file) {
    struct text written;
    read_file(&written, program_path(program, file));
    if (strcmp(program->out.bytes, written.bytes) != 0) {
        fail_msg("this is not what %s has:\n%s", file, program->out.bytes);
    }
    text_fini(&written);
}

/* Where a format is a file for each part: what all of them have, and no more.
 * Their names are the parts', which nobody knows here. */
static void expect_parts(struct program *program, const char *ending) {
    size_t size = 0;
    DIR *folder = opendir(program->folder);
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL;
         entry = readdir(folder)) {
        const char *at = strstr(entry->d_name, ending);
        if (at == NULL || at[strlen(ending)] != '\0') {
            continue;
        }
        struct text written;
        read_file(&written, program_path(program, entry->d_name));
        program_expect_words(&program->out, written.bytes);
        size += written.size;
        text_fini(&written);
    }
    (void)closedir(folder);
    assert_int_equal(size, program->out.size);
}

/* "junit   junit.xml   ..." of --format list: whatever has a file. */
static unsigned expect_every_file(struct program *program) {
    struct text list;
    unsigned count = 0;
    program_run(program, "report", "--format", "list", NULL);
    program_expect(program, 0);
    text_init(&list);
    text_append(&list, program->out.bytes);
    for (char *line = strtok(list.bytes, "\n"); line != NULL;
         line = strtok(NULL, "\n")) {
        char name[64];
        char file[64];
        assert_int_equal(sscanf(line, "%63s %63s", name, file), 2);
        program_run(program, "report", "--format", name, program->folder, NULL);
        program_expect(program, 0);
        assert_int_equal(program->err.size, 0);
        if (strncmp(file, "NAME.", 5) == 0) {
            expect_parts(program, file + 4);
            count++;
        } else if (strcmp(file, "-") != 0) {
            expect_file(program, file);
            count++;
        }
    }
    text_fini(&list);
    return count;
}

/* Files of a run that was before, under names of its own, stay where they are.
 */
static void forget(const struct program *program) {
    assert_int_equal(file_remove_tree(program->folder), 0);
    assert_int_equal(file_make_folder(program->folder), 0);
}

static void every_format_is_what_the_run_wrote(void **state) {
    struct program *program = *state;
    static char *const scenarios[] = {
        "scenarios/tutorial.yaml",
        "scenarios/tutorial-as-written.yaml",
        "scenarios/missing-shutdown.yaml",
    };
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        program_run(program, "run", "-q", "-o", program->folder, scenarios[i],
                    NULL);
        program_expect(program, 0);
        assert_true(expect_every_file(program) >= FILES_MIN);
        forget(program);
    }
}

static void every_format_of_a_failed_sweep_is_what_the_run_wrote(void **state) {
    struct program *program = *state;
    run_text(program, SWEEP);
    program_expect(program, 1);
    assert_true(expect_every_file(program) >= FILES_MIN);
}

static void every_format_of_a_search_is_what_the_run_wrote(void **state) {
    struct program *program = *state;
    run_text(program, SMALL "find: {pool.max: {from: 1, to: 4, "
                            "holds: threads <= 9}}\n");
    program_expect(program, 0);
    assert_true(expect_every_file(program) >= FILES_MIN);
}

#define ODD_NAME "odd\001 <&]]>%,:.yaml"

/* What others wrote may steer what reads it. */
static void every_format_of_odd_bytes_is_what_the_run_wrote(void **state) {
    struct program *program = *state;
    struct program_file file = program_file(program, ODD_NAME);
    (void)program_write(program, ODD_NAME,
                        "title: \"odd <b> & ]]> ::error:: | * _ `\"\n"
                        "database: {users: 3}\n"
                        "load: {in_flight: 3, lookups: 30}\n"
                        "expect: [completed == 31, error == \"<|`\"]\n");
    program_run(program, "run", "-q", "-o", program->folder, file.path, NULL);
    program_expect(program, 1);
    assert_true(expect_every_file(program) >= FILES_MIN);
}

static void without_a_format_it_is_the_summary(void **state) {
    struct program *program = *state;
    struct text written;
    run_text(program, SMALL);
    program_run(program, "report", program->folder, NULL);
    program_expect(program, 0);
    read_file(&written, program_path(program, "summary.txt"));
    assert_string_equal(program->out.bytes, written.bytes);
    text_fini(&written);
}

static void several_are_summed_up_a_line_each(void **state) {
    struct program *program = *state;
    run_text(program, SMALL);
    struct program_file file = program_file(program, "result.json");
    program_run(program, "report", program->folder, file.path, NULL);
    program_expect(program, 0);
    program_expect_words(&program->out, "scenario  verdict  throughput");
}

/* ---- Judged anew ---------------------------------------------------------*/

static void expectations_decide_the_status(void **state) {
    struct program *program = *state;
    static const struct {
        char *line;
        int status;
        const char *words;
    } cases[] = {
        {"completed == 30", 0, "pass: 4 of 4"},
        {"completed == 31", 1, "30 is not == 31"},
        {"p99 < 1h in", 2, "--expect:1:10: expect: "},
        {"p98 < 1h", 2, "      | ^\n      did you mean \"p90\"?"},
        {"errors in mian == 0", 2, "did you mean \"main\"?"},
        {"throughput > 0.01 * direct", 4, "? throughput > 0.01 * direct"},
    };
    run_text(program, SMALL "expect: [completed == 99]\n");
    program_expect(program, 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        program_run(program, "report", "--expect", cases[i].line,
                    program->folder, NULL);
        program_expect(program, cases[i].status);
        program_expect_words(cases[i].status == 2 ? &program->err
                                                  : &program->out,
                             cases[i].words);
        assert_null(strstr(program->out.bytes, "completed == 99"));
    }
}

static void every_line_is_expected_and_numbered(void **state) {
    struct program *program = *state;
    run_text(program, SMALL);
    program_run(program, "report", "--expect=errors == 0",
                "--expect=completed == 31", program->folder, NULL);
    program_expect(program, 1);
    program_run(program, "report", "--expect=errors == 0", "--expect=nonsense",
                program->folder, NULL);
    program_expect(program, 2);
    program_expect_words(&program->err, "--expect:2:1: ");
    assert_int_equal(program->out.size, 0);
}

static void a_new_judgement_is_in_every_format(void **state) {
    struct program *program = *state;
    run_text(program, SMALL);
    program_run(program, "report", "--expect", "completed == 31", "-f", "json",
                program->folder, NULL);
    program_expect(program, 1);
    json_t *result = json_loadb(program->out.bytes, program->out.size, 0, NULL);
    assert_string_equal(json_text_at(result, "verdict"), "fail");
    assert_string_equal(json_text_at(result, "expectations/0/text"),
                        "completed == 31");
    assert_true(json_is_null(json_at(result, "expectations/0/line")));
    json_decref(result);
}

static void what_the_command_line_had_set_is_judged_with(void **state) {
    struct program *program = *state;
    struct program_file file = program_file(program, "small.yaml");
    (void)program_write(program, "small.yaml", SMALL);
    program_run(program, "run", "-q", "-o", program->folder, "-s",
                "load.lookups=60", "-s", "sweep={pool.max: [3, 4]}", "--blocks",
                "2", file.path, NULL);
    program_expect(program, 0);
    program_validate(program, "result.json");
    program_run(program, "report", "--expect", "completed == 60",
                program->folder, NULL);
    program_expect(program, 0);
    program_expect_words(&program->out, "(pool.max=");
}

static void a_search_cannot_be_judged_anew(void **state) {
    struct program *program = *state;
    run_text(program, SMALL "find: {pool.max: {from: 1, to: 4, "
                            "holds: threads <= 9}}\n");
    program_run(program, "report", "--expect=errors == 0", program->folder,
                NULL);
    program_expect(program, 2);
    program_expect_words(&program->err, "cannot be judged anew: it is the "
                                        "answer to a search");
}

/* ---- Merged --------------------------------------------------------------*/

#define SHARDED                                                                \
    "title: Shards\n"                                                          \
    "database: {users: 3}\n"                                                   \
    "load: {in_flight: 3, lookups: 30}\n"                                      \
    "sweep: {pool.max: [3, 4]}\n"                                              \
    "blocks: 2\n"                                                              \
    "expect: [completed == 30]\n"

static struct program_file run_shard(struct program *program, char *name,
                                     char *seed, char *set) {
    struct program_file file = program_file(program, "shards.yaml");
    struct program_file folder = program_file(program, name);
    (void)program_write(program, "shards.yaml", SHARDED);
    program_run(program, "run", "-q", "--seed", seed, "-o", folder.path, "-s",
                set, file.path, NULL);
    program_expect(program, 0);
    return folder;
}

static json_t *merge(struct program *program, char *how, char *one,
                     char *other) {
    program_run(program, "report", "--merge", how, "-f", "json", one, other,
                NULL);
    program_expect(program, 0);
    (void)program_write(program, "result.json", program->out.bytes);
    program_validate(program, "result.json");
    return program_json(program, "result.json");
}

static void shards_of_blocks_are_one_run(void **state) {
    struct program *program = *state;
    struct program_file one = run_shard(program, "a", "1", "blocks=2");
    struct program_file two = run_shard(program, "b", "2", "blocks=3");
    json_t *result = merge(program, "blocks", one.path, two.path);
    assert_int_equal(json_array_size(json_at(result, "cells")), 10);
    assert_int_equal(json_int_at(result, "cells/9/block"), 4);
    assert_string_equal(json_text_at(result, "verdict"), "pass");
    assert_int_equal(json_array_size(json_at(result, "scenario/set")), 0);
    json_decref(result);
    program_run(program, "report", "--merge", "blocks", "--expect",
                "completed == 31", one.path, two.path, NULL);
    program_expect(program, 1);
    program_expect_words(&program->out, "seeds 1, 2 (2 shards, side by side)");
}

/* The whole is as large as its largest shards make it. */
static void a_shard_that_is_not_whole_leaves_a_part(void **state) {
    struct program *program = *state;
    struct program_file one = run_shard(program, "a", "1", "blocks=2");
    struct program_file two = run_shard(program, "b", "2", "blocks=3");
    json_t *result = program_json(program, "b/result.json");
    json_t *cells = json_object_get(result, "cells");
    assert_int_equal(json_array_remove(cells, json_array_size(cells) - 1), 0);
    (void)json_dump_file(result, program_path(program, "b/result.json"), 0);
    json_decref(result);
    program_run(program, "report", "--merge", "blocks", one.path, two.path,
                NULL);
    program_expect(program, 3);
    program_expect_words(&program->out, "partial: ");
}

static void shards_of_cells_are_one_run(void **state) {
    struct program *program = *state;
    struct program_file one =
        run_shard(program, "a", "1", "sweep={pool.max: [3]}");
    struct program_file two =
        run_shard(program, "b", "1", "sweep={pool.max: [4]}");
    json_t *result = merge(program, "blocks", one.path, two.path);
    assert_int_equal(json_array_size(json_at(result, "cells")), 4);
    assert_string_equal(json_text_at(result, "cells/1/label"), "pool.max=4");
    assert_int_equal(json_int_at(result, "cells/3/block"), 1);
    assert_string_equal(json_text_at(result, "verdict"), "pass");
    json_decref(result);
    /* One of them alone is a part. */
    program_run(program, "report", "--expect", "errors == 0", one.path, NULL);
    program_expect(program, 0);
}

static void shards_of_a_load_are_added(void **state) {
    struct program *program = *state;
    struct program_file one = run_shard(program, "a", "1", "blocks=2");
    struct program_file two = run_shard(program, "b", "2", "blocks=2");
    program_run(program, "report", "--merge", "sum", one.path, two.path, NULL);
    program_expect(program, 1); /* 60 are completed */
    program_expect_words(&program->out, "60 is not == 30");
    program_expect_words(&program->out, "(2 shards, added)");
    program_run(program, "report", "--merge", "sum", "-f", "hlog", one.path,
                two.path, "--expect", "completed == 60", NULL);
    program_expect(program, 0);
    program_expect_words(&program->out, "Tag=pool.max=4/main,");
}

static void what_cannot_be_merged_has_one_clear_error(void **state) {
    struct program *program = *state;
    struct program_file one = run_shard(program, "a", "1", "blocks=2");
    struct program_file two = run_shard(program, "b", "1", "blocks=2");
    program_run(program, "report", "--merge", "blocks", one.path, two.path,
                NULL);
    program_expect(program, 2);
    program_expect_words(&program->err, "give each shard a --seed of its own");
    program_run(program, "report", "--merge", "blocks", one.path, NULL);
    program_expect(program, 2);
    program_run(program, "report", "--merge", "mean", one.path, two.path, NULL);
    program_expect(program, 2);
    program_expect_words(&program->err, "--merge mean: expected blocks or sum");
    program_run(program, "report", "-f", "junit", one.path, two.path, NULL);
    program_expect(program, 2);
    program_expect_words(&program->err, "are both of shards");
    program_run(program, "report", "-f", "hgrm", one.path, two.path, NULL);
    program_expect(program, 2);
    program_expect_words(&program->err, "--format hgrm is of one result");
}

/* ---- What is no result ---------------------------------------------------*/

static void expect_broken(struct program *program, const char *text, int status,
                          const char *words) {
    struct program_file file = program_file(program, "broken.json");
    (void)program_write(program, "broken.json", text);
    program_run(program, "report", file.path, NULL);
    program_expect(program, status);
    program_expect_words(&program->err, words);
    program_expect_words(&program->err, file.path);
    assert_int_equal(program->out.size, 0);
    /* One line. */
    assert_ptr_equal(strchr(program->err.bytes, '\n'),
                     program->err.bytes + program->err.size - 1);
}

#define HEAD "{\"schema\": \"plunge/1\", \"verdict\": \"pass\""
#define PHASE(field)                                                           \
    HEAD ", \"cells\": [{\"outcome\": {\"state\": \"completed\"}, "            \
         "\"phases\": [{" field "}]}]}"

static void what_is_no_result_has_one_clear_error(void **state) {
    struct program *program = *state;
    expect_broken(program, "", 2, "is no result: line 1");
    expect_broken(program, "nonsense", 2, "near 'nonsense'");
    expect_broken(program, HEAD ",\n\"seed\": ", 2, "is no result: line 2");
    expect_broken(program, HEAD "} {}", 2, "line 1, column 43");
    expect_broken(program, "[]", 2, "expected an object, got a list");
    expect_broken(program, "{\"schema\": \"plunge/2\"}", 2,
                  "schema: expected \"plunge/1\", got \"plunge/2\"");
    expect_broken(program, "{\"verdict\": \"pass\"}", 2,
                  "schema: expected \"plunge/1\", got nothing");
    expect_broken(program, PHASE("\"completed\": \"many\""), 2,
                  "cells[0].phases[0].completed: expected a count");
    expect_broken(program, PHASE("\"histogram\": \"HISTFAAA\""), 2,
                  "cells[0].phases[0].histogram: expected an HdrHistogram");
    expect_broken(program, PHASE("\"service_histogram\": \"\""), 2,
                  "cells[0].phases[0].service_histogram: expected");
}

static void a_result_that_is_cut_off_anywhere_is_refused(void **state) {
    struct program *program = *state;
    struct text whole;
    run_text(program, SMALL);
    read_file(&whole, program_path(program, "result.json"));
    for (size_t part = 1; part <= 8; part++) {
        whole.bytes[whole.size * (9 - part) / 9] = '\0';
        expect_broken(program, whole.bytes, 2, "is no result: line ");
    }
    text_fini(&whole);
}

static void what_cannot_be_read_is_3(void **state) {
    struct program *program = *state;
    program_run(program, "report", program->folder, NULL);
    program_expect(program, 3);
    program_expect_words(&program->err,
                         "/result.json: No such file or directory: a result "
                         "is result.json or the folder of a run");
    program_run(program, "report", "reports/nowhere", NULL);
    program_expect(program, 3);
    program_expect_words(&program->err, "reports/nowhere: No such file");
}

static void a_result_of_which_nothing_is_known_can_be_told(void **state) {
    struct program *program = *state;
    (void)program_write(program, "result.json", PHASE("\"name\": \"main\""));
    struct text list;
    program_run(program, "report", "--format", "list", NULL);
    text_init(&list);
    text_append(&list, program->out.bytes);
    for (char *line = strtok(list.bytes, "\n"); line != NULL;
         line = strtok(NULL, "\n")) {
        line[strcspn(line, " ")] = '\0';
        program_run(program, "report", "-f", line, program->folder, NULL);
        program_expect(program, 0);
    }
    text_fini(&list);
    program_run(program, "report", "--expect=errors == 0", program->folder,
                NULL);
    program_expect(program, 2);
    program_expect_words(&program->err, "it has no text of its scenario");
}

static void a_format_that_is_none_is_refused_with_advice(void **state) {
    struct program *program = *state;
    program_run(program, "report", "--format", "jsn", program->folder, NULL);
    program_expect(program, 2);
    program_expect_words(&program->err, "--format jsn: expected one of json, ");
    program_expect_words(&program->err, "did you mean \"json\"?");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(every_format_is_what_the_run_wrote),
        TEST(every_format_of_a_failed_sweep_is_what_the_run_wrote),
        TEST(every_format_of_a_search_is_what_the_run_wrote),
        TEST(every_format_of_odd_bytes_is_what_the_run_wrote),
        TEST(without_a_format_it_is_the_summary),
        TEST(several_are_summed_up_a_line_each),
        TEST(expectations_decide_the_status),
        TEST(every_line_is_expected_and_numbered),
        TEST(a_new_judgement_is_in_every_format),
        TEST(what_the_command_line_had_set_is_judged_with),
        TEST(a_search_cannot_be_judged_anew),
        TEST(shards_of_blocks_are_one_run),
        TEST(a_shard_that_is_not_whole_leaves_a_part),
        TEST(shards_of_cells_are_one_run),
        TEST(shards_of_a_load_are_added),
        TEST(what_cannot_be_merged_has_one_clear_error),
        TEST(what_is_no_result_has_one_clear_error),
        TEST(a_result_that_is_cut_off_anywhere_is_refused),
        TEST(what_cannot_be_read_is_3),
        TEST(a_result_of_which_nothing_is_known_can_be_told),
        TEST(a_format_that_is_none_is_refused_with_advice),
    };
    return SUITE_RUN(tests, argc, argv);
}
