/* SPDX-License-Identifier: Apache-2.0 */
#include "command/versus.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "command/command.h"
#include "command/scenarios.h"
#include "scenario/expectation.h"
#include "scenario/unit.h"
#include "verdict/versus.h"

int command_versus_set(struct versus *versus, const char *program) {
    versus->program = program;
    return *program != '\0'
               ? COMMAND_OK
               : command_wrong_value("--vs", program,
                                     "another build of plunge such as "
                                     "../before/build/release/plunge");
}

int command_versus_set_for(struct versus *versus, const char *duration) {
    uint64_t ns = 0;
    versus->beside = "--for";
    if (unit_duration(duration, &ns) != UNIT_OK || ns == 0) {
        return command_wrong_value("--for", duration, "a time such as 30s");
    }
    versus->run.for_s = (double)ns / (double)CLOCK_NS_PER_S;
    return COMMAND_OK;
}

int command_versus_set_tolerance(struct versus *versus, const char *share) {
    if (versus->beside == NULL) {
        versus->beside = VERSUS_TOLERANCE;
    }
    return command_read_tolerance(VERSUS_TOLERANCE, share,
                                  &versus->run.tolerance);
}

/* What there is to compare (verdict/agenda.h): not what stands alone nowhere,
 * as a mean, and not one phase of it. */
static bool is_compared(const struct expectation *expectation) {
    switch (expectation->metric) {
    case EXPECTATION_LATENCY:
    case EXPECTATION_SERVICE:
        return expectation->phase == NULL &&
               (expectation->statistic == EXPECTATION_P50 ||
                expectation->statistic == EXPECTATION_P90 ||
                expectation->statistic == EXPECTATION_P99 ||
                expectation->statistic == EXPECTATION_P99_9);
    case EXPECTATION_COMPLETED:
    case EXPECTATION_DURATION:
    case EXPECTATION_EXHAUSTED:
    case EXPECTATION_ERROR:
        return false;
    default:
        return expectation->phase == NULL;
    }
}

/* Whatever its unit is; or what no expectation is about. */
static bool is_metric(const char *name, struct arena *arena) {
    static const char *const values[] = {"0", "1ms", "1/s", "1KiB", "nothing"};
    static const char *const others[] = {VERSUS_CPU, "not_completed",
                                         "findings"};
    bool known = false;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        known = known || strcmp(name, others[i]) == 0;
    }
    for (size_t i = 0; i < sizeof values / sizeof values[0] && !known; i++) {
        struct expectation expectation;
        struct expectation_problem problem;
        const char *text = arena_format(arena, "%s == %s", name, values[i]);
        known = expectation_parse(text, arena, &expectation, &problem) == 0 &&
                is_compared(&expectation);
    }
    return known;
}

int command_versus_set_metrics(struct versus *versus, const char *list,
                               struct arena *arena) {
    const char **names = NULL;
    size_t count = 0;
    versus->beside = "--metrics";
    for (const char *rest = list;;) {
        const size_t size = strcspn(rest, ",");
        const char *name = arena_text_n(arena, rest, size);
        if (!is_metric(name, arena)) {
            return command_wrong_value("--metrics", name,
                                       "what is measured, with a comma between "
                                       "two, such as throughput,cpu,p99");
        }
        names = arena_more(arena, names, count, sizeof *names);
        names[count++] = name;
        if (rest[size] == '\0') {
            break;
        }
        rest += size + 1;
    }
    versus->run.metrics = names;
    versus->run.metrics_count = count;
    return COMMAND_OK;
}

/* Why there is nothing in @scenario that another build would do, or NULL. */
static const char *object(const struct scenario *scenario) {
    if (scenario->find != NULL) {
        return "find and --vs: one looks for a value, the other compares at "
               "one; set it with -s";
    }
    for (size_t i = 0; i < scenario->cells_count; i++) {
        if (scenario->cells[i].settings.pool.subject == SCENARIO_COMMAND) {
            return "a program of yours is the same beside either build";
        }
    }
    return NULL;
}

static int check_scenarios(const struct scenarios *scenarios) {
    int status = COMMAND_OK;
    for (size_t i = 0; i < scenarios->count; i++) {
        const char *why = object(scenarios->items[i]);
        if (why != NULL) {
            (void)fprintf(stderr, "plunge: %s: --vs: %s\n",
                          scenarios->items[i]->path, why);
            status = COMMAND_WRONG_INPUT;
        }
    }
    return status;
}

static int ask(struct versus *versus, struct arena *arena) {
    const char *problem = NULL;
    const enum build_status answer =
        build_open(versus->program, arena, &versus->build, &problem);
    if (answer == BUILD_OK) {
        versus->run.build = &versus->build;
        return COMMAND_OK;
    }
    if (problem == NULL) {
        return command_interrupted();
    }
    (void)fprintf(stderr, "plunge: --vs: %s\n", problem);
    return answer == BUILD_WRONG ? COMMAND_WRONG_INPUT : COMMAND_NOT_COMPLETED;
}

int command_versus_plan(struct versus *versus,
                        const struct scenarios *scenarios) {
    if (versus->program == NULL) {
        if (versus->beside == NULL) {
            return COMMAND_OK;
        }
        const bool may_be_of_a_baseline =
            strcmp(versus->beside, VERSUS_TOLERANCE) == 0;
        (void)fprintf(stderr, "plunge: %s: is about --vs PROGRAM%s not there\n",
                      versus->beside,
                      may_be_of_a_baseline ? " or --baseline RESULT, which are"
                                           : ", which is");
        return COMMAND_WRONG_INPUT;
    }
    int status = check_scenarios(scenarios);
    return status == COMMAND_OK ? ask(versus, scenarios->arena) : status;
}

void command_versus_apply(const struct versus *versus,
                          struct run_options *options) {
    if (versus->program != NULL) {
        options->versus = &versus->run;
    }
}

void command_versus_end(struct versus *versus) {
    if (versus->run.build != NULL) {
        build_close(&versus->build);
    }
}
