/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "support/suite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/result_json.h"
#include "base/text.h"
#include "report/display.h"
#include "report/folder.h"
#include "report/summary.h"
#include "report/table.h"
#include "support/sample.h"

/* Goldens are whole summaries. Run with PLUNGE_GOLDEN=write to write them
 * anew, and read the difference before you commit it. */
#define GOLDEN_SIZE_MAX 65536

static void assert_golden(const char *name, const struct text *text) {
    char path[256];
    const char *mode = getenv("PLUNGE_GOLDEN");
    struct text golden;
    (void)snprintf(path, sizeof path, "tests/golden/summary/%s.txt", name);
    if (mode != NULL && strcmp(mode, "write") == 0) {
        assert_int_equal(file_make_folder("tests/golden/summary"), 0);
        assert_int_equal(file_write(path, text->bytes, text->size), 0);
    }
    text_init(&golden);
    assert_int_equal(file_read(path, GOLDEN_SIZE_MAX, &golden), 0);
    assert_string_equal(text->bytes, golden.bytes);
    text_fini(&golden);
}

static void assert_summary(const struct result *result, const char *name) {
    struct text text;
    text_init(&text);
    summary_write(result, false, &text);
    assert_golden(name, &text);
    text_fini(&text);
}

static void decide(struct sample *sample, const char *line,
                   enum result_held held, const char *measured,
                   const char *why) {
    struct result *result = &sample->result;
    result->expectations =
        arena_more(sample->arena, result->expectations,
                   result->expectations_count, sizeof *result->expectations);
    result->expectations[result->expectations_count++] =
        (struct result_expectation){
            .text = line,
            .held = held,
            .measured = measured,
            .why = why,
        };
}

/* ---- Goldens ------------------------------------------------------------- */

static void a_good_cell_is_told_in_full(void **state) {
    struct sample *sample = *state;
    struct result_cell *cell = &sample->result.cells[0];
    sample->result.scenario.title = "Ten thousand avatar lookups in flight";
    sample_add_phase(sample, cell, "spike")->service = cell->phases[0].latency;
    cell->phases[0].measured = false;
    cell->phases[0].name = "warm";
    decide(sample, "p99 in spike < 50ms", RESULT_HELD_YES, "p99 4.00 ms",
           "4.00 ms is < 50.0 ms");
    decide(sample, "left_behind == nothing", RESULT_HELD_YES, "nothing",
           "nothing left behind");
    assert_summary(&sample->result, "good");
}

/* Of two blocks: the shares of both, and the later one to be steady. */
static void a_phase_is_told_with_what_it_did(void **state) {
    struct sample *sample = *state;
    (void)sample_add_cell(sample, "", 1);
    for (unsigned block = 0; block < 2; block++) {
        struct result_cell *cell = &sample->result.cells[block];
        struct result_phase *phase = &cell->phases[0];
        phase->mixed = true;
        phase->operations = (struct result_operations){
            .lookup = 90000, .rename = (uint64_t)9000 * block, .scan = 500};
        phase->steady = (struct result_steady){
            .wanted = true, .found = true, .from_s = 1.8 + block};
        sample_add_phase(sample, cell, "never")->steady =
            (struct result_steady){.wanted = true, .found = block == 0};
    }
    assert_summary(&sample->result, "notes");
}

static void leave_threads(struct sample *sample, struct result_cell *cell,
                          unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        sample_add_leftover(sample, cell, RESULT_THREAD, 1);
        struct result_leftover *leftover =
            &cell->leftovers[cell->leftovers_count - 1];
        leftover->identity = arena_format(
            sample->arena, "plunge-db/%u (thread %u)", i, 4711 + i);
        leftover->site = "opened at tutorial.c:31 (main)";
        leftover->cycle = i / 3 + 1;
    }
}

