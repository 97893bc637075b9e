/* SPDX-License-Identifier: Apache-2.0 */
#include "run/turns.h"

#include <math.h>

#include "base/arena.h"
#include "base/result.h"
#include "cell/pair.h"
#include "cell/slices.h"
#include "run/plan.h"
#include "scenario/scenario.h"

static void keep(struct turns *turns, const struct result_slices *slices) {
    turns->slices = arena_more(turns->arena, turns->slices, turns->slices_count,
                               sizeof *turns->slices);
    turns->slices[turns->slices_count++] = *slices;
}

static void keep_failed(struct turns *turns, const struct cell_order *own,
                        const char *problem) {
    const struct scenario_cell *cell = &own->scenario->cells[own->cell];
    const struct scenario_settings *settings = &cell->settings;
    for (size_t i = 0; i < settings->phases_count; i++) {
        if (slices_phase_fits(&settings->phases[i])) {
            const struct result_slices slices = {
                .subject = scenario_subject_name(settings->pool.subject),
                .label = cell->label,
                .phase = settings->phases[i].name,
                .block = own->block,
                .state = RESULT_CRASHED,
                .throughput_per_s = NAN,
                .other_throughput_per_s = NAN,
                .throughput_ratio = NAN,
                .cpu_ns = NAN,
                .other_cpu_ns = NAN,
                .cpu_ratio = NAN,
                .wrong = RESULT_UNKNOWN,
                .other_wrong = RESULT_UNKNOWN,
                .why = problem,
            };
            keep(turns, &slices);
        }
    }
}

void turns_take(struct turns *turns, const struct cell_order *own,
                cell_progress_cb progress, void *progress_data) {
    const uint64_t seed = plan_turns_seed(turns->seed, own->block, own->cell);
    struct cell_order orders[] = {*own, *own};
    orders[0].is_exact = true;
    orders[1].is_exact = true;
    orders[1].build = turns->other;
    struct result_slices *slices = NULL;
    size_t count = 0;
    const char *problem = NULL;
    int status = pair_run(orders, seed, progress, progress_data, turns->arena,
                          &slices, &count, &problem);
    if (status != 0 && problem != NULL) {
        keep_failed(turns, own, problem);
    }
    for (size_t i = 0; i < count; i++) {
        keep(turns, &slices[i]);
    }
}
