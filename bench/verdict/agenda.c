/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/agenda.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/leftover.h"
#include "base/point.h"
#include "base/result.h"
#include "verdict/contrast.h"
#include "verdict/measured.h"

struct agenda {
    const struct point *base;
    const struct point *newer;
    struct arena *arena;
    struct contrast_subject *subjects;
    size_t count;
};

static void add(struct agenda *agenda, struct contrast_subject subject) {
    agenda->subjects = arena_more(agenda->arena, agenda->subjects,
                                  agenda->count, sizeof *agenda->subjects);
    agenda->subjects[agenda->count++] = subject;
}

static void add_metric(struct agenda *agenda, struct expectation what) {
    add(agenda, (struct contrast_subject){.what = what});
}

static bool any_cell(const struct agenda *agenda,
                     bool (*is)(const struct result_cell *cell)) {
    const struct point *points[] = {agenda->base, agenda->newer};
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < points[i]->cells_count; j++) {
            if (is(points[i]->cells[j])) {
                return true;
            }
        }
    }
    return false;
}

/* ---- Times --------------------------------------------------------------- */

static void add_percentiles(struct agenda *agenda,
                            enum expectation_metric metric, const char *phase) {
    static const enum expectation_statistic statistics[] = {
        EXPECTATION_P50, EXPECTATION_P90, EXPECTATION_P99, EXPECTATION_P99_9};
    for (size_t i = 0; i < sizeof statistics / sizeof statistics[0]; i++) {
        add_metric(agenda, (struct expectation){.metric = metric,
                                                .statistic = statistics[i],
                                                .phase = phase});
    }
}

static bool same_percentiles(const struct result_cell *cell,
                             const char *phase) {
    for (size_t i = 0; i < cell->phases_count; i++) {
        const struct result_latency *latency = &cell->phases[i].latency;
        const struct result_latency *service = &cell->phases[i].service;
        if (strcmp(cell->phases[i].name, phase) == 0 &&
            (latency->p50 != service->p50 || latency->p90 != service->p90 ||
             latency->p99 != service->p99 ||
             latency->p99_9 != service->p99_9)) {
            return false;
        }
    }
    return true;
}

/* A closed loop means a lookup to start when it does: one question, not two. */
static bool is_twice(const struct agenda *agenda, const char *phase) {
    const struct point *points[] = {agenda->base, agenda->newer};
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < points[i]->cells_count; j++) {
            if (!same_percentiles(points[i]->cells[j], phase)) {
                return false;
            }
        }
    }
    return true;
}

static bool has_times_of(const struct agenda *agenda, const char *phase) {
    for (size_t i = 0; i < agenda->count; i++) {
        if (agenda->subjects[i].what.metric == EXPECTATION_THROUGHPUT &&
            strcmp(agenda->subjects[i].what.phase, phase) == 0) {
            return true;
        }
    }
    return false;
}

static void add_phase(struct agenda *agenda, const char *phase) {
    if (has_times_of(agenda, phase)) {
        return;
    }
    add_metric(agenda, (struct expectation){.metric = EXPECTATION_THROUGHPUT,
                                            .phase = phase});
    add_percentiles(agenda, EXPECTATION_LATENCY, phase);
    if (!is_twice(agenda, phase)) {
        add_percentiles(agenda, EXPECTATION_SERVICE, phase);
    }
}

static void add_phases(struct agenda *agenda, const struct point *point) {
    for (size_t i = 0; i < point->cells_count; i++) {
        const struct result_cell *cell = point->cells[i];
        for (size_t j = 0; j < cell->phases_count; j++) {
            if (cell->phases[j].measured) {
                add_phase(agenda, cell->phases[j].name);
            }
        }
    }
}

static bool is_program(const struct result_cell *cell) {
    return cell->program.given;
}

/* Of all blocks: one that crashed or passed a limit has fewer phases, or none;
 * and what the first alone has may be what has become worse. */
static void add_times(struct agenda *agenda) {
    if (any_cell(agenda, is_program)) {
        add_metric(agenda,
                   (struct expectation){.metric = EXPECTATION_DURATION});
    }
    add_phases(agenda, agenda->newer);
    add_phases(agenda, agenda->base);
}

/* ---- Counts -------------------------------------------------------------- */

