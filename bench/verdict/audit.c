/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/audit.h"

#include <string.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/quantity.h"
#include "base/result.h"
#include "scenario/expectation.h"
#include "verdict/instrumented.h"
#include "verdict/measured.h"
#include "verdict/metric.h"
#include "verdict/noise.h"
#include "verdict/punctual.h"
#include "verdict/trust.h"

/* What is wrong with one cell, or NULL. */
typedef const char *(*objection_fn)(const struct result_cell *cell,
                                    struct arena *arena);

static const char *disputed(const struct result_cell *cell,
                            struct arena *arena) {
    (void)arena;
    return cell->ledger_disputed;
}

static const char *never_steady(const struct result_cell *cell,
                                struct arena *arena) {
    for (size_t i = 0; i < cell->phases_count; i++) {
        const struct result_phase *phase = &cell->phases[i];
        if (phase->steady.wanted && !phase->steady.found) {
            return arena_format(arena, "%s: %s", phase->name,
                                phase->steady.why == NULL ? "never steady"
                                                          : phase->steady.why);
        }
    }
    return NULL;
}

static void add(struct arena *arena, struct result *result, const char *check,
                bool ok, const char *detail) {
    result->audit = arena_more(arena, result->audit, result->audit_count,
                               sizeof result->audit[0]);
    result->audit[result->audit_count++] = (struct result_audit){
        .check = check,
        .ok = ok,
        .detail = detail,
    };
}

/* Whether a cell has what a check looks at; NULL for any. */
typedef bool (*concern_fn)(const struct result_cell *cell);

static bool has_noise(const struct result_cell *cell) {
    return cell->noise.given;
}

static bool has_in_flight(const struct result_cell *cell) {
    for (size_t i = 0; i < cell->phases_count; i++) {
        if (cell->phases[i].measured && cell->phases[i].in_flight_mean > 0) {
            return true;
        }
    }
    return false;
}

static bool wants_steady(const struct result_cell *cell) {
    for (size_t i = 0; i < cell->phases_count; i++) {
        if (cell->phases[i].steady.wanted) {
            return true;
        }
    }
    return false;
}

struct check {
    const char *name;
    concern_fn concerns;
    objection_fn objection;
};

/* Runs one check over all completed cells that it concerns: the first objection
 * is told, the others are counted. */
static bool check_cells(struct arena *arena, struct result *result,
                        const struct check *check) {
    const char *first = NULL;
    size_t objections = 0;
    size_t checked = 0;
    for (size_t i = 0; i < result->cells_count; i++) {
        const struct result_cell *cell = &result->cells[i];
        if (cell->outcome.state != RESULT_COMPLETED ||
            (check->concerns != NULL && !check->concerns(cell))) {
            continue;
        }
        checked++;
        const char *why = check->objection(cell, arena);
        if (why != NULL && objections++ == 0) {
            first =
                arena_format(arena, "%s: %s", point_place(cell, arena), why);
        }
    }
    if (checked == 0) {
        return true;
    }
    if (objections == 0) {
        add(arena, result, check->name, true,
            arena_format(arena, "in %zu of %zu cells", checked,
                         result->cells_count));
    } else {
        add(arena, result, check->name, false,
            objections == 1 ? first
                            : arena_format(arena, "%s; and in %zu more cells",
                                           first, objections - 1));
    }
    return objections == 0;
}

static bool same_percentile(const struct expectation *one,
                            const struct expectation *other) {
    bool same_phase = one->phase == NULL || other->phase == NULL
                          ? one->phase == other->phase
                          : strcmp(one->phase, other->phase) == 0;
    return one->metric == other->metric && one->statistic == other->statistic &&
           same_phase;
}

static bool is_first_of_its_percentile(const struct scenario *scenario,
                                       size_t index) {
    for (size_t i = 0; i < index; i++) {
        if (same_percentile(&scenario->expectations[i],
                            &scenario->expectations[index])) {
            return false;
        }
    }
    return true;
}

/* Cells without any sample are left out: what is expected of them is false
 * anyway. Reference cells are looked at where they are compared with. */
static void check_samples(const struct expectation *expectation,
                          struct arena *arena, struct result *result) {
    uint64_t needed = metric_samples_needed(expectation);
    uint64_t fewest = UINT64_MAX;
    const struct result_cell *poorest = NULL;
    for (size_t i = 0; i < result->cells_count; i++) {
        const struct result_cell *cell = &result->cells[i];
        uint64_t samples = metric_samples(expectation, cell);
        bool compared =
            !cell->reference || expectation->operand == EXPECTATION_SUBJECT;
        if (cell->outcome.state == RESULT_COMPLETED && compared &&
            samples != 0 && samples < fewest) {
            fewest = samples;
            poorest = cell;
        }
    }
    if (poorest == NULL) {
        return;
    }
    char wanted[QUANTITY_SIZE];
    char there[QUANTITY_SIZE];
    add(arena, result,
        arena_format(arena, "enough samples for %s%s%s",
                     measured_metric_name(expectation),
                     expectation->phase == NULL ? "" : " in ",
                     expectation->phase == NULL ? "" : expectation->phase),
        fewest >= needed,
        arena_format(arena, "%s needed, %s at least (%s)",
                     quantity_count(wanted, needed),
                     quantity_count(there, fewest),
                     point_place(poorest, arena)));
}

static void check_times(struct arena *arena, struct result *result) {
    static const struct check checks[] = {
        {"Little's law holds", has_in_flight, noise_little},
        {"no other machine took time", has_noise, noise_steal},
        {"no other process took time", has_noise, noise_pressure},
        {"the clock was not set", has_noise, noise_clock},
        {"steady where it is to be", wants_steady, never_steady},
    };
    const char *tool = instrumented_by(result);
    if (tool != NULL) {
        add(arena, result, "times are the program's own", false,
            arena_format(arena, "measured under %s", tool));
    }
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        (void)check_cells(arena, result, &checks[i]);
    }
}

bool audit_result(const struct scenario *scenario, struct arena *arena,
                  struct result *result) {
    static const struct check requests = {"requests add up", NULL,
                                          trust_requests};
    static const struct check observers = {"ledger observers agree", NULL,
                                           disputed};
    static const struct check due = {"lookups came when they were due", NULL,
                                     punctual_problem};
    result->audit = NULL;
    result->audit_count = 0;
    bool sums = check_cells(arena, result, &requests);
    bool ledger = check_cells(arena, result, &observers);
    for (size_t i = 0; i < scenario->expectations_count; i++) {
        if (metric_samples_needed(&scenario->expectations[i]) != 0 &&
            is_first_of_its_percentile(scenario, i)) {
            check_samples(&scenario->expectations[i], arena, result);
        }
    }
    check_times(arena, result);
    if (punctual_is_asked(result)) {
        (void)check_cells(arena, result, &due);
    }
    return sums && ledger;
}
