/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/interrupt.h"
#include "base/result.h"
#include "cell/cell.h"
#include "command/command.h"
#include "dbpool.h"
#include "ledger/ledger.h"
#include "support/hardened.h"
#include "support/program.h"
#include "support/suite.h"

/* plunge selftest, and who tests it: this program is plunge, too, with a ledger
 * that can be made blind to a kind ($TEST_BLIND), or to see one that is not
 * there ($TEST_SEES). ledger_difference() is wrapped at link time (mk/test.mk).
 */

void __real_ledger_difference(const struct ledger *before,
                              const struct ledger *after, struct arena *arena,
                              struct result_cell *cell);
void __wrap_ledger_difference(const struct ledger *before,
                              const struct ledger *after, struct arena *arena,
                              struct result_cell *cell);

static bool is_named(const char *variable, enum result_kind kind) {
    const char *name = getenv(variable);
    return name != NULL && strcmp(name, result_kind_name(kind)) == 0;
}

static void go_blind(struct result_cell *cell) {
    size_t kept = 0;
    for (size_t i = 0; i < cell->leftovers_count; i++) {
        if (!is_named("TEST_BLIND", cell->leftovers[i].kind)) {
            cell->leftovers[kept++] = cell->leftovers[i];
        }
    }
    cell->leftovers_count = kept;
}

static void see_ghosts(struct arena *arena, struct result_cell *cell) {
    for (int i = 0; i < RESULT_KINDS_COUNT; i++) {
        if (is_named("TEST_SEES", (enum result_kind)i)) {
            cell->leftovers = arena_alloc(arena, sizeof *cell->leftovers);
            cell->leftovers[0] = (struct result_leftover){
                .kind = (enum result_kind)i, .identity = "a ghost", .count = 1};
            cell->leftovers_count = 1;
        }
    }
}

void __wrap_ledger_difference(const struct ledger *before,
                              const struct ledger *after, struct arena *arena,
                              struct result_cell *cell) {
    __real_ledger_difference(before, after, arena, cell);
    go_blind(cell);
    see_ghosts(arena, cell);
}

/* As main() of plunge does it. */
static int be_plunge(int argc, char **argv) {
    (void)signal(SIGPIPE, SIG_IGN);
    interrupt_install();
    (void)dbpool_tune_process();
    return strcmp(argv[1], CELL_COMMAND) == 0
               ? cell_main(argc, argv)
               : command_selftest(argc - 1, argv + 1);
}

/* ---- The tests -----------------------------------------------------------*/

static int set_up(void **state) {
    int status = program_setup(state);
    struct program *program = *state;
    program->itself = true;
    return status == 0 && unsetenv("TEST_BLIND") == 0 &&
                   unsetenv("TEST_SEES") == 0
               ? 0
               : -1;
}

static void expect_verdict(const struct program *program, const char *verdict) {
    json_t *json = program_json(program, "selftest.json");
    assert_string_equal(json_string_value(json_object_get(json, "verdict")),
                        verdict);
    json_decref(json);
}

static void every_defect_is_caught_and_clean_runs_are_silent(void **state) {
    struct program *program = *state;
    program->itself = false;
    program_run(program, "selftest", "-o", program->folder, NULL);
    program_expect(program, 0);
    program_expect_words(&program->out, " 0 not; ");
    program_expect_words(&program->out, "64 clean runs: 0 false alarms");
    expect_verdict(program, "pass");
    assert_int_equal(access(program_path(program, "selftest.txt"), R_OK), 0);
}

static void a_blind_detector_is_found_out_and_named(void **state) {
    struct program *program = *state;
    assert_int_equal(setenv("TEST_BLIND", "fd", 1), 0);
    program_run(program, "selftest", "--only", "fd", "--only", "socket", "-o",
                program->folder, NULL);
    program_expect(program, 1);
    program_expect_words(&program->out,
                         "missed: a descriptor left open (fd): expected fd "
                         "bench/plant/leftovers.c:");
    program_expect_words(&program->out, "1 caught, by kind and site; 1 not");
    assert_null(strstr(program->out.bytes, "missed: a socket"));
    expect_verdict(program, "fail");
}

static void a_ghost_is_a_false_alarm(void **state) {
    struct program *program = *state;
    assert_int_equal(setenv("TEST_SEES", "lock", 1), 0);
    program_run(program, "selftest", "--only", "answered-wrongly", "-o",
                program->folder, NULL);
    program_expect(program, 1);
    program_expect_words(&program->out, "64 clean runs: 64 false alarms");
    program_expect_words(&program->out, "false alarm: dbpool: a ghost");
    expect_verdict(program, "fail");
}

static void a_wrong_command_line_is_2(void **state) {
    struct program *program = *state;
    static char *const lines[][2] = {{"scenarios/tutorial.yaml", NULL},
                                     {"--nonsense", NULL},
                                     {"--only=nothing", NULL},
                                     {"--out=", NULL}};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        program_run(program, "selftest", lines[i][0], NULL);
        program_expect(program, 2);
        assert_int_equal(program->out.size, 0);
        assert_int_not_equal(program->err.size, 0);
    }
    program_run(program, "selftest", "--only", "nothing", NULL);
    program_expect_words(&program->err,
                         "--only nothing: expected one of pool, thread, fd, ");
}

static void where_nothing_can_be_written_it_is_3(void **state) {
    struct program *program = *state;
    program_run(program, "selftest", "-q", "--only", "fd", "-o",
                "/dev/null/reports", NULL);
    program_expect(program, 3);
    program_expect_words(&program->err,
                         "cannot make the folder /dev/null/reports: ");
}

/* Its first child has been started: the signal finds trials under way. */
static void await_child(pid_t pid) {
    static const struct timespec pause = {.tv_nsec = 5000000};
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid,
                   (int)pid);
    int child = 0;
    while (child == 0) {
        FILE *file = fopen(path, "re");
        assert_non_null(file);
        if (fscanf(file, "%d", &child) != 1) {
            child = 0;
        }
        (void)fclose(file);
        (void)nanosleep(&pause, NULL);
    }
}

static void an_interrupt_ends_all_and_keeps_what_is_known(void **state) {
    static const int signals[] = {SIGINT, SIGTERM};
    struct program *program = *state;
    for (size_t i = 0; i < 2; i++) {
        program_start(program, "selftest", "--only", "hang", "-o",
                      program->folder, NULL);
        await_child(program->pid);
        assert_int_equal(kill(program->pid, signals[i]), 0);
        program_wait(program);
        program_expect(program, 128 + signals[i]);
        expect_verdict(program, "partial");
    }
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, set_up, program_teardown)

int main(int argc, char **argv) {
    hardened_program();
    if (argc > 1 && (strcmp(argv[1], CELL_COMMAND) == 0 ||
                     strcmp(argv[1], "selftest") == 0)) {
        return be_plunge(argc, argv);
    }
    const struct CMUnitTest tests[] = {
        TEST(every_defect_is_caught_and_clean_runs_are_silent),
        TEST(a_blind_detector_is_found_out_and_named),
        TEST(a_ghost_is_a_false_alarm),
        TEST(a_wrong_command_line_is_2),
        TEST(where_nothing_can_be_written_it_is_3),
        TEST(an_interrupt_ends_all_and_keeps_what_is_known),
    };
    return SUITE_RUN(tests, argc, argv);
}
