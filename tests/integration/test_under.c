/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "support/json_at.h"
#include "support/planted.h"
#include "support/program.h"
#include "support/suite.h"

/* plunge run --under TOOL, with defects planted in the process of the cell. */

/* Runs the scenario with @plant in it, under @tool. */
static json_t *run_planted(struct program *program, const char *tool,
                           const char *plant, int status) {
    struct program_file path = program_file(program, "planted.yaml");
    (void)program_write(program, "planted.yaml", planted_scenario(plant));
    program->itself = true;
    program_run(program, "run", "-o", program->folder, "--under", tool, "-s",
                strcmp(plant, "plant: hang") == 0 ? "limits.time=50ms"
                                                  : "limits.time=60s",
                path.path, NULL);
    if (program->status == 3 && strstr(program->err.bytes, "no valgrind")) {
        print_message("valgrind is not there\n");
        skip();
    }
    program_expect(program, status);
    program_validate(program, "result.json");
    return program_json(program, "result.json");
}

static void expect_part(const char *text, const char *part) {
    assert_non_null(text);
    if (strstr(text, part) == NULL) {
        fail_msg("\"%s\" is not in:\n%s", part, text);
    }
}

/* That the first finding is the planted one, in the result and the summary. */
static void expect_found(struct program *program, const json_t *result,
                         const char *kind, const char *function) {
    const json_t *cell = json_at(result, "cells/0");
    expect_part(json_text_at(cell, "findings/0/kind"), kind);
    expect_part(json_text_at(cell, "findings/0/stack"), function);
    expect_part(json_text_at(cell, "findings/0/stack"), "planted.c:");
    program_expect_words(&program->out, json_text_at(cell, "findings/0/text"));
    program_expect_words(&program->out, function);
    program_expect_words(&program->out, "✘ no findings");
}

static void expect_defect(struct program *program, const char *tool,
                          const char *plant, const char *kind,
                          const char *function) {
    json_t *result = run_planted(program, tool, plant, 1);
    assert_string_equal(json_text_at(result, "verdict"), "fail");
    /* It did what it was to do, for all that. */
    assert_string_equal(json_text_at(result, "cells/0/outcome/state"),
                        "completed");
    assert_true(json_is_true(json_at(result, "expectations/0/held")));
    assert_string_equal(json_text_at(result, "cells/0/under/tool"), tool);
    assert_string_equal(json_text_at(result, "cells/0/findings/0/tool"), tool);
    expect_found(program, result, kind, function);
    json_decref(result);
}

static void a_leak_is_named_with_its_stack(void **state) {
    expect_defect(*state, "memcheck", "plant: leak", "Leak_DefinitelyLost",
                  "plant_leak");
}

static void bad_memory_is_named_with_its_stack(void **state) {
    expect_defect(*state, "memcheck", "plant: free", "InvalidRead",
                  "plant_free");
}

static void a_race_is_named_by_helgrind(void **state) {
    expect_defect(*state, "helgrind", "plant: race", "Race", "plant_race");
}

static void a_race_is_named_by_drd(void **state) {
    expect_defect(*state, "drd", "plant: race", "ConflictingAccess",
                  "plant_race");
}

static void a_crash_is_an_error_and_says_where(void **state) {
    struct program *program = *state;
    json_t *result = run_planted(program, "memcheck", "plant: crash", 3);
    assert_string_equal(json_text_at(result, "verdict"), "error");
    assert_int_equal(json_int_at(result, "cells/0/outcome/signal"), 11);
    expect_found(program, result, "InvalidWrite", "plant_crash");
    json_decref(result);
}

/* valgrind was killed in the middle. */
static void what_breaks_off_is_not_taken_for_whole(void **state) {
    struct program *program = *state;
    json_t *result = run_planted(program, "memcheck", "plant: hang", 1);
    assert_string_equal(json_text_at(result, "cells/0/outcome/state"),
                        "over_limit");
    expect_part(json_text_at(result, "cells/0/outcome/detail"),
                "limits.time (1.00 s)"); /* 20 times as long */
    expect_part(json_text_at(result, "cells/0/outcome/detail"),
                "what memcheck wrote breaks off");
    json_decref(result);
}

/* In valgrind's place stands a program that writes half a file, and ends well.
 */
static void a_broken_file_of_a_good_cell_is_an_error(void **state) {
    struct program *program = *state;
    char path[PATH_MAX];
    const char *old = getenv("PATH");
    const char *fake = program_write(program, "valgrind",
                                     "#!/bin/bash\n"
                                     "for word; do\n"
                                     "    case $word in\n"
                                     "    --xml-file=*) xml=${word#*=} ;;\n"
                                     "    --log-file=*) log=${word#*=} ;;\n"
                                     "    esac\n"
                                     "done\n"
                                     "echo '<valgrindoutput><error>' >$xml\n"
                                     "echo 'out of memory' >$log\n"
                                     "exec \"${@: -2}\"\n");
    assert_int_equal(chmod(fake, 0755), 0);
    (void)snprintf(path, sizeof path, "%s:%s", program->folder, old);
    assert_int_equal(setenv("PATH", path, 1), 0);
    json_t *result = run_planted(program, "memcheck", "no plant", 3);
    assert_int_equal(setenv("PATH", old == NULL ? "" : old, 1), 0);
    assert_string_equal(json_text_at(result, "verdict"), "error");
    assert_int_equal(json_int_at(result, "cells/0/phases/0/completed"), 4);
    expect_part(json_text_at(result, "cells/0/outcome/detail"),
                "breaks off in line 2");
    expect_part(json_text_at(result, "cells/0/outcome/detail"),
                "its last words: out of memory");
    assert_int_equal(json_array_size(json_at(result, "cells/0/findings")), 1);
    json_decref(result);
}

