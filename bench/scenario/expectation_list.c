/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/expectation_list.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/text.h"
#include "scenario/expectation.h"
#include "scenario/node.h"
#include "scenario/prediction.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"
#include "scenario/schema.h"
#include "scenario/suggest.h"
#include "scenario/user_command.h"

#define ADVICE_QUOTE                                                           \
    "quote the whole line: - \"left_behind == {pool: 1, thread: 3}\""

static void append(struct problems *problems, struct scenario *scenario,
                   const struct expectation *expectation) {
    scenario->expectations =
        arena_more(problems->arena, scenario->expectations,
                   scenario->expectations_count, sizeof *expectation);
    scenario->expectations[scenario->expectations_count++] = *expectation;
}

static void append_implied(struct problems *problems, struct scenario *scenario,
                           const char *text) {
    struct expectation expectation;
    struct expectation_problem problem;
    CHECK(expectation_parse(text, problems->arena, &expectation, &problem) ==
          0);
    expectation.implied = true;
    append(problems, scenario, &expectation);
}

/* Counts cover all phases, times only those that are measured. */
static void check_measured(struct problems *problems, const struct node *item,
                           const struct expectation *expectation,
                           const struct scenario_phase *phase) {
    bool is_time = expectation->metric == EXPECTATION_LATENCY ||
                   expectation->metric == EXPECTATION_SERVICE;
    if (is_time && !phase->measure) {
        problems_add(problems, item->place, "expect",
                     "measure it, or leave the line out",
                     "phase \"%s\" has no times: it says measure: no",
                     phase->name);
    }
}

static void check_phase(struct problems *problems, const struct node *item,
                        const struct expectation *expectation,
                        const struct scenario *scenario) {
    const struct scenario_settings *settings = &scenario->cells[0].settings;
    const char *names[SCHEMA_PHASES_MAX] = {NULL};
    if (expectation->phase == NULL || settings->phases_count == 0) {
        return;
    }
    for (size_t i = 0; i < settings->phases_count; i++) {
        names[i] = settings->phases[i].name;
        if (strcmp(names[i], expectation->phase) == 0) {
            check_measured(problems, item, expectation, &settings->phases[i]);
            return;
        }
    }
    const char *advice = suggest_advice(problems->arena, expectation->phase,
                                        names, settings->phases_count);
    if (advice == NULL) {
        advice = arena_format(problems->arena, "the first phase is \"%s\"",
                              names[0]);
    }
    /* What stands before " in PHASE" is a metric: no other " in ". */
    const char *at = strstr(expectation->text, " in ");
    const unsigned offset = at == NULL ? 0 : (unsigned)(at - expectation->text);
    const unsigned blanks =
        at == NULL ? 0 : (unsigned)(4 + strspn(at + 4, " \t"));
    problems_add(problems,
                 node_place_inside(item, problem_source(problems, &item->place),
                                   offset + blanks),
                 "expect", advice, "no phase is called \"%s\"",
                 expectation->phase);
}

static struct place place_of_operand(const struct problems *problems,
                                     const struct node *item,
                                     const struct expectation *expectation,
                                     const char *word) {
    const char *at = strstr(expectation->text, word);
    return node_place_inside(item, problem_source(problems, &item->place),
                             at == NULL ? 0
                                        : (unsigned)(at - expectation->text));
}

/* The harness lives in the same memory as the pool: who fails first is nobody's
 * to say. */
static void check_resource(struct problems *problems, const struct node *item,
                           const struct expectation *expectation) {
    if (expectation->operand == EXPECTATION_RESOURCE &&
        strcmp(expectation->word, "memory") == 0) {
        problems_add(problems,
                     place_of_operand(problems, item, expectation, "memory"),
                     "expect", "threads and fds can be exhausted",
                     "memory is shared with what measures: no cell goes on "
                     "without it");
    }
}

static void check_prediction(struct problems *problems, const struct node *item,
                             const struct expectation *expectation,
                             const struct scenario *scenario) {
    if (expectation->operand != EXPECTATION_PREDICTED) {
        return;
    }
    for (size_t i = 0; i < scenario->cells_count; i++) {
        const struct scenario_settings *settings = &scenario->cells[i].settings;
        if (settings->limits.fds != 0 &&
            settings->pool.subject == SCENARIO_DBPOOL &&
            !prediction_knows_connections(settings)) {
            problems_add(
                problems,
                place_of_operand(problems, item, expectation, "predicted"),
                "expect",
                "with pool: {min: 1, max: 1} it is known; or expect exhausted "
                "== fds alone",
                "with limits.fds nothing is predicted for a pool of %" PRIu64
                " threads: how many of them open a connection is not known "
                "beforehand",
                prediction_threads_per_cycle(settings));
            return;
        }
    }
}

/* How many threads a pool will have is known of closed loops. */
static void check_open_loop(struct problems *problems, const struct node *item,
                            const struct expectation *expectation,
                            const struct scenario *scenario) {
    if (expectation->operand != EXPECTATION_PREDICTED) {
        return;
    }
    for (size_t i = 0; i < scenario->cells_count; i++) {
        const struct scenario_settings *settings = &scenario->cells[i].settings;
        if (settings->pool.subject == SCENARIO_DBPOOL &&
            settings->limits.threads != 0 && scenario_has_open_loop(settings) &&
            prediction_threads_per_cycle(settings) == 0) {
            problems_add(
                problems,
                place_of_operand(problems, item, expectation, "predicted"),
                "expect", "give pool.min and pool.max the same number",
                "with a rate nothing is predicted: how many threads a pool "
                "starts depends on how fast it answers");
            return;
        }
    }
}

