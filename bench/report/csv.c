/* SPDX-License-Identifier: Apache-2.0 */
#include "report/csv.h"

#include <inttypes.h>
#include <math.h>

#include "base/leftover.h"
#include "base/result.h"
#include "base/text.h"
#include "report/escape.h"
#include "report/name.h"

static const char columns[] =
    "scenario,verdict,started_at,seed,subject,label,reference,block,state,"
    "phase,measured,duration_s,submitted,completed,failed,rejected,cancelled,"
    "wrong,in_flight_peak,throughput_per_s,"
    "latency_count,latency_min_ns,latency_mean_ns,latency_p50_ns,"
    "latency_p90_ns,latency_p99_ns,latency_p99.9_ns,latency_p99.99_ns,"
    "latency_max_ns,"
    "service_count,service_min_ns,service_mean_ns,service_p50_ns,"
    "service_p90_ns,service_p99_ns,service_p99.9_ns,service_p99.99_ns,"
    "service_max_ns,"
    "left_behind,peak_threads,peak_fds,peak_rss_bytes,peak_heap_bytes,"
    "instructions_per_lookup,allocations_per_lookup,syscalls_per_lookup,"
    "context_switches_per_lookup\n";

static void append_text(struct text *text, const char *string) {
    escape_csv(text, string == NULL ? "" : string);
    text_append(text, ",");
}

static void append_count(struct text *text, uint64_t count) {
    if (count != RESULT_UNKNOWN) {
        text_format(text, "%" PRIu64, count);
    }
    text_append(text, ",");
}

static void append_number(struct text *text, double number) {
    if (isfinite(number)) {
        text_format(text, "%.15g", number);
    }
    text_append(text, ",");
}

static void append_flag(struct text *text, bool flag) {
    text_append(text, flag ? "true," : "false,");
}

static void append_latency(struct text *text,
                           const struct result_latency *latency) {
    if (latency->count == 0) {
        text_append(text, "0,,,,,,,,,");
        return;
    }
    append_count(text, latency->count);
    append_count(text, latency->min);
    append_number(text, latency->mean);
    append_count(text, latency->p50);
    append_count(text, latency->p90);
    append_count(text, latency->p99);
    append_count(text, latency->p99_9);
    append_count(text, latency->p99_99);
    append_count(text, latency->max);
}

static void append_phase(struct text *text, const struct result_phase *phase) {
    append_text(text, phase->name);
    append_flag(text, phase->measured);
    append_number(text, phase->duration_s);
    append_count(text, phase->submitted);
    append_count(text, phase->completed);
    append_count(text, phase->failed);
    append_count(text, phase->rejected);
    append_count(text, phase->cancelled);
    append_count(text, phase->wrong);
    append_count(text, phase->in_flight_peak);
    append_number(text, phase->throughput_per_s);
    append_latency(text, &phase->latency);
    append_latency(text, &phase->service);
}

/* As many commas as a phase has columns. */
static void append_no_phase(struct text *text) {
    text_append(text, ",,,,,,,,,,,"
                      ",,,,,,,,,"
                      ",,,,,,,,,");
}

static void append_head(struct text *text, const struct result *result,
                        const struct result_cell *cell, struct arena *arena) {
    append_text(text, name_of_scenario(result, arena));
    append_text(text, result_verdict_name(result->verdict));
    append_text(text, result->started_at);
    append_count(text, result->seed);
    append_text(text, cell->subject);
    append_text(text, cell->label);
    append_flag(text, cell->reference);
    append_count(text, cell->block);
    append_text(text, result_state_name(cell->outcome.state));
}

static void append_tail(struct text *text, const struct result_cell *cell) {
    const struct result_usage *peak = &cell->resources.peak;
    const struct result_cost *cost = &cell->cost;
    uint64_t counts[RESULT_KINDS_COUNT];
    append_count(text, leftover_sum(cell, counts));
    append_count(text, peak->threads);
    append_count(text, peak->fds);
    append_count(text, peak->rss_bytes);
    append_count(text, peak->heap_bytes);
    append_number(text, cost->instructions);
    append_number(text, cost->allocations);
    append_number(text, cost->syscalls);
    append_number(text, cost->context_switches);
    text->bytes[text->size - 1] = '\n'; /* in place of the last comma */
}

void csv_write(const struct result *const *results, size_t results_count,
               struct arena *arena, struct text *text) {
    text_append(text, columns);
    for (size_t i = 0; i < results_count; i++) {
        for (size_t j = 0; j < results[i]->cells_count; j++) {
            const struct result_cell *cell = &results[i]->cells[j];
            const size_t phases = cell->phases_count;
            for (size_t k = 0; k < phases || k < 1; k++) {
                append_head(text, results[i], cell, arena);
                if (phases == 0) {
                    append_no_phase(text);
                } else {
                    append_phase(text, &cell->phases[k]);
                }
                append_tail(text, cell);
            }
        }
    }
}
