/* SPDX-License-Identifier: Apache-2.0 */
#include "report/openmetrics.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/leftover.h"
#include "base/point.h"
#include "base/result.h"
#include "base/text.h"
#include "measure/histogram.h"
#include "report/benchmark.h"
#include "report/curve.h"
#include "report/name.h"
#include "report/openmetrics_text.h"

/* A family stands in one piece, so each walks all results. */
struct source {
    const struct result *result;
    const char *scenario;
    const struct curve *curves;
    size_t curves_count;
    const struct point *points;
    size_t points_count;
    const struct benchmark *benchmarks;
    size_t benchmarks_count;
};

struct metrics {
    const struct source *sources;
    size_t sources_count;
    struct arena *arena;
    struct text *text;
};

static const char *with(struct metrics *metrics, const char *labels,
                        const char *name, const char *value) {
    return arena_format(metrics->arena, "%s,%s", labels,
                        openmetrics_label(name, value, metrics->arena));
}

static const char *label_of(struct metrics *metrics,
                            const struct source *source) {
    return openmetrics_label("scenario", source->scenario, metrics->arena);
}

/* ---- The run -------------------------------------------------------------*/

static void write_run(struct metrics *metrics) {
    openmetrics_head(metrics->text, "plunge_run", "info", NULL,
                     "What was run.");
    for (size_t i = 0; i < metrics->sources_count; i++) {
        const struct result *result = metrics->sources[i].result;
        const char *labels = label_of(metrics, &metrics->sources[i]);
        labels = with(metrics, labels, "version", result->version);
        labels = with(metrics, labels, "seed",
                      arena_format(metrics->arena, "%" PRIu64, result->seed));
        labels = with(metrics, labels, "started_at", result->started_at);
        labels = with(metrics, labels, "sha256", result->scenario.sha256);
        openmetrics_sample(metrics->text, "plunge_run_info", labels, 1);
    }
}

static void write_verdicts(struct metrics *metrics) {
    openmetrics_head(metrics->text, "plunge_verdict", "stateset", NULL,
                     "How it was judged.");
    for (size_t i = 0; i < metrics->sources_count; i++) {
        const struct source *source = &metrics->sources[i];
        for (int v = RESULT_PASS; v <= RESULT_PARTIAL; v++) {
            const enum result_verdict verdict = (enum result_verdict)v;
            openmetrics_sample(metrics->text, "plunge_verdict",
                               with(metrics, label_of(metrics, source),
                                    "plunge_verdict",
                                    result_verdict_name(verdict)),
                               source->result->verdict == verdict ? 1 : 0);
        }
    }
}

/* A text that is expected twice would be one sample twice. */
static bool is_repeated(const struct result *result, size_t index) {
    for (size_t i = 0; i < index; i++) {
        if (strcmp(result->expectations[i].text,
                   result->expectations[index].text) == 0) {
            return true;
        }
    }
    return false;
}

static void write_expectations(struct metrics *metrics) {
    static const double values[] = {
        [RESULT_HELD_NO] = 0,
        [RESULT_HELD_YES] = 1,
        [RESULT_HELD_UNDECIDED] = NAN,
    };
    static const char name[] = "plunge_expectation_held";
    openmetrics_head(metrics->text, name, "gauge", NULL,
                     "1 where it holds, 0 where it does not, NaN where it is "
                     "undecided.");
    for (size_t i = 0; i < metrics->sources_count; i++) {
        const struct source *source = &metrics->sources[i];
        for (size_t j = 0; j < source->result->expectations_count; j++) {
            const struct result_expectation *expectation =
                &source->result->expectations[j];
            if (!is_repeated(source->result, j)) {
                openmetrics_sample(metrics->text, name,
                                   with(metrics, label_of(metrics, source),
                                        "expectation", expectation->text),
                                   values[expectation->held]);
            }
        }
    }
}

/* ---- Phases --------------------------------------------------------------*/

