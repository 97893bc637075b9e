/* SPDX-License-Identifier: Apache-2.0 */
#include "run/find.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/interrupt.h"
#include "base/result.h"
#include "run/run.h"
#include "scenario/find.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"
#include "verdict/search.h"

#define SEEDS (UINT64_C(1) << 53)

struct finding {
    const struct scenario *scenario;
    const struct run_options *options;
    struct arena *arena;
    struct search search;
    struct result *result;     /* of the last question */
    const char *started_at;    /* of the first */
    struct result_cell *cells; /* of all */
    size_t cells_count;
    struct result_question *questions;
    size_t questions_count;
    bool ended;          /* by something else than the search */
    const char *problem; /* for which there is no answer; NULL: none */
};

/* ---- A question ----------------------------------------------------------*/

/* The scenario again, from the same texts, with the value in its place: a
 * cell's process does the same. */
static const struct scenario *
read_question(const struct finding *finding,
              const struct scenario_override *overrides,
              size_t overrides_count) {
    const struct scenario_source source = {
        .path = finding->scenario->path,
        .text = finding->scenario->text,
        .includes = finding->scenario->includes,
        .includes_count = finding->scenario->includes_count,
        .overrides = overrides,
        .overrides_count = overrides_count,
    };
    struct scenario *scenario = NULL;
    struct problems problems;
    int error_number = 0;
    return scenario_read(&source, finding->arena, &scenario, &problems,
                         &error_number) == SCENARIO_OK
               ? scenario
               : NULL;
}

/* How often the same was asked before: its blocks go on from there. */
static unsigned asked_before(const struct finding *finding) {
    unsigned count = 0;
    for (size_t i = 0; i < finding->questions_count; i++) {
        count += finding->questions[i].value == (double)finding->search.value;
    }
    return count;
}

/* What is given on the command line, and the question: @options_out. NULL: it
 * cannot be asked. */
static const struct scenario *pose(const struct finding *finding,
                                   const struct scenario *longer,
                                   struct run_options *options_out) {
    const struct run_options *given = finding->options;
    const struct find_question question = {
        .value = finding->search.value,
        .longer = longer,
    };
    struct scenario_override *overrides = arena_alloc(
        finding->arena,
        (given->overrides_count + FIND_OVERRIDES_MAX) * sizeof *overrides);
    for (size_t i = 0; i < given->overrides_count; i++) {
        overrides[i] = given->overrides[i];
    }
    *options_out = *given;
    options_out->overrides = overrides;
    options_out->overrides_count +=
        find_ask(finding->scenario, &question, finding->arena,
                 overrides + given->overrides_count);
    options_out->seed = (given->seed + asked_before(finding)) % SEEDS;
    return read_question(finding, overrides, options_out->overrides_count);
}

static int run_question(struct finding *finding, const char **problem_out) {
    struct run_options options;
    const struct scenario *scenario = pose(finding, NULL, &options);
    if (scenario != NULL && finding->search.state == SEARCH_CONFIRMING) {
        scenario = pose(finding, scenario, &options);
    }
    if (scenario == NULL) {
        *problem_out =
            arena_format(finding->arena, "%s cannot be asked for %s",
                         find_value_text(finding->scenario->find,
                                         finding->arena, finding->search.value),
                         finding->scenario->find->path);
        return -1;
    }
    return run_scenario(scenario, &options, finding->arena, &finding->result,
                        problem_out);
}

static void keep_cells(struct finding *finding) {
    const unsigned first = asked_before(finding) * finding->scenario->blocks;
    for (size_t i = 0; i < finding->result->cells_count; i++) {
        finding->cells =
            arena_more(finding->arena, finding->cells, finding->cells_count,
                       sizeof *finding->cells);
        struct result_cell *cell = &finding->cells[finding->cells_count++];
        *cell = finding->result->cells[i];
        cell->block += first;
    }
}

/* ---- Its answer ----------------------------------------------------------*/

static bool any_over_limit(const struct result *result) {
    for (size_t i = 0; i < result->cells_count; i++) {
        if (result->cells[i].outcome.state == RESULT_OVER_LIMIT) {
            return true;
        }
    }
    return false;
}

/* The line of the scenario that it stands in is not that of the question. */
static enum result_held held_of(const struct finding *finding) {
    const struct scenario_find *find = finding->scenario->find;
    struct result *result = finding->result;
    enum result_held held = RESULT_HELD_UNDECIDED;
    for (size_t i = 0; i < result->expectations_count; i++) {
        struct result_expectation *expectation = &result->expectations[i];
        if (strcmp(expectation->text, find->holds) == 0) {
            held = expectation->held;
            expectation->line = find->line;
        }
    }
    return any_over_limit(result) ? RESULT_HELD_NO : held;
}

/* What nobody wrote holds for every value, or it is no value to be found. */
static bool is_over(const struct result *result) {
    if (result->verdict == RESULT_ERROR || result->verdict == RESULT_PARTIAL) {
        return true;
    }
    for (size_t i = 0; i < result->expectations_count; i++) {
        if (result->expectations[i].implied &&
            result->expectations[i].held == RESULT_HELD_NO) {
            return true;
        }
    }
    return false;
}

