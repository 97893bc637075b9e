/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/json_at.h"
#include "support/program.h"
#include "support/suite.h"

/* The scenarios that are shipped, run as a user runs them. */

static const json_t *first_cell(const json_t *result) {
    return json_array_get(json_object_get(result, "cells"), 0);
}

static int left_of_kind(const json_t *cell, const char *kind) {
    const json_t *list = json_object_get(cell, "left_behind");
    int count = 0;
    size_t index;
    json_t *entry;
    json_array_foreach(list, index, entry) {
        if (strcmp(json_string_value(json_object_get(entry, "kind")), kind) ==
            0) {
            count += (int)json_integer_value(json_object_get(entry, "count"));
        }
    }
    return count;
}

static const char *first_site(const json_t *cell, const char *kind) {
    const json_t *list = json_object_get(cell, "left_behind");
    size_t index;
    json_t *entry;
    json_array_foreach(list, index, entry) {
        if (strcmp(json_string_value(json_object_get(entry, "kind")), kind) ==
            0) {
            const char *site =
                json_string_value(json_object_get(entry, "site"));
            return site == NULL ? "" : site;
        }
    }
    return "";
}

static void expect_in_site(const json_t *cell, const char *kind,
                           const char *words) {
    const char *site = first_site(cell, kind);
    if (strstr(site, words) == NULL) {
        fail_msg("the site of a %s, \"%s\", lacks \"%s\"", kind, site, words);
    }
}

/* Each connection of the pool opened a log for itself, and was asked. */
static void expect_logs_used_by(const json_t *cell, const char *words) {
    size_t logs = 0;
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(cell, "left_behind"), index, entry) {
        const char *identity =
            json_string_value(json_object_get(entry, "identity"));
        if (strncmp(identity, "fd ", 3) == 0 &&
            strstr(identity, "-wal") != NULL) {
            const char *site =
                json_string_value(json_object_get(entry, "site"));
            assert_non_null(strstr(site, words));
            logs++;
        }
    }
    assert_true(logs >= 1);
}

static void run_to_folder(struct program *program, const char *scenario) {
    program_run(program, "run", "-o", program->folder, scenario, NULL);
}

static void the_tutorial_greets_three_and_leaves_nothing(void **state) {
    struct program *program = *state;
    run_to_folder(program, "scenarios/tutorial.yaml");
    program_expect(program, 0);
    /* Gathered: in the order in which they were asked for, as results are. */
    program_expect_words(
        &program->out,
        "Mr 'Yoen Van der Veld' is connected under 'yoen'\n"
        "Mr 'Estebán Garcia Marquez' is connected under 'esteban'\n"
        "Mr 'Mohamed Al Ghâlib' is connected under 'mohamed'\n");
    json_t *result = program_json(program, "result.json");
    assert_int_equal(
        json_array_size(json_object_get(first_cell(result), "left_behind")), 0);
    json_decref(result);
    program_validate(program, "result.json");
}

static void the_tutorial_as_written_leaves_its_pool_and_files(void **state) {
    struct program *program = *state;
    run_to_folder(program, "scenarios/tutorial-as-written.yaml");
    program_expect(program, 0);
    json_t *result = program_json(program, "result.json");
    const json_t *cell = first_cell(result);
    assert_int_equal(left_of_kind(cell, "pool"), 1);
    assert_int_equal(left_of_kind(cell, "thread"), 3);
    assert_int_equal(left_of_kind(cell, "file"), 3);
    assert_int_equal(left_of_kind(cell, "process"), 0);
    assert_non_null(strstr(first_site(cell, "pool"),
                           "scenarios/tutorial-as-written.yaml:"));
    expect_in_site(cell, "thread",
                   "started by pthread_create in uv_thread_create_ex, of the "
                   "pool opened at scenarios/tutorial-as-written.yaml:");
    expect_in_site(cell, "fd",
                   "opened by open in sqlite3_open_v2 on thread plunge-db/");
    expect_in_site(cell, "fd",
                   ", for the request at scenarios/tutorial-as-written.yaml:");
    expect_logs_used_by(cell,
                        ", last used by 'SELECT * FROM users WHERE login = ?'");
    json_decref(result);
    program_validate(program, "result.json");
}