/* The cells that are compared with have the same load. */
static void check_reference(struct problems *problems, const struct node *item,
                            const struct expectation *expectation,
                            const struct scenario *scenario) {
    const struct scenario_settings *settings = &scenario->cells[0].settings;
    if (expectation->operand != EXPECTATION_SUBJECT ||
        expectation->subject != SCENARIO_DIRECT) {
        return;
    }
    for (size_t i = 0; i < settings->phases_count; i++) {
        if (scenario_phase_is_timed(&settings->phases[i])) {
            problems_add(
                problems,
                place_of_operand(problems, item, expectation, "direct"),
                "expect", "compare with uvwork or null",
                "direct takes no load with a rate or with time to think, such "
                "as that of phase \"%s\"",
                settings->phases[i].name);
            return;
        }
    }
}

/* A sweep has commands alone, or none. */
static bool is_command(const struct scenario *scenario) {
    return scenario->cells_count != 0 &&
           scenario->cells[0].settings.pool.subject == SCENARIO_COMMAND;
}

static void read_item(struct problems *problems, const struct node *item,
                      struct scenario *scenario) {
    if (item->refused) {
        return;
    }
    if (item->kind != NODE_SCALAR) {
        problems_add(problems, item->place, "expect",
                     item->kind == NODE_MAPPING ? ADVICE_QUOTE : NULL,
                     "expected a line such as p99 < 50ms, got %s",
                     node_description(problems->arena, item));
        return;
    }
    struct expectation expectation;
    struct expectation_problem problem;
    if (expectation_parse(item->text, problems->arena, &expectation,
                          &problem) != 0) {
        problems_add(problems,
                     node_place_inside(item,
                                       problem_source(problems, &item->place),
                                       problem.offset),
                     "expect", problem.advice, "%s", problem.message);
        return;
    }
    expectation.line = node_line(item);
    check_phase(problems, item, &expectation, scenario);
    if (is_command(scenario)) {
        user_command_refuse_expectation(problems, item, &expectation);
    } else {
        check_resource(problems, item, &expectation);
        check_prediction(problems, item, &expectation, scenario);
        check_open_loop(problems, item, &expectation, scenario);
        check_reference(problems, item, &expectation, scenario);
    }
    append(problems, scenario, &expectation);
}

static bool is_named(const struct scenario *scenario,
                     enum expectation_metric metric) {
    for (size_t i = 0; i < scenario->expectations_count; i++) {
        if (scenario->expectations[i].metric == metric) {
            return true;
        }
    }
    return false;
}

static bool says_nothing_wrong(const struct scenario *scenario) {
    for (size_t i = 0; i < scenario->expectations_count; i++) {
        const struct expectation *expectation = &scenario->expectations[i];
        if (expectation->metric == EXPECTATION_WRONG &&
            expectation->phase == NULL && expectation->op == EXPECTATION_EQ &&
            expectation->operand == EXPECTATION_VALUE &&
            expectation->value == 0) {
            return true;
        }
    }
    return false;
}

/* Whether a cell ought to end with nothing left. Of the others the judge does
 * not ask it. */
static bool leaves_nothing(const struct scenario *scenario) {
    for (size_t i = 0; i < scenario->cells_count; i++) {
        const struct scenario_cell *cell = &scenario->cells[i];
        if (!cell->reference && scenario_leaves_nothing(&cell->settings)) {
            return true;
        }
    }
    return false;
}

void expectation_list_read(struct problems *problems, const struct node *list,
                           struct scenario *scenario) {
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        read_item(problems, list->items[i], scenario);
    }
    if (!says_nothing_wrong(scenario) && !is_command(scenario)) {
        append_implied(problems, scenario, "wrong == 0");
    }
    if (!is_named(scenario, EXPECTATION_EXHAUSTED) && !is_command(scenario)) {
        append_implied(problems, scenario, "exhausted == nothing");
    }
    if (leaves_nothing(scenario) &&
        !is_named(scenario, EXPECTATION_LEFT_BEHIND)) {
        append_implied(problems, scenario, "left_behind == nothing");
    }
}

/* As a file of its own, a line each. */
static const struct place_file *file_of_lines(struct arena *arena,
                                              const char *option,
                                              const char *const *lines,
                                              size_t lines_count) {
    struct place_file *file = arena_alloc(arena, sizeof *file);
    struct text text;
    text_init(&text);
    for (size_t i = 0; i < lines_count; i++) {
        text_format(&text, "%s\n", lines[i]);
    }
    *file = (struct place_file){
        .path = option,
        .text = arena_text(arena, text.bytes),
    };
    text_fini(&text);
    return file;
}

void expectation_list_replace(struct problems *problems, const char *option,
                              const char *const *lines, size_t lines_count,
                              struct scenario *scenario) {
    struct arena *arena = problems->arena;
    const struct place_file *file =
        file_of_lines(arena, option, lines, lines_count);
    const struct node **items = node_array(arena, lines_count);
    for (size_t i = 0; i < lines_count; i++) {
        const struct place place = {
            .file = file, .line = (unsigned)i + 1, .column = 1};
        items[i] = node_scalar(arena, lines[i], place);
    }
    const struct node list = {
        .kind = NODE_LIST, .items = items, .count = lines_count};
    scenario->expectations = NULL;
    scenario->expectations_count = 0;
    expectation_list_read(problems, &list, scenario);
}