static void write_latencies(struct metrics *metrics, const char *name,
                            enum curve_side side, const char *help) {
    openmetrics_head(metrics->text, name, "histogram", "seconds", help);
    for (size_t i = 0; i < metrics->sources_count; i++) {
        const struct source *source = &metrics->sources[i];
        for (size_t j = 0; j < source->curves_count; j++) {
            const struct curve *curve = &source->curves[j];
            struct histogram histogram;
            double sum_ns = 0;
            histogram_init(&histogram);
            if (curve_histogram(curve, side, &histogram, &sum_ns) &&
                histogram.total != 0 && isfinite(sum_ns)) {
                openmetrics_histogram(
                    metrics->text, name,
                    openmetrics_labels(curve->scenario, curve->point->cells[0],
                                       curve->phase, metrics->arena),
                    &histogram, sum_ns);
            }
            histogram_fini(&histogram);
        }
    }
}

enum { OUTCOMES_COUNT = 5 };

/* Completed, failed, rejected, cancelled and, of the completed, wrong: of all
 * blocks, NAN where one does not know. */
static void add_outcomes(const struct result_phase *phase,
                         double sums[OUTCOMES_COUNT]) {
    const uint64_t counts[OUTCOMES_COUNT] = {
        phase->completed, phase->failed, phase->rejected,
        phase->cancelled, phase->wrong,
    };
    for (int i = 0; i < OUTCOMES_COUNT; i++) {
        sums[i] +=
            counts[i] == RESULT_UNKNOWN ? (double)NAN : (double)counts[i];
    }
}

/* A block that crashed has fewer phases than the others. */
static const struct result_cell *longest(const struct point *point) {
    const struct result_cell *cell = point->cells[0];
    for (size_t i = 1; i < point->cells_count; i++) {
        if (point->cells[i]->phases_count > cell->phases_count) {
            cell = point->cells[i];
        }
    }
    return cell;
}

static void write_requests_of(struct metrics *metrics,
                              const struct source *source,
                              const struct point *point) {
    static const char *const names[OUTCOMES_COUNT] = {
        "completed", "failed", "rejected", "cancelled", "wrong"};
    const struct result_cell *first = longest(point);
    for (size_t p = 0; p < first->phases_count; p++) {
        const struct curve curve = {.point = point,
                                    .phase = first->phases[p].name};
        double sums[OUTCOMES_COUNT] = {0};
        for (size_t i = 0; i < point->cells_count; i++) {
            const struct result_phase *phase = curve_phase(&curve, i);
            if (phase != NULL) {
                add_outcomes(phase, sums);
            }
        }
        const char *labels = openmetrics_labels(source->scenario, first,
                                                curve.phase, metrics->arena);
        for (int i = 0; i < OUTCOMES_COUNT; i++) {
            if (isfinite(sums[i])) {
                openmetrics_sample(metrics->text, "plunge_requests_total",
                                   with(metrics, labels, "outcome", names[i]),
                                   sums[i]);
            }
        }
    }
}

static void write_requests(struct metrics *metrics) {
    openmetrics_head(metrics->text, "plunge_requests", "counter", NULL,
                     "Requests of all blocks by their outcome; wrong ones are "
                     "among the completed.");
    for (size_t i = 0; i < metrics->sources_count; i++) {
        const struct source *source = &metrics->sources[i];
        for (size_t j = 0; j < source->points_count; j++) {
            write_requests_of(metrics, source, &source->points[j]);
        }
    }
}

/* ---- Cells ---------------------------------------------------------------*/

static void write_leftovers_of(struct metrics *metrics,
                               const struct source *source,
                               const struct point *point) {
    uint64_t most[RESULT_KINDS_COUNT] = {0};
    for (size_t i = 0; i < point->cells_count; i++) {
        uint64_t counts[RESULT_KINDS_COUNT];
        (void)leftover_sum(point->cells[i], counts);
        for (int kind = 0; kind < RESULT_KINDS_COUNT; kind++) {
            most[kind] = counts[kind] > most[kind] ? counts[kind] : most[kind];
        }
    }
    const struct result_cell *cell = point->cells[0];
    const char *labels =
        openmetrics_labels(source->scenario, cell, "", metrics->arena);
    for (int k = 0; k < RESULT_KINDS_COUNT; k++) {
        const enum result_kind kind = (enum result_kind)k;
        if (leftover_is_watched(cell, kind)) {
            openmetrics_sample(
                metrics->text, "plunge_left_behind",
                with(metrics, labels, "kind", result_kind_name(kind)),
                (double)most[kind]);
        }
    }
}