static const json_t *first_left(const json_t *cell, const char *kind) {
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(cell, "left_behind"), index, entry) {
        if (strcmp(json_string_value(json_object_get(entry, "kind")), kind) ==
            0) {
            return entry;
        }
    }
    return NULL;
}

static void backtraces_are_shown_where_they_are_asked_for(void **state) {
    struct program *program = *state;
    run_to_folder(program, "scenarios/tutorial-as-written.yaml");
    program_expect(program, 0);
    json_t *result = program_json(program, "result.json");
    const json_t *fd = first_left(first_cell(result), "fd");
    assert_true(json_is_null(json_object_get(fd, "stack")));
    json_decref(result);

    assert_int_equal(setenv("PLUNGE_SITES", "full", 1), 0);
    run_to_folder(program, "scenarios/tutorial-as-written.yaml");
    assert_int_equal(unsetenv("PLUNGE_SITES"), 0);
    program_expect(program, 0);
    program_validate(program, "result.json");
    result = program_json(program, "result.json");
    fd = first_left(first_cell(result), "fd");
    const char *stack = json_string_value(json_object_get(fd, "stack"));
    assert_non_null(stack);
#if __has_include(<elfutils/libdwfl.h>)
    assert_non_null(strstr(stack, "\ndbpool__sqlite_open lib/sqlite.c:"));
    program_expect_words(&program->out, "  dbpool__sqlite_open lib/sqlite.c:");
#endif
    json_decref(result);
}

static void an_unknown_kind_of_sites_is_refused(void **state) {
    struct program *program = *state;
    assert_int_equal(setenv("PLUNGE_SITES", "some", 1), 0);
    run_to_folder(program, "scenarios/tutorial.yaml");
    assert_int_equal(unsetenv("PLUNGE_SITES"), 0);
    program_expect(program, 2);
    program_expect_words(&program->err, "PLUNGE_SITES");
    program_expect_words(&program->err, "some");
}

static void a_missing_shutdown_dies_in_the_predicted_cycle(void **state) {
    struct program *program = *state;
    run_to_folder(program, "scenarios/missing-shutdown.yaml");
    program_expect(program, 0);
    program_validate(program, "result.json");
    json_t *result = program_json(program, "result.json");
    const json_t *cycles = json_object_get(first_cell(result), "cycles");
    const json_t *exhausted = json_object_get(cycles, "exhausted");
    assert_int_equal(json_integer_value(json_object_get(exhausted, "at_cycle")),
                     22);
    assert_int_equal(
        json_integer_value(json_object_get(cycles, "predicted_cycle")), 22);
    assert_string_equal(json_string_value(json_object_get(exhausted, "error")),
                        "can't start new thread");
    assert_string_equal(
        json_string_value(json_object_get(exhausted, "mechanism")), "budget");
    assert_int_equal(left_of_kind(first_cell(result), "thread"), 63);
    json_decref(result);
}

/* What is drawn of it is a flat line, from the first cycle to the last. */
static void expect_flat(const json_t *cell) {
    const json_t *steps = json_at(cell, "cycles/series");
    size_t index;
    json_t *step;
    assert_in_range(json_array_size(steps), 200, 257);
    json_array_foreach(steps, index, step) {
        assert_int_equal(json_int_at(step, "threads"),
                         json_int_at(cell, "resources/before/threads"));
        assert_int_equal(json_int_at(step, "fds"),
                         json_int_at(cell, "resources/before/fds"));
    }
    assert_int_equal(json_int_at(json_array_get(steps, index - 1), "cycle"),
                     400);
}

static void a_clean_shutdown_leaves_nothing_for_many_cycles(void **state) {
    struct program *program = *state;
    program_run(program, "run", "-o", program->folder, "-s", "cycles=400",
                "scenarios/clean-shutdown.yaml", NULL);
    program_expect(program, 0);
    program_validate(program, "result.json");
    json_t *result = program_json(program, "result.json");
    const json_t *cell = first_cell(result);
    assert_int_equal(json_integer_value(json_object_get(
                         json_object_get(cell, "cycles"), "completed")),
                     400);
    expect_flat(cell);
    assert_int_equal(json_array_size(json_object_get(cell, "left_behind")), 0);
    json_decref(result);
}