static void tell(struct finding *finding, enum result_held held) {
    search_tell(&finding->search, held == RESULT_HELD_YES  ? SEARCH_YES
                                  : held == RESULT_HELD_NO ? SEARCH_NO
                                                           : SEARCH_UNKNOWN);
}

/* -1: there is not even one answer. What earlier questions have measured is not
 * lost with a later one. */
static int ask(struct finding *finding, const char **problem_out) {
    if (run_question(finding, &finding->problem) != 0) {
        finding->ended = true;
        *problem_out = finding->problem;
        return finding->questions_count == 0 ? -1 : 0;
    }
    const enum result_held held = held_of(finding);
    if (finding->started_at == NULL) {
        finding->started_at = finding->result->started_at;
    }
    keep_cells(finding);
    finding->questions =
        arena_more(finding->arena, finding->questions, finding->questions_count,
                   sizeof *finding->questions);
    finding->questions[finding->questions_count++] = (struct result_question){
        .value = (double)finding->search.value,
        .held = held,
        .confirming = finding->search.state == SEARCH_CONFIRMING,
    };
    finding->ended = is_over(finding->result);
    if (!finding->ended) {
        tell(finding, held);
    }
    return 0;
}

/* ---- The result ----------------------------------------------------------*/

static const char *state_name(const struct finding *finding) {
    switch (finding->search.state) {
    case SEARCH_FOUND:
        return "found";
    case SEARCH_NOT_FOUND:
        return "not found";
    default:
        return "undecided";
    }
}

static double known(uint64_t value) {
    return value == 0 ? (double)NAN : (double)value;
}

static const char *undecided_sentence(const struct search *search,
                                      const char *held, const char *asked,
                                      struct arena *arena) {
    if (search->held == 0) {
        return arena_format(arena, "not to be said with %s", asked);
    }
    if (search->held == search->value) {
        return arena_format(arena,
                            "it has held with %s, and the longer run that was "
                            "to confirm it decided nothing",
                            held);
    }
    return arena_format(arena, "it has held with %s, not to be said with %s",
                        held, asked);
}

static const char *sentence(const struct finding *finding) {
    const struct scenario_find *find = finding->scenario->find;
    const struct search *search = &finding->search;
    struct arena *arena = finding->arena;
    const char *asked = find_value_text(find, arena, search->value);
    const char *held = find_value_text(find, arena, search->held);
    if (finding->problem != NULL) {
        return arena_format(arena, "broken off with %s: %s", asked,
                            finding->problem);
    }
    if (finding->ended) {
        return arena_format(arena, "broken off with %s, for what failed there",
                            asked);
    }
    if (search->state == SEARCH_NOT_FOUND) {
        return arena_format(arena, "it does not even hold with %s", asked);
    }
    if (search->state == SEARCH_UNDECIDED) {
        return undecided_sentence(search, held, asked, arena);
    }
    return search->failed == 0
               ? arena_format(arena, "%s, the largest that was asked for", held)
               : arena_format(arena, "%s; with %s it does not hold", held,
                              find_value_text(find, arena, search->failed));
}

/* Whether something does not hold but what is looked for, which may. */
static bool is_failed(const struct finding *finding) {
    const struct result *result = finding->result;
    for (size_t i = 0; i < result->expectations_count; i++) {
        if (result->expectations[i].held == RESULT_HELD_NO &&
            strcmp(result->expectations[i].text,
                   finding->scenario->find->holds) != 0) {
            return true;
        }
    }
    return false;
}

static void finish(struct finding *finding) {
    const struct scenario_find *find = finding->scenario->find;
    const struct search *search = &finding->search;
    struct result *result = finding->result;
    result->seed = finding->options->seed;
    result->started_at = finding->started_at;
    /* Without the last question, which comes behind. */
    result->scenario.set_count = finding->options->overrides_count;
    result->cells = finding->cells;
    result->cells_count = finding->cells_count;
    result->find = (struct result_find){
        .is_sought = true,
        .path = find->path,
        .holds = find->holds,
        .state = state_name(finding),
        .from = (double)find->from,
        .to = (double)find->to,
        .value = known(search->held),
        .above = known(search->failed),
        .questions = finding->questions,
        .questions_count = finding->questions_count,
        .text = sentence(finding),
    };
    if (finding->problem != NULL) {
        result->verdict =
            interrupt_pending() != 0 ? RESULT_PARTIAL : RESULT_ERROR;
    } else if (!finding->ended && search->state == SEARCH_NOT_FOUND) {
        result->verdict = RESULT_FAIL;
    } else if (!finding->ended && search->state == SEARCH_UNDECIDED) {
        result->verdict = is_failed(finding) ? RESULT_FAIL : RESULT_UNDECIDED;
    }
}

int run_find(const struct scenario *scenario, const struct run_options *options,
             struct arena *arena, struct result **result_out,
             const char **problem_out) {
    struct finding finding = {
        .scenario = scenario, .options = options, .arena = arena};
    CHECK(options->under == NULL);
    search_init(&finding.search, scenario->find->from, scenario->find->to);
    while (!finding.ended && search_asks(&finding.search)) {
        if (ask(&finding, problem_out) != 0) {
            return -1;
        }
    }
    finish(&finding);
    *result_out = finding.result;
    return 0;
}