static void write_leftovers(struct metrics *metrics) {
    openmetrics_head(metrics->text, "plunge_left_behind", "gauge", NULL,
                     "What a cell left behind; of its blocks the most.");
    for (size_t i = 0; i < metrics->sources_count; i++) {
        const struct source *source = &metrics->sources[i];
        for (size_t j = 0; j < source->points_count; j++) {
            if (!source->points[j].cells[0]->reference) {
                write_leftovers_of(metrics, source, &source->points[j]);
            }
        }
    }
}

struct gauge {
    const char *measure; /* benchmark.h */
    const char *name;
    const char *unit;
    const char *help;
};

static void write_gauge(struct metrics *metrics, const struct gauge *gauge) {
    openmetrics_head(metrics->text, gauge->name, "gauge", gauge->unit,
                     gauge->help);
    for (size_t i = 0; i < metrics->sources_count; i++) {
        const struct source *source = &metrics->sources[i];
        for (size_t j = 0; j < source->benchmarks_count; j++) {
            const struct benchmark *item = &source->benchmarks[j];
            if (strcmp(item->measure, gauge->measure) == 0) {
                openmetrics_sample(metrics->text, gauge->name,
                                   openmetrics_labels(item->scenario,
                                                      item->cell, item->phase,
                                                      metrics->arena),
                                   item->value);
            }
        }
    }
}

static void write_gauges(struct metrics *metrics) {
    static const struct gauge gauges[] = {
        {"throughput", "plunge_throughput_per_second", NULL,
         "Answers a second; the median over the blocks."},
        {"threads", "plunge_peak_threads", NULL,
         "The most threads of a cell's process."},
        {"fds", "plunge_peak_descriptors", NULL,
         "The most descriptors of a cell's process."},
        {"rss", "plunge_peak_rss_bytes", "bytes",
         "The most that a cell's process had resident."},
        {"instructions", "plunge_instructions_per_lookup", NULL,
         "Instructions that a lookup takes."},
        {"allocations", "plunge_allocations_per_lookup", NULL,
         "Allocations that a lookup takes."},
        {"syscalls", "plunge_syscalls_per_lookup", NULL,
         "System calls that a lookup takes."},
        {"context_switches", "plunge_context_switches_per_lookup", NULL,
         "Context switches that a lookup takes."},
    };
    for (size_t i = 0; i < sizeof gauges / sizeof gauges[0]; i++) {
        write_gauge(metrics, &gauges[i]);
    }
}

/* ---- All of it -----------------------------------------------------------*/

static const struct source *sources_of(const struct result *const *results,
                                       size_t count, struct arena *arena) {
    struct source *sources = arena_alloc(arena, count * sizeof *sources);
    for (size_t i = 0; i < count; i++) {
        struct source *source = &sources[i];
        source->result = results[i];
        source->scenario = name_of_scenario(results[i], arena);
        source->curves = curve_list(results[i], arena, &source->curves_count);
        source->points = point_list(results[i], arena, &source->points_count);
        source->benchmarks =
            benchmark_list(results[i], arena, &source->benchmarks_count);
    }
    return sources;
}

void openmetrics_write(const struct result *const *results,
                       size_t results_count, struct arena *arena,
                       struct text *text) {
    struct metrics metrics = {
        .sources = sources_of(results, results_count, arena),
        .sources_count = results_count,
        .arena = arena,
        .text = text,
    };
    write_run(&metrics);
    write_verdicts(&metrics);
    write_expectations(&metrics);
    write_latencies(&metrics, "plunge_lookup_seconds", CURVE_LATENCY,
                    "From the intended start to the answer; all blocks.");
    write_latencies(&metrics, "plunge_service_seconds", CURVE_SERVICE,
                    "From the actual start to the answer; all blocks.");
    write_requests(&metrics);
    write_leftovers(&metrics);
    write_gauges(&metrics);
    text_append(text, "# EOF\n");
}