static void a_rush_is_answered_and_compared_with_direct(void **state) {
    struct program *program = *state;
    program_run(program, "run", "-o", program->folder, "-s",
                "database.users=20k", "-s", "load.warm.for=50ms", "-s",
                "load.steady.for=200ms", "-s", "blocks=1",
                "scenarios/rush.yaml", "-s", "load.steady.in_flight=2k", NULL);
    /* Speed is not what is tested here, nor how busy the machine is. */
    if (program->status != 1 && program->status != 4) {
        program_expect(program, 0);
    }
    program_validate(program, "result.json");
    json_t *result = program_json(program, "result.json");
    const json_t *cells = json_object_get(result, "cells");
    assert_int_equal(json_array_size(cells), 2);
    size_t index;
    json_t *cell;
    json_array_foreach(cells, index, cell) {
        assert_string_equal(json_string_value(json_object_get(cell, "subject")),
                            index == 0 ? "dbpool" : "direct");
        const json_t *phase =
            json_array_get(json_object_get(cell, "phases"), 1);
        assert_true(json_integer_value(json_object_get(phase, "completed")) >
                    0);
        assert_int_equal(json_integer_value(json_object_get(phase, "failed")),
                         0);
        assert_int_equal(json_integer_value(json_object_get(phase, "wrong")),
                         0);
    }
    json_decref(result);
}

static void writes_and_pages_come_between_lookups_by_zipf(void **state) {
    struct program *program = *state;
    program_run(program, "run", "-o", program->folder, "-s",
                "database.users=2k", "-s", "load.warm.for=20ms", "-s",
                "load.steady.for=300ms", "scenarios/busy.yaml", NULL);
    program_expect(program, 0);
    program_validate(program, "result.json");
    json_t *result = program_json(program, "result.json");
    const json_t *cells = json_object_get(result, "cells");
    assert_int_equal(json_array_size(cells), 2);
    assert_true(json_is_null(json_at(result, "cells/0/phases/1/operations")));
    assert_true(json_int_at(result, "cells/1/phases/1/operations/lookup") > 0);
    json_decref(result);
}

static void a_sweep_runs_every_size_in_every_block(void **state) {
    struct program *program = *state;
    program_run(program, "run", "-o", program->folder, "-s",
                "database.users=5k", "-s", "load.warm.for=10ms", "-s",
                "load.steady.for=30ms", "--blocks", "2",
                "scenarios/pool-sizes.yaml", NULL);
    program_expect(program, 0);
    program_validate(program, "result.json");
    json_t *result = program_json(program, "result.json");
    const json_t *cells = json_object_get(result, "cells");
    static const int sizes[] = {1, 2, 4, 8};
    assert_int_equal(json_array_size(cells), 8);
    size_t index;
    json_t *cell;
    json_array_foreach(cells, index, cell) {
        assert_int_equal(json_integer_value(json_object_get(cell, "block")),
                         index / 4);
        assert_int_equal(json_integer_value(json_object_get(
                             json_object_get(cell, "parameters"), "pool.max")),
                         sizes[index % 4]);
    }
    json_decref(result);
    program_expect_words(&program->out, "pool.max=8");
}

static void skip_without_twisted(void) {
    if (system("/usr/bin/python3 -c 'import twisted.enterprise.adbapi' "
               "2>/dev/null") != 0) {
        print_message("python3-twisted is not installed\n");
        skip();
    }
}