/* ---- Without a defect ----------------------------------------------------*/

static json_t *run_under(struct program *program, const char *tool,
                         const char *scenario, const char *set) {
    program_run(program, "run", "-o", program->folder, "--under", tool, "-s",
                set, scenario, NULL);
    program_expect(program, 0);
    program_validate(program, "result.json");
    json_t *result = program_json(program, "result.json");
    assert_int_equal(json_array_size(json_at(result, "cells/0/findings")), 0);
    program_expect_words(&program->out, "✔ no findings");
    return result;
}

static void the_tutorial_is_clean(void **state) {
    struct program *program = *state;
    static const char *const tools[] = {"memcheck", "drd"};
    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++) {
        json_t *result = run_under(program, tools[i], "scenarios/tutorial.yaml",
                                   "limits.time=60s");
        const json_t *under = json_at(result, "cells/0/under");
        assert_int_equal(json_int_at(under, "scale"), 1);
        assert_null(json_text_at(under, "scaling"));
        assert_non_null(json_text_at(under, "version"));
        json_decref(result);
    }
}

/* The subjects that it compares with have threads of their own. */
static void a_comparison_is_clean_and_left_open(void **state) {
    struct program *program = *state;
    struct program_file path = program_file(program, "compared.yaml");
    (void)program_write(program, "compared.yaml",
                        "title: Compared\n"
                        "database: {users: 100}\n"
                        "load: {in_flight: 20, for: 600ms}\n"
                        "expect:\n"
                        "  - throughput >= 0.000001 * direct\n"
                        "  - throughput >= 0.000001 * uvwork\n");
    program_run(program, "run", "-o", program->folder, "--under", "helgrind",
                path.path, NULL);
    program_expect(program, 4);
    program_expect_words(&program->out, "✔ no findings");
    program_expect_words(&program->out, "not decided: measured under helgrind");
    json_t *result = program_json(program, "result.json");
    assert_int_equal(json_array_size(json_at(result, "cells")), 3);
    assert_true(json_int_at(result, "cells/1/phases/0/completed") > 0);
    assert_true(json_int_at(result, "cells/2/phases/0/completed") > 0);
    json_decref(result);
}

/* What the ledger names is no finding a second time. */
static void what_a_pool_left_open_holds_is_named_by_the_ledger(void **state) {
    json_t *result =
        run_under(*state, "memcheck", "scenarios/tutorial-as-written.yaml",
                  "limits.time=60s");
    const json_t *cell = json_at(result, "cells/0");
    assert_int_equal(json_left(cell, "pool"), 1);
    assert_int_equal(json_left(cell, "thread"), 3);
    assert_int_equal(json_left(cell, "file"), 3);
    assert_true(json_int_at(cell, "under/possibly_lost_bytes") > 0);
    json_decref(result);
}

/* And what it left is closed, and another pool asked, as without a tool. */
static void expect_exhausted(struct program *program, const char *tool,
                             const char *limit, int cycle) {
    json_t *result =
        run_under(program, tool, "scenarios/missing-shutdown.yaml", limit);
    const json_t *cycles = json_at(result, "cells/0/cycles");
    assert_int_equal(json_int_at(cycles, "planned"), 1000);
    assert_int_equal(json_int_at(cycles, "exhausted/at_cycle"), cycle);
    assert_int_equal(json_int_at(cycles, "predicted_cycle"), cycle);
    assert_int_equal(json_int_at(cycles, "exhausted/number"),
                     json_int_at(cycles, "predicted/number"));
    assert_string_equal(json_text_at(cycles, "predicted/mechanism"),
                        "budget (simulated)");
    assert_true(json_is_true(json_at(cycles, "recovery/ok")));
    assert_true(json_is_true(json_at(cycles, "recovery/went_on")));
    json_decref(result);
}

static void exhaustion_comes_in_the_predicted_cycle(void **state) {
    expect_exhausted(*state, "helgrind", "limits.threads=10", 4);
    expect_exhausted(*state, "memcheck", "limits.threads=64", 22);
}

