/* SPDX-License-Identifier: Apache-2.0 */
#include "selftest/trial.h"

#include <unistd.h>

#include "base/arena.h"
#include "base/result.h"
#include "ledger/symbol.h"
#include "plant/shared.h"
#include "selftest/defect.h"
#include "selftest/slow.h"
#include "selftest/trial_scenario.h"

static void run_once(const struct defect *defect, struct arena *arena,
                     struct trial *trial) {
    const struct trial_scenario scenario = {
        .name = defect->name,
        .title = defect->title,
        .text = defect->text,
        .plant = defect->plant,
    };
    const struct result *result =
        trial_scenario_run(&scenario, NULL, arena, trial);
    if (result != NULL) {
        trial_examine(defect, result, symbol_is_available(), arena, trial);
    }
    shared_remove(getpid());
}

void trial_run(const struct defect *defect, struct trial *trial) {
    struct arena *arena = arena_new();
    if (defect->sign == DEFECT_COUNTED) {
        slow_run_counted(defect, arena, trial);
    } else if (defect->sign == DEFECT_TIMED) {
        slow_run_timed(defect, arena, trial);
    } else {
        run_once(defect, arena, trial);
    }
    arena_free(arena);
}

void trial_run_clean(const struct clean *clean, struct trial *trial) {
    struct arena *arena = arena_new();
    const struct trial_scenario scenario = {
        .name = "clean",
        .title = clean->name,
        .text = clean->text,
        .plant = clean->plant,
    };
    const struct result *result =
        trial_scenario_run(&scenario, NULL, arena, trial);
    if (result != NULL) {
        trial_examine_clean(result, trial);
    }
    arena_free(arena);
}