/* The other half of the mission: a pool that is never shut down. */
static void make_exhausted(struct sample *sample) {
    struct result_cell *cell = &sample->result.cells[0];
    sample->result.verdict = RESULT_FAIL;
    sample_add_leftover(sample, cell, RESULT_FD, 9);
    leave_threads(sample, cell, 12);
    sample_add_leftover(sample, cell, RESULT_POOL, 4);
    cell->leftovers[cell->leftovers_count - 1].identity = "pools";
    sample_add_slope(sample, cell, "threads", 3);
    sample_add_slope(sample, cell, "heap", 1200);
    cell->slopes[1].upper_bound = 4096;
    cell->phases[0].failed = 3;
    cell->phases[0].completed -= 3;
    cell->error = "can't start new thread";
    cell->cycles = (struct result_cycles){
        .planned = 1000,
        .completed = 20,
        .predicted_cycle = 21,
        .is_predicted = true,
        .predicted = {.resource = "threads",
                      .statement = "will fail at cycle 21: pool 21, its 4th "
                                   "thread (limit 64, 1 held at the start, 3 "
                                   "a pool)"},
        .recovery = {.tried = true,
                     .ok = true,
                     .why = "10 of 21 pools closed, a new one answered; then "
                            "all closed: nothing left"},
        .exhausted =
            {
                .happened = true,
                .resource = "threads",
                .mechanism = "budget",
                .at_cycle = 21,
                .error = "can't start new thread",
            },
    };
    decide(sample, "errors == 0", RESULT_HELD_NO, "3 errors", "3 is not == 0");
    decide(sample, "exhausted_at == predicted", RESULT_HELD_YES, "cycle 21",
           "cycle 21 is == 21");
    decide(sample, "instructions < 9k", RESULT_HELD_UNDECIDED, "not measured",
           "not measured: instructions");
}

static void what_is_left_behind_is_told_with_its_site(void **state) {
    struct sample *sample = *state;
    make_exhausted(sample);
    assert_summary(&sample->result, "exhausted");
}

static void a_recovery_that_failed_says_why(void **state) {
    struct sample *sample = *state;
    struct text text;
    make_exhausted(sample);
    struct result_recovery *recovery = &sample->result.cells[0].cycles.recovery;
    recovery->ok = false;
    recovery->why = "all pools are closed, and there is left: 1 thread";
    text_init(&text);
    summary_write(&sample->result, true, &text);
    assert_non_null(strstr(text.bytes,
                           "not recovered: all pools are closed, and there is "
                           "left: 1 thread"));
    assert_null(strstr(text.bytes, " recovered: 10"));
    assert_non_null(strstr(text.bytes, "(predicted: 21)\n"));
    sample->result.cells[0].cycles.predicted_cycle = 0;
    summary_write(&sample->result, false, &text);
    assert_non_null(strstr(text.bytes, "(not predicted)\n"));
    text_fini(&text);
}

/* How small a leak was excluded, and which was found. */
static void slopes_are_told_with_what_they_exclude(void **state) {
    static struct result_slope slopes[] = {
        {"fds", 0.01, 0.01, "leak", 0.01, NAN, 1, 998, 100},
        {"heap", 0, 0, "clean", 0, NAN, 1, 998, 0},
        {"threads", 0, 0, "clean", 0, NAN, 1, 1, 0},
        {"SQLite bytes", 0, 0, "undecided", 0, NAN, 1, 998, 7},
        {"rss", 1, 12, "clean", -10, 64, 0.999, 5000, 0},
        {"pss", 80, 90, "leak", 70, 64, 0.999, 5000, 0},
        {"rss", 5, NAN, "undecided", NAN, 64, 0.999, 500, 0},
    };
    struct sample *sample = *state;
    struct text text;
    sample->result.cells[0].slopes = slopes;
    sample->result.cells[0].slopes_count = sizeof slopes / sizeof slopes[0];
    text_init(&text);
    summary_write(&sample->result, false, &text);
    static const char *const lines[] = {
        "leak: first more after cycle 100\n",
        "0 B      0 B  clean: the same after each of 998 cycles\n",
        "clean: the same after one more cycle\n",
        "undecided: not the same after cycle 7\n",
        "clean: no leak above 12 B at 99.9 % in 5,000 cycles\n",
        "leak: 70 B to 90 B at 99.9 % in 5,000 cycles\n",
        "unknown  undecided in 500 cycles\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (strstr(text.bytes, lines[i]) == NULL) {
            fail_msg("%s is not in\n%s", lines[i], text.bytes);
        }
    }
    text_fini(&text);
}

