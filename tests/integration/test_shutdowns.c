/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan */
#include <stdlib.h>
#include <string.h>

#include "support/json_at.h"
#include "support/program.h"
#include "support/suite.h"

/* Every shutdown that closes a pool, through `plunge run`: nothing is left, and
 * every request is accounted for. */

#define CYCLES 20
#define LOOKUPS 300

static void run_word(struct program *program, const char *word) {
    char text[512];
    (void)snprintf(text, sizeof text,
                   "title: A pool that is closed\n"
                   "database: {users: 1k}\n"
                   "pool: {shutdown: %s}\n"
                   "load: {in_flight: 200, lookups: %d}\n"
                   "cycles: %d\n"
                   "expect:\n"
                   "  - errors == 0\n"
                   "  - threads per cycle == 0\n"
                   "  - fds per cycle == 0\n",
                   word, LOOKUPS, CYCLES);
    struct program_file file = program_file(program, "shutdown.yaml");
    (void)program_write(program, "shutdown.yaml", text);
    program_run(program, "run", "-o", program->folder, file.path, NULL);
    program_expect(program, 0);
    program_validate(program, "result.json");
}

/* How many were given up. */
static json_int_t check_result(const struct program *program) {
    json_t *result = program_json(program, "result.json");
    const json_t *cell = json_at(result, "cells/0");
    const json_t *phase = json_at(cell, "phases/0");
    json_int_t cancelled = json_int_at(phase, "cancelled");
    assert_string_equal(json_text_at(result, "verdict"), "pass");
    assert_int_equal(json_left(cell, NULL), 0);
    assert_int_equal(json_int_at(cell, "cycles/completed"), CYCLES);
    assert_int_equal(json_int_at(phase, "submitted"), CYCLES * LOOKUPS);
    assert_int_equal(json_int_at(phase, "completed") + cancelled,
                     CYCLES * LOOKUPS);
    assert_int_equal(json_int_at(phase, "wrong"), 0);
    json_decref(result);
    return cancelled;
}

static void abort_leaves_nothing_and_says_what_it_cancelled(void **state) {
    struct program *program = *state;
    run_word(program, "abort");
    assert_true(check_result(program) > 0);
    program_expect_words(&program->out, "cancelled");
}

static void every_other_close_answers_everything(void **state) {
    static const char *const words[] = {"clean", "twice", "in_flight",
                                        "from_callback"};
    struct program *program = *state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        run_word(program, words[i]);
        assert_int_equal(check_result(program), 0);
    }
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(abort_leaves_nothing_and_says_what_it_cancelled),
        TEST(every_other_close_answers_everything),
    };
    return SUITE_RUN(tests, argc, argv);
}