static void
twisted_keeps_threads_and_connections_of_an_open_pool(void **state) {
    struct program *program = *state;
    skip_without_twisted();
    run_to_folder(program, "scenarios/twisted.yaml");
    program_expect(program, 0);
    program_expect_words(&program->out,
                         "Mr 'Estebán Garcia Marquez' is connected under "
                         "'esteban'\n");
    program_validate(program, "result.json");
    json_t *result = program_json(program, "result.json");
    const json_t *cell = first_cell(result);
    assert_int_equal(left_of_kind(cell, "thread"), 3);
    assert_int_equal(left_of_kind(cell, "fd"), 7);
    assert_string_equal(first_site(cell, "thread"), "first seen at opened");
    assert_non_null(strstr(first_site(cell, "fd"), "first seen at answered"));
    json_decref(result);
}

static void twisted_keeps_connections_of_a_closed_pool(void **state) {
    struct program *program = *state;
    skip_without_twisted();
    run_to_folder(program, "scenarios/twisted-closed.yaml");
    program_expect(program, 0);
    program_expect_words(&program->err,
                         "SQLite objects created in a thread can only be used "
                         "in that same thread");
    json_t *result = program_json(program, "result.json");
    assert_int_equal(left_of_kind(first_cell(result), "thread"), 0);
    assert_int_equal(left_of_kind(first_cell(result), "fd"), 7);
    json_decref(result);
}

static void every_shipped_scenario_is_good(void **state) {
    struct program *program = *state;
    DIR *folder = opendir("scenarios");
    assert_non_null(folder);
    int count = 0;
    for (struct dirent *entry = readdir(folder); entry != NULL;
         entry = readdir(folder)) {
        char path[300];
        if (strstr(entry->d_name, ".yaml") == NULL) {
            continue;
        }
        (void)snprintf(path, sizeof path, "scenarios/%s", entry->d_name);
        program_run(program, "check", path, NULL);
        program_expect(program, 0);
        program_expect_words(&program->out, "good");
        count++;
    }
    (void)closedir(folder);
    assert_true(count >= 6);
}

static void several_scenarios_end_with_one_table(void **state) {
    struct program *program = *state;
    program_run(program, "run", "-o", program->folder,
                "scenarios/tutorial.yaml", "scenarios/tutorial-as-written.yaml",
                NULL);
    program_expect(program, 0);
    program_validate(program, "tutorial/result.json");
    program_validate(program, "tutorial-as-written/result.json");
    program_expect_words(&program->out, "verdict");
    assert_int_equal(
        access(program_path(program, "tutorial/report.html"), R_OK), 0);
}

static void json_is_one_line_a_scenario_and_nothing_else(void **state) {
    struct program *program = *state;
    program_run(program, "run", "--json", "-o", program->folder,
                "scenarios/tutorial.yaml", "scenarios/tutorial-as-written.yaml",
                NULL);
    program_expect(program, 0);
    char *line = program->out.bytes;
    for (int i = 0; i < 2; i++) {
        char *end = strchr(line, '\n');
        assert_non_null(end);
        json_t *result = json_loadb(line, (size_t)(end - line), 0, NULL);
        assert_non_null(result);
        assert_string_equal(
            json_string_value(json_object_get(result, "schema")), "plunge/1");
        json_decref(result);
        line = end + 1;
    }
    assert_string_equal(line, "");
    program_expect_words(&program->err, "is connected under 'yoen'");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(the_tutorial_greets_three_and_leaves_nothing),
        TEST(the_tutorial_as_written_leaves_its_pool_and_files),
        TEST(backtraces_are_shown_where_they_are_asked_for),
        TEST(an_unknown_kind_of_sites_is_refused),
        TEST(a_missing_shutdown_dies_in_the_predicted_cycle),
        TEST(a_clean_shutdown_leaves_nothing_for_many_cycles),
        TEST(a_rush_is_answered_and_compared_with_direct),
        TEST(writes_and_pages_come_between_lookups_by_zipf),
        TEST(a_sweep_runs_every_size_in_every_block),
        TEST(twisted_keeps_threads_and_connections_of_an_open_pool),
        TEST(twisted_keeps_connections_of_a_closed_pool),
        TEST(every_shipped_scenario_is_good),
        TEST(several_scenarios_end_with_one_table),
        TEST(json_is_one_line_a_scenario_and_nothing_else),
    };
    return SUITE_RUN(tests, argc, argv);
}
