/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "support/json_at.h"
#include "support/program.h"
#include "support/suite.h"

/* Every pair of min and max in 1..8, and limits of 16 to 256 threads: some of
 * them, or with PLUNGE_EXHAUSTION_STEP=1 all 8,676 (make exhaustion). As who
 * runs the test, and where that is root, as nobody too. */

#define NOBODY 65534
#define SIZE_MAX_OF_POOL 8
#define LIMIT_MIN 16
#define LIMIT_MAX 256
#define STEP_DEFAULT 120
#define IN_FLIGHT 3

static int step(void) {
    const char *given = getenv("PLUNGE_EXHAUSTION_STEP");
    return given == NULL ? STEP_DEFAULT : atoi(given);
}

static void write_scenario(struct text *text, int min, int max) {
    text_format(text,
                "title: Pools of %d to %d threads that are never shut down\n"
                "database: {users: 3}\n"
                "pool: {min: %d, max: %d, shutdown: missing}\n"
                "load: {in_flight: %d, lookups: %d}\n"
                "cycles: 1k\n"
                "limits: {threads: 16}\n"
                "sweep: {limits.threads: [",
                min, max, min, max, IN_FLIGHT, IN_FLIGHT);
    for (int limit = LIMIT_MIN; limit <= LIMIT_MAX; limit += step()) {
        text_format(text, "%s%d", limit == LIMIT_MIN ? "" : ", ", limit);
    }
    text_append(text, "]}\n"
                      "expect:\n"
                      "  - exhausted == threads\n"
                      "  - exhausted_at == predicted\n"
                      "  - error == \"can't start new thread\"\n");
}

/* The sum that the program does, once more and by another hand. */
static void expect_of_cell(const json_t *cell, int min, int max) {
    int threads = IN_FLIGHT < min ? min : IN_FLIGHT > max ? max : IN_FLIGHT;
    json_int_t limit = json_int_at(cell, "parameters/limits.threads");
    const struct {
        const char *place;
        json_int_t wanted;
    } rows[] = {
        {"cycles/predicted_cycle", (limit - 1) / threads + 1},
        {"cycles/predicted/pool", (limit - 1) / threads + 1},
        {"cycles/predicted/number", (limit - 1) % threads + 1},
        {"cycles/exhausted/at_cycle", (limit - 1) / threads + 1},
        {"cycles/exhausted/number", (limit - 1) % threads + 1},
        {"cycles/recovery/pools", (limit - 1) / threads + 1},
        {"cycles/recovery/left_behind", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (json_int_at(cell, rows[i].place) != rows[i].wanted) {
            fail_msg("%d to %d threads, limit %d: %s is %d, not %d", min, max,
                     (int)limit, rows[i].place,
                     (int)json_int_at(cell, rows[i].place),
                     (int)rows[i].wanted);
        }
    }
    assert_true(json_is_true(json_at(cell, "cycles/recovery/ok")));
    assert_true(json_is_true(json_at(cell, "cycles/recovery/went_on")));
}

static size_t run_pair(struct program *program, int min, int max) {
    struct text text;
    text_init(&text);
    write_scenario(&text, min, max);
    struct program_file path = program_file(program, "pair.yaml");
    (void)program_write(program, "pair.yaml", text.bytes);
    text_fini(&text);
    program_run(program, "run", "-q", "-o", program->folder, path.path, NULL);
    program_expect(program, 0);
    json_t *result = program_json(program, "result.json");
    const json_t *cells = json_at(result, "cells");
    size_t index;
    json_t *cell;
    json_array_foreach(cells, index, cell) {
        expect_of_cell(cell, min, max);
    }
    size_t count = json_array_size(cells);
    json_decref(result);
    return count;
}

/* A line for ci/leaks, where it is wanted. */
static void report(size_t count, const char *who) {
    const char *path = getenv("PLUNGE_EXHAUSTION_REPORT");
    FILE *file = path == NULL ? NULL : fopen(path, "a");
    if (file != NULL) {
        (void)fprintf(file,
                      "{\"who\": \"%s\", \"exhaustions\": %zu, \"min\": 1, "
                      "\"max\": %d, \"limit_min\": %d, \"limit_max\": %d, "
                      "\"limit_step\": %d}\n",
                      who, count, SIZE_MAX_OF_POOL, LIMIT_MIN, LIMIT_MAX,
                      step());
        assert_int_equal(fclose(file), 0);
    }
    assert_true(path == NULL || file != NULL);
}

static void run_all(struct program *program, const char *who) {
    size_t count = 0;
    for (int max = 1; max <= SIZE_MAX_OF_POOL; max++) {
        for (int min = 1; min <= max; min++) {
            count += run_pair(program, min, max);
        }
    }
    size_t limits = (size_t)(LIMIT_MAX - LIMIT_MIN) / (size_t)step() + 1;
    assert_int_equal(count, 36 * limits);
    print_message("%zu exhaustions as predicted, and recovered from, as %s\n",
                  count, who);
    report(count, who);
}

static void all_pools_fail_as_predicted(void **state) {
    run_all(*state, geteuid() == 0 ? "root" : "an ordinary user");
}

/* ci/test's folder is its owner's alone: one that anybody can reach. */
static int set_up_reachable(void **state) {
    (void)program_setup(state);
    struct program *program = *state;
    assert_int_equal(rmdir(program->folder), 0);
    (void)snprintf(program->folder, sizeof program->folder, "%s",
                   "/tmp/program-XXXXXX");
    assert_non_null(mkdtemp(program->folder));
    return 0;
}

static void all_pools_fail_as_predicted_for_nobody_too(void **state) {
    struct program *program = *state;
    if (geteuid() != 0) {
        print_message("not root, so nobody else can be\n");
        skip();
    }
    assert_int_equal(chown(program->folder, NOBODY, NOBODY), 0);
    program->user = NOBODY;
    program_run(program, "--version", NULL);
    if (program->status != 0) {
        print_message("nobody may not run what was built here\n");
        skip();
    }
    run_all(program, "nobody");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_pools_fail_as_predicted,
                                        program_setup, program_teardown),
        cmocka_unit_test_setup_teardown(
            all_pools_fail_as_predicted_for_nobody_too, set_up_reachable,
            program_teardown),
    };
    return SUITE_RUN(tests, argc, argv);
}