static void add_counts(struct agenda *agenda) {
    static const enum expectation_metric metrics[] = {
        EXPECTATION_ERRORS,
        EXPECTATION_WRONG,
        EXPECTATION_REJECTED,
        EXPECTATION_LEFT_BEHIND,
    };
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++) {
        add_metric(agenda, (struct expectation){.metric = metrics[i]});
    }
}

static bool is_left_in(const struct point *point, enum result_kind kind) {
    for (size_t i = 0; i < point->cells_count; i++) {
        uint64_t counts[RESULT_KINDS_COUNT];
        (void)leftover_sum(point->cells[i], counts);
        if (counts[kind] != 0) {
            return true;
        }
    }
    return false;
}

static void add_kinds(struct agenda *agenda) {
    for (int kind = 0; kind < RESULT_KINDS_COUNT; kind++) {
        if (is_left_in(agenda->base, (enum result_kind)kind) ||
            is_left_in(agenda->newer, (enum result_kind)kind)) {
            add_metric(agenda,
                       (struct expectation){.metric = EXPECTATION_LEFT_BEHIND,
                                            .kind_given = true,
                                            .kind = (enum result_kind)kind});
        }
    }
}

static void add_amounts(struct agenda *agenda) {
    static const enum expectation_metric metrics[] = {
        EXPECTATION_THREADS,      EXPECTATION_FDS,
        EXPECTATION_HEAP,         EXPECTATION_RSS,
        EXPECTATION_INSTRUCTIONS, EXPECTATION_ALLOCATIONS,
        EXPECTATION_SYSCALLS,     EXPECTATION_CONTEXT_SWITCHES,
    };
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++) {
        add_metric(agenda, (struct expectation){.metric = metrics[i]});
    }
}

/* ---- What only some have ------------------------------------------------- */

static bool is_listed(const struct agenda *agenda, const char *slope) {
    for (size_t i = 0; i < agenda->count; i++) {
        if (agenda->subjects[i].source == CONTRAST_SLOPE &&
            strcmp(agenda->subjects[i].slope, slope) == 0) {
            return true;
        }
    }
    return false;
}

static void add_slopes(struct agenda *agenda, const struct point *point) {
    for (size_t i = 0; i < point->cells_count; i++) {
        const struct result_cell *cell = point->cells[i];
        for (size_t j = 0; j < cell->slopes_count; j++) {
            const char *slope = cell->slopes[j].metric;
            if (!is_listed(agenda, slope)) {
                add(agenda, (struct contrast_subject){.source = CONTRAST_SLOPE,
                                                      .slope = slope});
            }
        }
    }
}

static bool is_exhausted(const struct result_cell *cell) {
    return cell->cycles.exhausted.happened;
}

static bool is_not_completed(const struct result_cell *cell) {
    return cell->outcome.state != RESULT_COMPLETED;
}

static bool has_findings(const struct result_cell *cell) {
    return cell->findings_count != 0;
}

static void add_rare(struct agenda *agenda) {
    static const struct {
        bool (*is)(const struct result_cell *cell);
        enum contrast_source source;
    } rare[] = {
        {is_exhausted, CONTRAST_EXHAUSTED},
        {is_not_completed, CONTRAST_NOT_COMPLETED},
        {has_findings, CONTRAST_FINDINGS},
    };
    for (size_t i = 0; i < sizeof rare / sizeof rare[0]; i++) {
        if (any_cell(agenda, rare[i].is)) {
            add(agenda, (struct contrast_subject){.source = rare[i].source});
        }
    }
}

const struct contrast_subject *agenda_of(const struct point *base,
                                         const struct point *newer,
                                         struct arena *arena,
                                         size_t *count_out) {
    struct agenda agenda = {.base = base, .newer = newer, .arena = arena};
    add_times(&agenda);
    add_counts(&agenda);
    add_kinds(&agenda);
    add_amounts(&agenda);
    add_slopes(&agenda, base);
    add_slopes(&agenda, newer);
    add_rare(&agenda);
    *count_out = agenda.count;
    return agenda.subjects;
}

const struct contrast_subject *agenda_of_one(const struct expectation *what,
                                             struct arena *arena,
                                             size_t *count_out) {
    struct contrast_subject *subject = arena_alloc(arena, sizeof *subject);
    subject->what = *what;
    if (what->metric == EXPECTATION_EXHAUSTED_AT) {
        subject->source = CONTRAST_EXHAUSTED;
    } else if (what->per_cycle) {
        subject->source = CONTRAST_SLOPE;
        subject->slope = measured_metric_name(what);
    }
    *count_out = 1;
    return subject;
}
