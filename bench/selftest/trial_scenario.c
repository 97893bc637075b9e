/* SPDX-License-Identifier: Apache-2.0 */
#include "selftest/trial_scenario.h"

#include <stddef.h>

#include "base/arena.h"
#include "base/interrupt.h"
#include "run/run.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"
#include "selftest/defect.h"
#include "selftest/trial.h"

static struct scenario *read_scenario(const struct trial_scenario *scenario,
                                      struct arena *arena,
                                      struct trial *trial) {
    const struct scenario_source source = {
        .path = defect_path(scenario->name, arena),
        .text = arena_format(arena, "title: %s\n%s", scenario->title,
                             scenario->text),
    };
    struct problems problems = {0};
    struct scenario *read = NULL;
    int error_number = 0;
    if (scenario_read(&source, arena, &read, &problems, &error_number) ==
        SCENARIO_OK) {
        return read;
    }
    trial->state = TRIAL_BROKEN;
    trial_say(trial->said, "its scenario is wrong");
    return NULL;
}

static const char *const no_scaling[] = {NULL};

const struct result *trial_scenario_run(const struct trial_scenario *scenario,
                                        const struct cell_under *under,
                                        struct arena *arena,
                                        struct trial *trial) {
    const struct run_options options = {
        .seed = 1,
        .answers_on_stderr = true,
        .under = under,
        .scaling = no_scaling,
        .plant = scenario->plant,
    };
    struct result *result = NULL;
    const char *problem = NULL;
    const struct scenario *read = read_scenario(scenario, arena, trial);
    if (read == NULL) {
        return NULL;
    }
    int status = run_scenario(read, &options, arena, &result, &problem);
    if (interrupt_pending() != 0) {
        trial->state = TRIAL_INTERRUPTED;
        return NULL;
    }
    if (status != 0) {
        trial->state = TRIAL_BROKEN;
        trial_say(trial->said, "%s", problem);
        return NULL;
    }
    trial->state = TRIAL_DONE;
    trial->said[0] = '\0';
    return result;
}
