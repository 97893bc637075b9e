/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan */
#include "run/run.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/result.h"
#include "base/text.h"
#include "cell/cell.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"
#include "support/suite.h"

/* Whole scenarios, small ones, with real cells: this program is started again
 * as the child of each. */

struct fixture {
    struct arena *arena;
    char cache[64];
    unsigned told;
    double fraction;
};

static int arrange(void **state) {
    static struct fixture f;
    f = (struct fixture){.arena = arena_new()};
    (void)snprintf(f.cache, sizeof f.cache, "/tmp/plunge-test-XXXXXX");
    *state = &f;
    if (mkdtemp(f.cache) == NULL || setenv("PLUNGE_CACHE", f.cache, 1) != 0) {
        return -1;
    }
    return 0;
}

static int put_away(void **state) {
    struct fixture *f = *state;
    arena_free(f->arena);
    return file_remove_tree(f->cache);
}

static const struct scenario *read_scenario(struct fixture *f,
                                            const char *text) {
    const struct scenario_source source = {.path = "test.yaml", .text = text};
    struct scenario *scenario = NULL;
    struct problems problems;
    int error_number = 0;
    problems_init(&problems, f->arena, source.path, source.text);
    if (scenario_read(&source, f->arena, &scenario, &problems, &error_number) !=
        SCENARIO_OK) {
        struct text rendered;
        text_init(&rendered);
        problems_render(&problems, &rendered);
        fail_msg("%s", rendered.bytes);
    }
    return scenario;
}

static void on_running(void *data, const struct run_sight *sight) {
    struct fixture *f = data;
    assert_non_null(strstr(sight->what, "dbpool"));
    assert_true(sight->fraction >= f->fraction && sight->fraction <= 1);
    assert_true(isnan(sight->left_s) || sight->left_s >= 0);
    assert_non_null(sight->cell);
    f->fraction = sight->fraction;
    f->told++;
}

static const struct result *run(struct fixture *f, const char *text) {
    const struct run_options options = {
        .seed = 7,
        .answers_on_stderr = true,
        .watch = {.data = f, .running = on_running},
    };
    struct result *result = NULL;
    const char *problem = NULL;
    if (run_scenario(read_scenario(f, text), &options, f->arena, &result,
                     &problem) != 0) {
        fail_msg("%s", problem);
    }
    return result;
}

static void expect_no_leftovers(const struct result_cell *cell) {
    for (size_t i = 0; i < cell->leftovers_count; i++) {
        print_message("left: %s %s (%s)\n",
                      result_kind_name(cell->leftovers[i].kind),
                      cell->leftovers[i].identity, cell->leftovers[i].site);
    }
    assert_int_equal(cell->leftovers_count, 0);
}

static uint64_t count_of(const struct result_cell *cell,
                         enum result_kind kind) {
    uint64_t count = 0;
    for (size_t i = 0; i < cell->leftovers_count; i++) {
        if (cell->leftovers[i].kind == kind) {
            count += cell->leftovers[i].count;
        }
    }
    return count;
}

#define TUTORIAL                                                               \
    "title: The tutorial\n"                                                    \
    "load: {in_flight: 3, lookups: 3, keys: [yoen, esteban, mohamed]}\n"

static void a_clean_cell_leaves_nothing(void **state) {
    struct fixture *f = *state;
    const struct result *result = run(f, TUTORIAL "database: {users: 3}\n");
    assert_int_equal(result->cells_count, 1);
    const struct result_cell *cell = &result->cells[0];
    assert_int_equal(cell->outcome.state, RESULT_COMPLETED);
    assert_int_equal(cell->cycles.completed, 1);
    assert_int_equal(cell->phases_count, 1);
    assert_int_equal(cell->phases[0].completed, 3);
    assert_int_equal(cell->phases[0].wrong, 0);
    assert_int_equal(cell->resources.peak.threads, 4);
    assert_null(cell->ledger_disputed);
    expect_no_leftovers(cell);
    assert_int_equal(result->verdict, RESULT_PASS);
    assert_true(f->told > 0);
}

static void a_clean_cell_removes_its_private_copy(void **state) {
    struct fixture *f = *state;
    const struct result *result =
        run(f, TUTORIAL "database: {users: 3, temporary: removed}\n");
    expect_no_leftovers(&result->cells[0]);
    assert_int_equal(result->verdict, RESULT_PASS);
}

