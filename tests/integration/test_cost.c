/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "support/json_at.h"
#include "support/program.h"
#include "support/suite.h"

/* What a lookup costs, in a run like any other. Nobody knows the right numbers
 * beforehand; but of some it is known what they cannot be. */

#define LOOKUPS 20000.0
#define MANY "  - {phase: main, in_flight: 10, lookups: 20k}\n"
#define FEW "  - {phase: main, in_flight: 10, lookups: 400}\n"
#define BEFORE "  - {phase: warm, in_flight: 10, lookups: 1k, measure: no}\n"
#define AFTER "  - {phase: cool, in_flight: 10, lookups: 1k, measure: no}\n"

/* The scenario with these phases, and what it says. */
static json_t *run(struct program *program, const char *phases,
                   const char *expect, const char *tool, int status) {
    char text[768];
    (void)snprintf(text, sizeof text,
                   "title: Some\n"
                   "database: {users: 1k}\n"
                   "pool: {min: 1, max: 1}\n"
                   "load:\n%s"
                   "expect: [%s]\n",
                   phases, expect);
    struct program_file path = program_file(program, "some.yaml");
    struct program_file out = program_file(program, "out");
    (void)program_write(program, "some.yaml", text);
    if (tool == NULL) {
        program_run(program, "run", "-o", out.path, path.path, NULL);
    } else {
        program_run(program, "run", "-o", out.path, "--under", tool, path.path,
                    NULL);
    }
    program_expect(program, status);
    program_validate(program, "out/result.json");
    return program_json(program, "out/result.json");
}

static const json_t *cost_of(const json_t *result, const char *name) {
    char path[96];
    (void)snprintf(path, sizeof path, "cells/0/cost/%s_per_lookup", name);
    return json_at(result, path);
}

static void expect_between(const json_t *result, const char *name, double least,
                           double most) {
    const json_t *cost = cost_of(result, name);
    assert_non_null(cost);
    const double value = json_number_value(cost);
    if (!json_is_number(cost) || value < least || value > most) {
        fail_msg("%s per lookup is %f, not between %f and %f", name, value,
                 least, most);
    }
}

/* The threads wait for each other at least once, and SQLite makes the five
 * allocations of a lookup that make counts counts, and few for the connection.
 */
static void what_costs_nothing_to_count_is_counted(void **state) {
    struct program *program = *state;
    json_t *result = run(program, BEFORE MANY,
                         "context_switches <= 4, allocations <= 5.5", NULL, 0);
    expect_between(result, "context_switches", 1 / LOOKUPS, 4);
    expect_between(result, "allocations", 5, 5.5);
    assert_true(json_is_null(cost_of(result, "syscalls")));
    assert_true(json_is_null(cost_of(result, "instructions")));
    program_expect_words(&program->out, "allocations per lookup");
    json_decref(result);
}

/* Counting SQLite's allocations costs something, so it is asked for. */
static void
what_costs_something_is_counted_where_it_is_asked_for(void **state) {
    struct program *program = *state;
    json_t *result = run(program, MANY, "errors == 0", NULL, 0);
    expect_between(result, "context_switches", 1 / LOOKUPS, 4);
    assert_true(json_is_null(cost_of(result, "allocations")));
    json_decref(result);
}

/* Each round of ten is at least a write, a read and a wait. Where the kernel
 * does not count for this user, it is not known, and so nothing is decided. */
static void system_calls_are_the_kernels_count(void **state) {
    struct program *program = *state;
    struct program_file path = program_file(program, "some.yaml");
    struct program_file out = program_file(program, "out");
    (void)program_write(program, "some.yaml",
                        "title: Some\n"
                        "database: {users: 1k}\n"
                        "pool: {min: 1, max: 1}\n"
                        "load: {in_flight: 1, lookups: 5k}\n"
                        "expect: [syscalls > 0.5, left_behind == nothing]\n");
    program_run(program, "run", "-o", out.path, path.path, NULL);
    json_t *result = program_json(program, "out/result.json");
    if (json_is_null(cost_of(result, "syscalls"))) {
        program_expect(program, 4);
        program_expect_words(&program->out, "not measured: syscalls");
        json_decref(result);
        print_message("the kernel does not count for this user\n");
        skip();
    }
    program_expect(program, 0);
    expect_between(result, "syscalls", 0.5, 50);
    json_decref(result);
}

/* Its instructions are the program's own, and of measured lookups alone. */
static void callgrind_counts_the_instructions_of_a_lookup(void **state) {
    struct program *program = *state;
    json_t *alone = run(program, FEW, "instructions < 60k", "callgrind", 0);
    const double few = json_number_value(cost_of(alone, "instructions"));
    expect_between(alone, "instructions", 5000, 60000);
    assert_true(json_is_null(cost_of(alone, "context_switches")));
    json_decref(alone);
    json_t *among =
        run(program, BEFORE FEW AFTER, "instructions < 60k", "callgrind", 0);
    expect_between(among, "instructions", few * 0.6, few * 1.4);
    json_decref(among);
}

int main(int argc, char **argv) {
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_costs_nothing_to_count_is_counted),
        TEST(what_costs_something_is_counted_where_it_is_asked_for),
        TEST(system_calls_are_the_kernels_count),
        TEST(callgrind_counts_the_instructions_of_a_lookup),
    };
    return SUITE_RUN(tests, argc, argv);
}