static void make_sweep(struct sample *sample) {
    struct result *result = &sample->result;
    result->cells_count = 0;
    result->verdict = RESULT_ERROR;
    for (unsigned block = 0; block < 3; block++) {
        struct result_phase *phase =
            sample_add_cell(sample, "pool.max=1", block)->phases;
        phase->throughput_per_s = 5000 + block;
        phase->completed_in_window = 50000 + UINT64_C(10) * block;
        struct result_cell *cell = sample_add_cell(sample, "größe=8", block);
        leave_threads(sample, cell, block);
        cell = sample_add_cell(sample, "pool.max=64", block);
        if (block == 1) {
            cell->outcome.state = RESULT_CRASHED;
            cell->outcome.signal = 11;
            cell->outcome.detail = "in 名前";
        }
        cell = sample_add_reference(sample, "direct", "pool.max=1", block);
        cell->phases[0].throughput_per_s = 123456;
        cell->phases[0].completed_in_window = 1234560;
    }
}

static void a_sweep_is_told_as_a_table(void **state) {
    struct sample *sample = *state;
    make_sweep(sample);
    decide(sample, "throughput >= 0.8 * direct", RESULT_HELD_NO,
           "0.0405 * direct (pool.max=1)", "the ratio is not >= 0.8");
    assert_summary(&sample->result, "sweep");
}

static void a_sweep_over_subjects_names_them_all(void **state) {
    static const char *const subjects[] = {"dbpool", "direct", "uvwork",
                                           "dbpool"};
    struct sample *sample = *state;
    sample->result.cells_count = 0;
    for (unsigned i = 0; i < 4; i++) {
        const char *label =
            arena_format(sample->arena, "%s-%u", subjects[i], i);
        struct result_cell *cell = sample_add_cell(sample, label, 0);
        cell->subject = subjects[i];
        cell->pool = (struct result_pool){
            .min = 1, .max = i == 3 ? 4 : 2, .shutdown = "clean"};
        cell->database.users = i == 3 ? 10000 : 1000000;
    }
    assert_summary(&sample->result, "subjects");
}

/* Of the block whose tail is the median, and with no more than that one stage
 * can be blamed for. */
static void the_tail_is_told_with_what_it_was_spent_on(void **state) {
    struct sample *sample = *state;
    struct result_phase *phase = &sample->result.cells[0].phases[0];
    phase->tail = (struct result_tail){
        .given = true,
        .count = 100,
        .percentile = 99.9,
        .from_ns = 4100000,
        .mean_ns = {100, 3600000, 1000, 200000, 300000, (double)NAN},
    };
    struct result_phase *even =
        sample_add_phase(sample, &sample->result.cells[0], "even");
    even->tail = (struct result_tail){
        .given = true,
        .count = 10,
        .percentile = 99,
        .from_ns = 30000,
        .mean_ns = {0, 10000, 0, 10000, 10000, 0},
    };
    decide(sample, "wrong == 0", RESULT_HELD_YES, "0 wrong", "0 wrong");
    assert_summary(&sample->result, "tail");
}