static void a_kept_copy_is_reported(void **state) {
    struct fixture *f = *state;
    const struct result *result =
        run(f, TUTORIAL "database: {users: 3, temporary: kept}\n");
    const struct result_cell *cell = &result->cells[0];
    assert_int_equal(cell->leftovers_count, 1);
    assert_int_equal(cell->leftovers[0].kind, RESULT_FILE);
    assert_memory_equal(cell->leftovers[0].identity, "users.db (", 10);
    assert_non_null(strstr(cell->leftovers[0].site, "test.yaml:3"));
    /* Reported, and then removed: it was the cell's, not the user's. */
    char path[256] = "";
    assert_int_equal(
        sscanf(cell->leftovers[0].identity, "users.db (%255[^)])", path), 1);
    assert_int_equal(access(path, F_OK), -1);
    *strrchr(path, '/') = '\0';
    assert_int_equal(access(path, F_OK), -1);
}

/* The pool is still open, and its -wal and -shm with it. */
static void a_program_that_leaves_its_pool_can_remove_its_files(void **state) {
    struct fixture *f = *state;
    const struct result *result =
        run(f, TUTORIAL "database: {users: 3, temporary: removed}\n"
                        "pool: {shutdown: missing}\n");
    const struct result_cell *cell = &result->cells[0];
    assert_int_equal(count_of(cell, RESULT_POOL), 1);
    assert_int_equal(count_of(cell, RESULT_FILE), 0);
}

static void the_tutorial_as_written_leaves_its_pool_and_files(void **state) {
    struct fixture *f = *state;
    const struct result *result =
        run(f, TUTORIAL "database: {users: 3, temporary: kept}\n"
                        "pool: {shutdown: uncalled}\n"
                        "expect: ['left_behind == "
                        "{pool: 1, thread: 3, file: 3}']\n");
    const struct result_cell *cell = &result->cells[0];
    assert_int_equal(cell->outcome.state, RESULT_COMPLETED);
    assert_int_equal(count_of(cell, RESULT_POOL), 1);
    assert_int_equal(count_of(cell, RESULT_THREAD), 3);
    assert_int_equal(count_of(cell, RESULT_FILE), 3);
    assert_null(cell->ledger_disputed);
    assert_int_equal(result->verdict, RESULT_PASS);
}

static void a_pool_that_is_never_shut_down_exhausts_threads(void **state) {
    struct fixture *f = *state;
    const struct result *result =
        run(f, TUTORIAL "database: {users: 3}\n"
                        "pool: {shutdown: missing}\n"
                        "cycles: 1k\n"
                        "limits: {threads: 64}\n"
                        "expect:\n"
                        "  - exhausted == threads\n"
                        "  - exhausted_at == predicted\n"
                        "  - threads per cycle == 3\n");
    const struct result_cell *cell = &result->cells[0];
    assert_int_equal(cell->outcome.state, RESULT_COMPLETED);
    assert_true(cell->cycles.exhausted.happened);
    assert_int_equal(cell->cycles.exhausted.at_cycle, 22);
    assert_int_equal(cell->cycles.predicted_cycle, 22);
    assert_int_equal(cell->cycles.completed, 21);
    assert_int_equal(cell->resources.peak.threads, 64);
    assert_null(cell->ledger_disputed);
    assert_int_equal(result->verdict, RESULT_PASS);
}

static void what_is_predicted_is_known_where_nothing_happened(void **state) {
    struct fixture *f = *state;
    const struct result *result =
        run(f, TUTORIAL "database: {users: 3}\n"
                        "pool: {shutdown: missing}\n"
                        "cycles: 2\n"
                        "limits: {threads: 64}\n"
                        "expect: [exhausted == nothing]\n");
    assert_int_equal(result->cells[0].cycles.predicted_cycle, 0);
    assert_false(result->cells[0].cycles.exhausted.happened);
    assert_int_equal(result->verdict, RESULT_PASS);
}