/* And a count of a smaller load is left open. */
static void what_the_others_write_is_kept_beside_the_result(void **state) {
    struct program *program = *state;
    static const char *const tools[] = {"massif", "callgrind"};
    struct program_file path = program_file(program, "some.yaml");
    (void)program_write(program, "some.yaml",
                        "title: Some\n"
                        "database: {users: 3}\n"
                        "load: {in_flight: 2, lookups: 1100}\n"
                        "expect: [completed == 1100]\n");
    for (int i = 0; i < 2; i++) {
        char name[64];
        struct program_file out = program_file(program, tools[i]);
        program_run(program, "run", "-o", out.path, "--under", tools[i],
                    path.path, NULL);
        program_expect(program, 4);
        program_expect_words(&program->out, "lookups 1,100 -> 1,000");
        (void)snprintf(name, sizeof name, "%s/result.json", tools[i]);
        json_t *result = program_json(program, name);
        assert_int_equal(json_int_at(result, "cells/0/phases/0/completed"),
                         1000);
        json_decref(result);
        (void)snprintf(name, sizeof name, "%s/%s.out.0.0", tools[i], tools[i]);
        struct text text;
        text_init(&text);
        assert_int_equal(
            file_read(program_path(program, name), (size_t)1 << 26, &text), 0);
        assert_true(text.size > 1000);
        text_fini(&text);
        program_expect_words(&program->out, strchr(name, '/') + 1);
    }
}

/* ---- The command line ----------------------------------------------------*/

static void another_tool_is_refused_with_the_list(void **state) {
    struct program *program = *state;
    struct program_file out = program_file(program, "out");
    program_run(program, "run", "-o", out.path, "--under", "cachegrind",
                "scenarios/tutorial.yaml", NULL);
    program_expect(program, 2);
    program_expect_words(&program->err,
                         "--under cachegrind: expected memcheck, helgrind, "
                         "drd, massif or callgrind");
    assert_int_not_equal(access(out.path, F_OK), 0);
}

static void too_many_threads_are_refused_before_anything_runs(void **state) {
    struct program *program = *state;
    struct program_file out = program_file(program, "out");
    program_run(program, "run", "-o", out.path, "--under", "memcheck", "-s",
                "limits.threads=3000", "scenarios/missing-shutdown.yaml", NULL);
    program_expect(program, 2);
    program_expect_words(&program->err, "scenarios/missing-shutdown.yaml:");
    program_expect_words(&program->err, "3,000 threads at once");
    program_expect_words(&program->err, "-s limits.threads=2000");
    assert_int_not_equal(access(out.path, F_OK), 0);
}

static void expect_refused(struct program *program, const char *set,
                           const char *scenario, const char *words) {
    struct program_file out = program_file(program, "out");
    program_run(program, "run", "-o", out.path, "--under", "memcheck", "-s",
                set, scenario, NULL);
    program_expect(program, 2);
    program_expect_words(&program->err, words);
    assert_int_not_equal(access(out.path, F_OK), 0);
}

static void what_a_tool_would_change_is_refused(void **state) {
    expect_refused(*state, "limits.by=seccomp",
                   "scenarios/missing-shutdown.yaml",
                   "scenarios/missing-shutdown.yaml:19: --under memcheck: "
                   "limits.by: seccomp: not under valgrind");
    expect_refused(*state, "limits.time=60s",
                   "scenarios/missing-shutdown-descriptors.yaml",
                   "missing-shutdown-descriptors.yaml:22: --under memcheck: "
                   "limits.fds: not under valgrind");
    expect_refused(*state, "limits.time=60s", "scenarios/twisted.yaml",
                   "--under memcheck: pool.subject: ");
    expect_refused(*state,
                   "find={pool.max: {from: 3, to: 9, holds: errors == 0}}",
                   "scenarios/tutorial.yaml", "find and --under");
}

static void without_valgrind_its_package_is_named(void **state) {
    struct program *program = *state;
    const char *old = getenv("PATH");
    assert_int_equal(setenv("PATH", program->folder, 1), 0);
    program_run(program, "run", "-o", program->folder, "--under", "memcheck",
                "scenarios/tutorial.yaml", NULL);
    assert_int_equal(setenv("PATH", old == NULL ? "" : old, 1), 0);
    program_expect(program, 3);
    program_expect_words(&program->err, "install the package valgrind");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)

int main(int argc, char **argv) {
    if (planted_is_asked(argc, argv)) {
        return planted_main(argc, argv);
    }
    const struct CMUnitTest tests[] = {
        TEST(a_leak_is_named_with_its_stack),
        TEST(bad_memory_is_named_with_its_stack),
        TEST(a_race_is_named_by_helgrind),
        TEST(a_race_is_named_by_drd),
        TEST(a_crash_is_an_error_and_says_where),
        TEST(what_breaks_off_is_not_taken_for_whole),
        TEST(a_broken_file_of_a_good_cell_is_an_error),
        TEST(the_tutorial_is_clean),
        TEST(a_comparison_is_clean_and_left_open),
        TEST(what_a_pool_left_open_holds_is_named_by_the_ledger),
        TEST(exhaustion_comes_in_the_predicted_cycle),
        TEST(what_the_others_write_is_kept_beside_the_result),
        TEST(another_tool_is_refused_with_the_list),
        TEST(too_many_threads_are_refused_before_anything_runs),
        TEST(what_a_tool_would_change_is_refused),
        TEST(without_valgrind_its_package_is_named),
    };
    return SUITE_RUN(tests, argc, argv);
}
