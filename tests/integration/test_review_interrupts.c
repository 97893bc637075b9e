/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/program.h"
#include "support/suite.h"

/* Interruptions at awkward moments: the teardown proves that no temporary
 * folder is left. */

#define PRIVATE                                                                \
    "title: Private\n"                                                         \
    "database: {users: 1k, temporary: removed}\n"                              \
    "load: {in_flight: 100, for: 100s}\n"

/* Sends it, and waits until it has been taken: two at once would be one. */
static void send(const struct program *program, int signal_number) {
    char path[64];
    unsigned long long pending = 1;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)program->pid);
    assert_int_equal(kill(program->pid, signal_number), 0);
    while (pending != 0) {
        char line[128];
        pending = 0;
        FILE *file = fopen(path, "re");
        while (file != NULL && fgets(line, sizeof line, file) != NULL) {
            if (strncmp(line, "ShdPnd:", 7) == 0) {
                pending = strtoull(line + 7, NULL, 16) &
                          (1ULL << (unsigned)(signal_number - 1));
            }
        }
        if (file != NULL) {
            (void)fclose(file);
        }
    }
}

static pid_t start(struct program *program) {
    char *path = strdup(program_write(program, "scenario.yaml", PRIVATE));
    program_start(program, "run", "-o", program->folder, path, NULL);
    free(path);
    return program_cell(program);
}

static void expect_partial(struct program *program, pid_t cell) {
    json_t *result = program_json(program, "result.json");
    assert_string_equal(json_string_value(json_object_get(result, "verdict")),
                        "partial");
    json_decref(result);
    assert_int_not_equal(kill(cell, 0), 0);
}

/* The cell is stopped, and would be waited for. */
static void a_second_interrupt_waits_no_more_but_cleans_up(void **state) {
    struct program *program = *state;
    pid_t cell = start(program);
    assert_int_equal(kill(cell, SIGSTOP), 0);
    send(program, SIGINT);
    send(program, SIGINT);
    program_wait(program);
    program_expect(program, 128 + SIGINT);
    expect_partial(program, cell);
}

static void a_terminal_that_goes_away_is_a_termination(void **state) {
    struct program *program = *state;
    pid_t cell = start(program);
    send(program, SIGHUP);
    program_wait(program);
    program_expect(program, 128 + SIGTERM);
    expect_partial(program, cell);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_second_interrupt_waits_no_more_but_cleans_up),
        TEST(a_terminal_that_goes_away_is_a_termination),
    };
    return SUITE_RUN(tests, argc, argv);
}