/* Run in random order: 6! ways a block, so not by chance. */
static void cells_are_listed_by_block_in_order_of_the_sweep(void **state) {
    struct fixture *f = *state;
    const struct result *result =
        run(f, TUTORIAL "database: {users: 3}\n"
                        "blocks: 2\n"
                        "sweep: {pool.max: [3, 4, 5, 6, 7, 8]}\n");
    assert_int_equal(result->cells_count, 12);
    for (unsigned i = 0; i < 12; i++) {
        const struct result_cell *cell = &result->cells[i];
        char label[32];
        (void)snprintf(label, sizeof label, "pool.max=%u", 3 + i % 6);
        assert_int_equal(cell->outcome.state, RESULT_COMPLETED);
        assert_int_equal(cell->block, i / 6);
        assert_string_equal(cell->label, label);
        /* All read the one database, generated for all of them. */
        assert_false(cell->database.cached);
    }
    /* The last cell began with 11 of 12 done. */
    assert_true(f->fraction > 0.9);
}

static void the_whole_result_is_filled_in(void **state) {
    struct fixture *f = *state;
    const struct result *result = run(f, TUTORIAL "database: {users: 3}\n");
    assert_string_equal(result->version, PLUNGE_VERSION);
    assert_string_equal(result->scenario.path, "test.yaml");
    assert_string_equal(result->scenario.title, "The tutorial");
    assert_int_equal(strlen(result->scenario.sha256), 64);
    assert_int_equal(result->seed, 7);
    assert_non_null(result->started_at);
    assert_int_equal(result->cells[0].database.users, 3);
}

/* Nothing could be measured: the sentence names what is in the way. */
static void without_a_database_there_is_no_result(void **state) {
    struct fixture *f = *state;
    const struct run_options options = {.seed = 7};
    const struct scenario *scenario =
        read_scenario(f, TUTORIAL "database: {users: 3}\n");
    assert_int_equal(setenv("PLUNGE_CACHE", "/proc/no/such/folder", 1), 0);
    struct result *result = NULL;
    const char *problem = NULL;
    assert_int_equal(
        run_scenario(scenario, &options, f->arena, &result, &problem), -1);
    assert_null(result);
    assert_non_null(strstr(problem, "/proc/no"));
}

static void on_running_interrupt(void *data, const struct run_sight *sight) {
    (void)data;
    (void)sight;
    if (interrupt_pending() == 0) {
        (void)raise(SIGINT);
    }
}

static void an_interrupted_run_is_partial(void **state) {
    struct fixture *f = *state;
    const struct run_options options = {
        .seed = 7, .watch = {.data = f, .running = on_running_interrupt}};
    struct result *result = NULL;
    const char *problem = NULL;
    interrupt_install();
    const struct scenario *scenario =
        read_scenario(f, TUTORIAL "database: {users: 3}\n"
                                  "sweep: {pool.max: [3, 4, 5]}\n");
    assert_int_equal(
        run_scenario(scenario, &options, f->arena, &result, &problem), 0);
    assert_int_equal(result->verdict, RESULT_PARTIAL);
    assert_int_equal(result->cells_count, 1);

    /* And now from the beginning: not even a database is made. */
    assert_int_equal(
        run_scenario(scenario, &options, f->arena, &result, &problem), 0);
    assert_int_equal(result->verdict, RESULT_PARTIAL);
    assert_int_equal(result->cells_count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, arrange, put_away)

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], CELL_COMMAND) == 0) {
        return cell_main(argc, argv);
    }
    const struct CMUnitTest tests[] = {
        TEST(a_clean_cell_leaves_nothing),
        TEST(a_clean_cell_removes_its_private_copy),
        TEST(a_kept_copy_is_reported),
        TEST(a_program_that_leaves_its_pool_can_remove_its_files),
        TEST(the_tutorial_as_written_leaves_its_pool_and_files),
        TEST(a_pool_that_is_never_shut_down_exhausts_threads),
        TEST(what_is_predicted_is_known_where_nothing_happened),
        TEST(cells_are_listed_by_block_in_order_of_the_sweep),
        TEST(the_whole_result_is_filled_in),
        TEST(without_a_database_there_is_no_result),
        /* Last: an interruption stays for the life of a process. */
        TEST(an_interrupted_run_is_partial),
    };
    return SUITE_RUN(tests, argc, argv);
}