static void what_went_wrong_is_told_in_words(void **state) {
    struct sample *sample = *state;
    struct result_cell *cell = &sample->result.cells[0];
    static struct result_finding findings[] = {
        {.tool = "memcheck", .kind = "Leak", .text = "40 bytes are lost"},
        {.tool = "helgrind", .kind = "Race"},
    };
    static struct result_audit audit[] = {
        {"requests add up", true, "in 1 of 1 cells"},
        {"ledger observers agree", false, "block 0: 4 threads, not 5"},
    };
    sample->result.verdict = RESULT_UNDECIDED;
    sample->result.audit = audit;
    sample->result.audit_count = 2;
    cell->ledger_disputed = "4 threads, not 5";
    cell->findings = findings;
    cell->findings_count = 2;
    cell->error = "database is locked";
    cell->phases[0].wrong = 2;
    cell->phases[0].rejected = 1;
    cell->phases[0].cancelled = 4;
    sample_add_leftover(sample, cell, RESULT_THREAD, 1);
    cell->leftovers[0].late_ms = 12.34;
    sample_add_leftover(sample, cell, RESULT_FILE, 1);
    cell->database.cached = false;
    cell->database.generate_s = 3.2;
    assert_summary(&sample->result, "findings");
}

static void a_tool_is_told_with_what_it_did_and_found(void **state) {
    struct sample *sample = *state;
    struct result_cell *cell = &sample->result.cells[0];
    static struct result_finding findings[] = {
        {.tool = "memcheck",
         .kind = "Leak_DefinitelyLost",
         .text = "40 bytes in 1 blocks are definitely lost",
         .stack = "malloc\nplant (plant.c:3)\nmain (main.c:4)\n5\n6\n7\n8"},
        {.tool = "memcheck", .kind = "InvalidRead", .stack = "f\x1b (f.c:1)"},
    };
    sample->result.verdict = RESULT_FAIL;
    cell->findings = findings;
    cell->findings_count = 2;
    cell->under = (struct result_under){
        .given = true,
        .tool = "memcheck",
        .version = "3.19.0",
        .finds = true,
        .divisor = 20,
        .scaling = "load.main.in_flight 10,000 -> 500",
        .still_reachable_bytes = 4096,
        .possibly_lost_bytes = 864,
        .output = "massif.out.0.0",
    };
    assert_summary(&sample->result, "under");
}

static void several_scenarios_are_told_a_line_each(void **state) {
    struct sample *sample = *state;
    struct sample sweep;
    struct sample empty;
    struct text text;
    const struct result *results[] = {&sample->result, &sweep.result,
                                      &empty.result};
    sample_init(&sweep);
    sample_init(&empty);
    make_sweep(&sweep);
    sweep.result.scenario.path = "größe.v2.yaml";
    empty.result.cells_count = 0;
    empty.result.verdict = RESULT_PARTIAL;
    empty.result.scenario.path = "/tmp/.hidden";
    text_init(&text);
    summary_table(results, 3, false, &text);
    assert_golden("table", &text);
    text_fini(&text);
    sample_fini(&empty);
    sample_fini(&sweep);
}

/* ---- Promises ------------------------------------------------------------ */

/* Takes the colours out again: "\033[31m". */
static void strip_colors(struct text *text, const char *colored) {
    for (; *colored != '\0'; colored++) {
        if (*colored == '\033') {
            colored = strchr(colored, 'm');
            assert_non_null(colored);
        } else {
            text_append_n(text, colored, 1);
        }
    }
}

static void colour_comes_only_when_asked_and_changes_no_text(void **state) {
    struct sample *sample = *state;
    struct text plain;
    struct text colored;
    struct text stripped;
    make_exhausted(sample);
    text_init(&plain);
    text_init(&colored);
    text_init(&stripped);
    summary_write(&sample->result, false, &plain);
    summary_write(&sample->result, true, &colored);
    assert_null(strchr(plain.bytes, '\033'));
    assert_non_null(strstr(colored.bytes, "\033[31m✘\033[0m"));
    assert_non_null(strstr(colored.bytes, "\033[32m✔\033[0m"));
    assert_non_null(strstr(colored.bytes, "\033[33m?\033[0m"));
    strip_colors(&stripped, colored.bytes);
    assert_string_equal(stripped.bytes, plain.bytes);
    text_fini(&stripped);
    text_fini(&colored);
    text_fini(&plain);
}

static void nothing_that_others_wrote_steers_the_terminal(void **state) {
    struct sample *sample = *state;
    struct result_cell *cell = &sample->result.cells[0];
    struct text text;
    sample->result.scenario.title = "a\033[2Jb";
    cell->error = "line\nbreak \xc2\x9b"
                  "31m";
    cell->phases[0].name = "\xe2\x80\xae"
                           "mirrored";
    sample_add_leftover(sample, cell, RESULT_FILE, 1);
    cell->leftovers[0].identity = "broken \xff\xc3";
    decide(sample, "errors == 0\r", RESULT_HELD_NO, "\007", "\b");
    text_init(&text);
    summary_write(&sample->result, false, &text);
    assert_non_null(strstr(text.bytes, "a\\x1b[2Jb"));
    assert_non_null(strstr(text.bytes, "line break \\x9b31m"));
    assert_non_null(strstr(text.bytes, "\xef\xbf\xbdmirrored"));
    assert_non_null(strstr(text.bytes, "broken \xef\xbf\xbd\xef\xbf\xbd"));
    for (const char *byte = text.bytes; *byte != '\0'; byte++) {
        assert_true(*byte == '\n' || (unsigned char)*byte >= 0x20);
    }
    text_fini(&text);
}

static void a_result_of_which_nothing_is_known_can_be_told(void **state) {
    (void)state;
    struct result_cell cell;
    struct result result = {.verdict = RESULT_PARTIAL};
    struct text text;
    text_init(&text);
    summary_write(&result, true, &text);
    result_cell_init(&cell);
    cell.subject = "";
    cell.outcome.state = RESULT_INTERRUPTED;
    result.cells = &cell;
    result.cells_count = 1;
    summary_write(&result, true, &text);
    assert_non_null(strstr(text.bytes, "interrupted"));
    text_fini(&text);
}

static void width_counts_columns_not_bytes(void **state) {
    (void)state;
    static const struct {
        const char *string;
        size_t width;
    } rows[] = {
        {"", 0},
        {"plain", 5},
        {"Estebán", 7},
        {"Esteba\xcc\x81n", 7}, /* the accent is a character of its own */
        {"名前", 4},
        {"✔ ✘", 3},
        {"\xf0\x9f\x90\xb3", 2}, /* a whale */
        {"\xff", 1},             /* no UTF-8 */
        {"\xc0\xaf", 2},         /* an overlong slash */
        {"\xe0\x80\xaf", 3},     /* a longer one */
        {"\xed\xa0\x80", 3},     /* half a surrogate */
        {"\xe2\x82", 2},         /* cut off */
        {"\t\n", 2},             /* spaces */
        {"\x7f", 4},             /* \x7f */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(display_width(rows[i].string), rows[i].width);
    }
}

static void columns_stand_under_each_other_whatever_is_in_them(void **state) {
    struct sample *sample = *state;
    static const char *const names[] = {"名前", "größe", "é"};
    static const char *const numbers[] = {"1", "1,000", "名"};
    struct table table;
    struct text text;
    table_init(&table, sample->arena, "lrll");
    for (size_t i = 0; i < 3; i++) {
        struct table_row *row = table_add(&table);
        row->cells[0].string = names[i];
        row->cells[1].string = numbers[i];
        row->cells[3].string = i == 1 ? "" : "end";
    }
    text_init(&text);
    table_write(&table, 1, false, &text);
    assert_string_equal(text.bytes, " 名前       1  end\n"
                                    " größe  1,000\n"
                                    " é         名  end\n");
    text_fini(&text);
}

/* ---- The folder ---------------------------------------------------------- */

static void make_scratch(char path[32]) {
    (void)snprintf(path, 32, "/tmp/plunge-test-XXXXXX");
    assert_non_null(mkdtemp(path));
}

static void assert_file(struct sample *sample, const char *folder,
                        const char *name, const struct text *wanted) {
    struct text text;
    text_init(&text);
    const char *path = arena_format(sample->arena, "%s/%s", folder, name);
    assert_int_equal(file_read(path, GOLDEN_SIZE_MAX, &text), 0);
    assert_string_equal(text.bytes, wanted->bytes);
    text_fini(&text);
}

static void a_folder_has_the_result_and_its_summary(void **state) {
    struct sample *sample = *state;
    char scratch[32];
    struct text text;
    const char *problem = NULL;
    make_scratch(scratch);
    const char *folder =
        arena_format(sample->arena, "%s/reports/sample", scratch);
    assert_int_equal(
        report_write_folder(&sample->result, folder, sample->arena, &problem),
        0);
    assert_null(problem);
    text_init(&text);
    result_json_write(&sample->result, RESULT_JSON_INDENTED, &text);
    assert_file(sample, folder, "result.json", &text);
    text_clear(&text);
    summary_write(&sample->result, false, &text);
    assert_file(sample, folder, "summary.txt", &text);
    text_fini(&text);
    assert_int_equal(file_remove_tree(scratch), 0);
}

static void a_folder_that_cannot_be_made_is_named(void **state) {
    struct sample *sample = *state;
    char scratch[32];
    const char *problem = NULL;
    make_scratch(scratch);
    const char *file = arena_format(sample->arena, "%s/file", scratch);
    const char *folder = arena_format(sample->arena, "%s/file/sub", scratch);
    assert_int_equal(file_write(file, "", 0), 0);
    assert_int_equal(
        report_write_folder(&sample->result, folder, sample->arena, &problem),
        -1);
    assert_non_null(problem);
    assert_non_null(strstr(problem, folder));
    assert_non_null(strstr(problem, "Not a directory"));
    assert_int_equal(file_remove_tree(scratch), 0);
}

static void a_file_that_cannot_be_written_is_named(void **state) {
    struct sample *sample = *state;
    char scratch[32];
    const char *problem = NULL;
    make_scratch(scratch);
    /* A folder stands where a file is to be. */
    const char *place = arena_format(sample->arena, "%s/summary.txt", scratch);
    assert_int_equal(file_make_folder(place), 0);
    assert_int_equal(
        report_write_folder(&sample->result, scratch, sample->arena, &problem),
        -1);
    assert_non_null(problem);
    assert_non_null(strstr(problem, place));
    assert_int_equal(file_remove_tree(scratch), 0);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, sample_setup, sample_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_good_cell_is_told_in_full),
        TEST(a_phase_is_told_with_what_it_did),
        TEST(what_is_left_behind_is_told_with_its_site),
        TEST(a_recovery_that_failed_says_why),
        TEST(a_sweep_is_told_as_a_table),
        TEST(a_sweep_over_subjects_names_them_all),
        TEST(the_tail_is_told_with_what_it_was_spent_on),
        TEST(what_went_wrong_is_told_in_words),
        TEST(a_tool_is_told_with_what_it_did_and_found),
        TEST(several_scenarios_are_told_a_line_each),
        TEST(colour_comes_only_when_asked_and_changes_no_text),
        TEST(nothing_that_others_wrote_steers_the_terminal),
        TEST(a_result_of_which_nothing_is_known_can_be_told),
        TEST(width_counts_columns_not_bytes),
        TEST(slopes_are_told_with_what_they_exclude),
        TEST(columns_stand_under_each_other_whatever_is_in_them),
        TEST(a_folder_has_the_result_and_its_summary),
        TEST(a_folder_that_cannot_be_made_is_named),
        TEST(a_file_that_cannot_be_written_is_named),
    };
    return SUITE_RUN(tests, argc, argv);
}
