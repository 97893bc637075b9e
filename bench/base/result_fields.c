/* SPDX-License-Identifier: Apache-2.0 */
#include "base/result_fields.h"

#include "base/result.h"

#define SAMPLED .sampled = true, .companion = AT(result_latency, count)

static const struct field latency_fields[] = {
    {FIELD(COUNT, "count", result_latency, count), .zero_is_null = true},
    {FIELD(COUNT, "min", result_latency, min), SAMPLED},
    {FIELD(NUMBER, "mean", result_latency, mean), SAMPLED},
    {FIELD(COUNT, "p50", result_latency, p50), SAMPLED},
    {FIELD(COUNT, "p90", result_latency, p90), SAMPLED},
    {FIELD(COUNT, "p99", result_latency, p99), SAMPLED},
    {FIELD(COUNT, "p99.9", result_latency, p99_9), SAMPLED},
    {FIELD(COUNT, "p99.99", result_latency, p99_99), SAMPLED},
    {FIELD(COUNT, "max", result_latency, max), SAMPLED},
};

static const struct record latency_record =
    RECORD(result_latency, latency_fields);

#define STAGE(json, stage)                                                     \
    {                                                                          \
        FIELD(OBJECT, json, result_stages, of[RESULT_##stage]),                \
            .record = &latency_record                                          \
    }
#define STAGE_MEAN(json, stage)                                                \
    { FIELD(NUMBER, json, result_tail, mean_ns[RESULT_##stage]) }

static const struct field stages_fields[] = {
    STAGE("lag", LAG),           STAGE("queue", QUEUE),
    STAGE("pickup", PICKUP),     STAGE("database", DATABASE),
    STAGE("handback", HANDBACK), STAGE("callback", CALLBACK),
};

static const struct record stages_record = RECORD(result_stages, stages_fields);

/* Of struct result_tail, as the object around them. */
static const struct field tail_mean_fields[] = {
    STAGE_MEAN("lag", LAG),           STAGE_MEAN("queue", QUEUE),
    STAGE_MEAN("pickup", PICKUP),     STAGE_MEAN("database", DATABASE),
    STAGE_MEAN("handback", HANDBACK), STAGE_MEAN("callback", CALLBACK),
};

static const struct record tail_mean_record =
    RECORD(result_tail, tail_mean_fields);

static const struct field tail_fields[] = {
    {FIELD(NUMBER, "percentile", result_tail, percentile)},
    {FIELD(COUNT, "from_ns", result_tail, from_ns)},
    {FIELD(COUNT, "count", result_tail, count)},
    {.name = "mean_ns", .type = FIELD_OBJECT, .record = &tail_mean_record},
};

static const struct record tail_record = RECORD(result_tail, tail_fields);

static const struct field point_fields[] = {
    {FIELD(NUMBER, "t_s", result_series_point, t_s)},
    {FIELD(NUMBER, "duration_s", result_series_point, duration_s)},
    {FIELD(COUNT, "completed", result_series_point, completed)},
    {FIELD(COUNT, "p50_ns", result_series_point, p50_ns)},
    {FIELD(COUNT, "p99_ns", result_series_point, p99_ns)},
    {FIELD(COUNT, "max_ns", result_series_point, max_ns)},
    {FIELD(COUNT, "rss_bytes", result_series_point, rss_bytes)},
    {FIELD(COUNT, "threads", result_series_point, threads)},
    {FIELD(COUNT, "fds", result_series_point, fds)},
    {FIELD(NUMBER, "in_flight", result_series_point, in_flight)},
    {FIELD(NUMBER, "cpu_s", result_series_point, cpu_s)},
    {FIELD(COUNT, "context_switches", result_series_point, context_switches)},
    {FIELD(TEXT, "spread", result_series_point, spread)},
};

static const struct record point_record =
    RECORD(result_series_point, point_fields);

static const struct field steady_fields[] = {
    {FIELD(FLAG, "found", result_steady, found)},
    {FIELD(NUMBER, "from_s", result_steady, from_s)},
    {FIELD(TEXT, "why", result_steady, why)},
};

static const struct record steady_record = RECORD(result_steady, steady_fields);

static const struct field operations_fields[] = {
    {FIELD(COUNT, "lookup", result_operations, lookup)},
    {FIELD(COUNT, "rename", result_operations, rename)},
    {FIELD(COUNT, "sign_up", result_operations, sign_up)},
    {FIELD(COUNT, "sign_off", result_operations, sign_off)},
    {FIELD(COUNT, "transfer", result_operations, transfer)},
    {FIELD(COUNT, "scan", result_operations, scan)},
};

static const struct record operations_record =
    RECORD(result_operations, operations_fields);

static const struct field phase_fields[] = {
    {FIELD(TEXT, "name", result_phase, name), NAME},
    {FIELD(FLAG, "measured", result_phase, measured)},
    {FIELD(NUMBER, "duration_s", result_phase, duration_s)},
    {FIELD(COUNT, "submitted", result_phase, submitted)},
    {FIELD(COUNT, "completed", result_phase, completed)},
    {FIELD(COUNT, "failed", result_phase, failed)},
    {FIELD(COUNT, "rejected", result_phase, rejected)},
    {FIELD(COUNT, "cancelled", result_phase, cancelled)},
    {FIELD(COUNT, "wrong", result_phase, wrong)},
    {FIELD(OPTIONAL, "operations", result_phase, operations),
     .companion = AT(result_phase, mixed), .record = &operations_record},
    {FIELD(COUNT, "completed_in_window", result_phase, completed_in_window)},
    {FIELD(COUNT, "in_flight_peak", result_phase, in_flight_peak)},
    {FIELD(NUMBER, "in_flight_mean", result_phase, in_flight_mean)},
    {FIELD(NUMBER, "in_flight_error", result_phase, in_flight_error)},
    {FIELD(NUMBER, "throughput_per_s", result_phase, throughput_per_s)},
    {FIELD(OBJECT, "latency_ns", result_phase, latency),
     .record = &latency_record},
    {FIELD(OBJECT, "service_ns", result_phase, service),
     .record = &latency_record},
    {FIELD(OBJECT, "lateness_ns", result_phase, lateness),
     .record = &latency_record},
    {FIELD(OPTIONAL, "stages_ns", result_phase, stages),
     .companion = AT(result_phase, staged), .record = &stages_record},
    {FIELD(OPTIONAL, "tail", result_phase, tail),
     .companion = AT(result_phase, tail.given), .record = &tail_record},
    {FIELD(TEXT, "histogram", result_phase, histogram)},
    {FIELD(TEXT, "service_histogram", result_phase, service_histogram)},
    {FIELD(OPTIONAL, "steady", result_phase, steady),
     .companion = AT(result_phase, steady.wanted), .record = &steady_record},
    {FIELD(LIST, "series", result_phase, series), LIST(result_phase, series),
     .record = &point_record},
};

static const struct record phase_record = RECORD(result_phase, phase_fields);

/* Of struct result_cycles, not result_exhaustion: the prediction is shown
 * beside what came of it. */
static const struct field exhausted_fields[] = {
    {FIELD(TEXT, "resource", result_cycles, exhausted.resource)},
    {FIELD(TEXT, "mechanism", result_cycles, exhausted.mechanism)},
    {FIELD(COUNT, "at_cycle", result_cycles, exhausted.at_cycle)},
    {FIELD(COUNT, "number", result_cycles, exhausted.number),
     .zero_is_null = true},
    {FIELD(COUNT, "predicted_cycle", result_cycles, predicted_cycle),
     .zero_is_null = true},
    {FIELD(TEXT, "error", result_cycles, exhausted.error)},
    {FIELD(INT, "errno", result_cycles, exhausted.error_number),
     .zero_is_null = true},
};

static const struct record exhausted_record =
    RECORD(result_cycles, exhausted_fields);

static const struct field prediction_fields[] = {
    {FIELD(TEXT, "resource", result_prediction, resource)},
    {FIELD(TEXT, "mechanism", result_prediction, mechanism)},
    {FIELD(COUNT, "limit", result_prediction, limit)},
    {FIELD(COUNT, "base", result_prediction, base)},
    {FIELD(COUNT, "shared", result_prediction, shared)},
    {FIELD(COUNT, "per_pool", result_prediction, per_pool)},
    {FIELD(COUNT, "pool", result_prediction, pool)},
    {FIELD(COUNT, "number", result_prediction, number)},
    {FIELD(TEXT, "statement", result_prediction, statement)},
};

static const struct record prediction_record =
    RECORD(result_prediction, prediction_fields);

static const struct field recovery_fields[] = {
    {FIELD(FLAG, "ok", result_recovery, ok)},
    {FIELD(COUNT, "pools", result_recovery, pools)},
    {FIELD(COUNT, "closed", result_recovery, closed)},
    {FIELD(HELD, "went_on", result_recovery, went_on)},
    {FIELD(COUNT, "left_behind", result_recovery, left_behind)},
    {FIELD(TEXT, "why", result_recovery, why)},
};

static const struct record recovery_record =
    RECORD(result_recovery, recovery_fields);

static const struct field step_fields[] = {
    {FIELD(COUNT, "cycle", result_step, cycle)},
    {FIELD(COUNT, "threads", result_step, held.threads)},
    {FIELD(COUNT, "fds", result_step, held.fds)},
    {FIELD(COUNT, "rss_bytes", result_step, held.rss_bytes)},
    {FIELD(COUNT, "heap_bytes", result_step, held.heap_bytes)},
};

static const struct record step_record = RECORD(result_step, step_fields);

static const struct field cycles_fields[] = {
    {FIELD(COUNT, "planned", result_cycles, planned)},
    {FIELD(COUNT, "completed", result_cycles, completed)},
    {FIELD(COUNT, "predicted_cycle", result_cycles, predicted_cycle),
     .zero_is_null = true},
    {FIELD(OPTIONAL, "predicted", result_cycles, predicted),
     .companion = AT(result_cycles, is_predicted),
     .record = &prediction_record},
    {.name = "exhausted",
     .type = FIELD_OPTIONAL,
     .companion = AT(result_cycles, exhausted.happened),
     .record = &exhausted_record},
    {FIELD(OPTIONAL, "recovery", result_cycles, recovery),
     .companion = AT(result_cycles, recovery.tried),
     .record = &recovery_record},
    {FIELD(LIST, "series", result_cycles, steps), LIST(result_cycles, steps),
     .record = &step_record},
};

static const struct record cycles_record = RECORD(result_cycles, cycles_fields);

static const struct field leftover_fields[] = {
    {FIELD(KIND, "kind", result_leftover, kind), .required = true},
    {FIELD(TEXT, "identity", result_leftover, identity), NAME},
    {FIELD(TEXT, "site", result_leftover, site)},
    {FIELD(COUNT, "count", result_leftover, count)},
    {FIELD(COUNT, "bytes", result_leftover, bytes)},
    {FIELD(COUNT, "cycle", result_leftover, cycle), .zero_is_null = true},
    {FIELD(NUMBER, "late_ms", result_leftover, late_ms)},
    {FIELD(TEXT, "stack", result_leftover, stack)},
};

static const struct record leftover_record =
    RECORD(result_leftover, leftover_fields);

static const struct field finding_fields[] = {
    {FIELD(TEXT, "tool", result_finding, tool), NAME},
    {FIELD(TEXT, "kind", result_finding, kind), NAME},
    {FIELD(TEXT, "text", result_finding, text)},
    {FIELD(TEXT, "stack", result_finding, stack)},
};

static const struct record finding_record =
    RECORD(result_finding, finding_fields);

static const struct field under_fields[] = {
    {FIELD(TEXT, "tool", result_under, tool), NAME},
    {FIELD(TEXT, "version", result_under, version)},
    {FIELD(FLAG, "finds", result_under, finds)},
    {FIELD(COUNT, "scale", result_under, divisor)},
    {FIELD(TEXT, "scaling", result_under, scaling)},
    {FIELD(COUNT, "still_reachable_bytes", result_under,
           still_reachable_bytes)},
    {FIELD(COUNT, "possibly_lost_bytes", result_under, possibly_lost_bytes)},
    {FIELD(TEXT, "output", result_under, output)},
};

static const struct record under_record = RECORD(result_under, under_fields);

static const struct field slope_fields[] = {
    {FIELD(TEXT, "metric", result_slope, metric), NAME},
    {FIELD(NUMBER, "per_cycle", result_slope, per_cycle)},
    {FIELD(NUMBER, "upper_bound", result_slope, upper_bound)},
    {FIELD(TEXT, "verdict", result_slope, verdict), NAME},
    {FIELD(NUMBER, "lower_bound", result_slope, lower_bound)},
    {FIELD(NUMBER, "limit", result_slope, limit)},
    {FIELD(NUMBER, "confidence", result_slope, confidence)},
    {FIELD(COUNT, "cycles", result_slope, cycles)},
    {FIELD(COUNT, "first_cycle", result_slope, first_cycle),
     .zero_is_null = true},
};

static const struct record slope_record = RECORD(result_slope, slope_fields);

static const struct field usage_fields[] = {
    {FIELD(COUNT, "threads", result_usage, threads)},
    {FIELD(COUNT, "fds", result_usage, fds)},
    {FIELD(COUNT, "rss_bytes", result_usage, rss_bytes)},
    {FIELD(COUNT, "heap_bytes", result_usage, heap_bytes)},
};

static const struct record usage_record = RECORD(result_usage, usage_fields);

static const struct field resources_fields[] = {
    {FIELD(OBJECT, "before", result_resources, before),
     .record = &usage_record},
    {FIELD(OBJECT, "after", result_resources, after), .record = &usage_record},
    {FIELD(OBJECT, "peak", result_resources, peak), .record = &usage_record},
};

static const struct record resources_record =
    RECORD(result_resources, resources_fields);

static const struct field noise_fields[] = {
    {FIELD(NUMBER, "duration_s", result_noise, duration_s)},
    {FIELD(NUMBER, "steal", result_noise, steal)},
    {FIELD(NUMBER, "others", result_noise, others)},
    {FIELD(NUMBER, "pressure", result_noise, pressure)},
    {FIELD(NUMBER, "clock_step_s", result_noise, clock_step_s)},
};

static const struct record noise_record = RECORD(result_noise, noise_fields);

static const struct field cost_fields[] = {
    {FIELD(NUMBER, "instructions_per_lookup", result_cost, instructions)},
    {FIELD(NUMBER, "allocations_per_lookup", result_cost, allocations)},
    {FIELD(NUMBER, "syscalls_per_lookup", result_cost, syscalls)},
    {FIELD(NUMBER, "context_switches_per_lookup", result_cost,
           context_switches)},
};

static const struct record cost_record = RECORD(result_cost, cost_fields);

static const struct field outcome_fields[] = {
    {FIELD(STATE, "state", result_outcome, state), .required = true},
    {FIELD(INT, "signal", result_outcome, signal), .zero_is_null = true},
    {FIELD(TEXT, "detail", result_outcome, detail)},
};

static const struct record outcome_record =
    RECORD(result_outcome, outcome_fields);

static const struct field database_fields[] = {
    {FIELD(COUNT, "users", result_database, users)},
    {FIELD(COUNT, "bytes", result_database, bytes)},
    {FIELD(NUMBER, "generate_s", result_database, generate_s)},
    {FIELD(FLAG, "cached", result_database, cached)},
    {FIELD(TEXT, "file", result_database, file)},
};

static const struct record database_record =
    RECORD(result_database, database_fields);

static const struct field_map parameters_map = {
    .size = sizeof(struct result_parameter),
    .name = AT(result_parameter, path),
    .text = AT(result_parameter, word),
    .number = AT(result_parameter, number),
};

static const struct field_map parameters_text_map = {
    .size = sizeof(struct result_parameter),
    .name = AT(result_parameter, path),
    .text = AT(result_parameter, text),
    .texts_only = true,
};

static const struct field pool_fields[] = {
    {FIELD(COUNT, "min", result_pool, min)},
    {FIELD(COUNT, "max", result_pool, max)},
    {FIELD(TEXT, "shutdown", result_pool, shutdown)},
};

static const struct record pool_record = RECORD(result_pool, pool_fields);

static const struct field program_fields[] = {
    {FIELD(TEXT, "command", result_program, command)},
    {FIELD(TEXT, "read_at", result_program, read_at)},
    {FIELD(NUMBER, "duration_s", result_program, duration_s)},
};

static const struct record program_record =
    RECORD(result_program, program_fields);

static const struct field cell_fields[] = {
    {FIELD(TEXT, "subject", result_cell, subject), NAME},
    {FIELD(OBJECT, "pool", result_cell, pool), .record = &pool_record},
    {FIELD(OPTIONAL, "program", result_cell, program),
     .companion = AT(result_cell, program.given), .record = &program_record},
    {FIELD(TEXT, "label", result_cell, label), NAME},
    {FIELD(FLAG, "reference", result_cell, reference)},
    {FIELD(MAP, "parameters", result_cell, parameters),
     LIST(result_cell, parameters), .map = &parameters_map},
    {FIELD(MAP, "parameters_text", result_cell, parameters),
     LIST(result_cell, parameters), .map = &parameters_text_map},
    {FIELD(UNSIGNED, "block", result_cell, block)},
    {FIELD(OBJECT, "outcome", result_cell, outcome), .record = &outcome_record,
     .required = true},
    {FIELD(OBJECT, "database", result_cell, database),
     .record = &database_record},
    {FIELD(LIST, "phases", result_cell, phases), LIST(result_cell, phases),
     .record = &phase_record},
    {FIELD(OBJECT, "cycles", result_cell, cycles), .record = &cycles_record},
    {FIELD(LIST, "left_behind", result_cell, leftovers),
     LIST(result_cell, leftovers), .record = &leftover_record},
    {FIELD(OPTIONAL, "under", result_cell, under),
     .companion = AT(result_cell, under.given), .record = &under_record},
    {FIELD(LIST, "findings", result_cell, findings),
     LIST(result_cell, findings), .record = &finding_record},
    {FIELD(LIST, "slope", result_cell, slopes), LIST(result_cell, slopes),
     .record = &slope_record},
    {FIELD(OBJECT, "resources", result_cell, resources),
     .record = &resources_record},
    {FIELD(OPTIONAL, "noise", result_cell, noise),
     .companion = AT(result_cell, noise.given), .record = &noise_record},
    {FIELD(OBJECT, "cost", result_cell, cost), .record = &cost_record},
    {FIELD(TEXT, "error", result_cell, error)},
    {FIELD(TEXT, "ledger_disputed", result_cell, ledger_disputed)},
    {FIELD(TEXT, "build", result_cell, build)},
};

const struct record result_cell_record = RECORD(result_cell, cell_fields);

static const struct field expectation_fields[] = {
    {FIELD(TEXT, "text", result_expectation, text), NAME},
    {FIELD(UNSIGNED, "line", result_expectation, line), .zero_is_null = true},
    {FIELD(HELD, "held", result_expectation, held)},
    {FIELD(TEXT, "measured", result_expectation, measured)},
    {FIELD(TEXT, "why", result_expectation, why)},
};

static const struct record expectation_record =
    RECORD(result_expectation, expectation_fields);

static const struct field audit_fields[] = {
    {FIELD(TEXT, "check", result_audit, check), NAME},
    {FIELD(FLAG, "ok", result_audit, ok)},
    {FIELD(TEXT, "detail", result_audit, detail)},
};

static const struct record audit_record = RECORD(result_audit, audit_fields);

static const struct field include_fields[] = {
    {FIELD(TEXT, "path", result_include, path), NAME},
    {FIELD(TEXT, "sha256", result_include, sha256)},
    {FIELD(TEXT, "text", result_include, text)},
};

static const struct record include_record =
    RECORD(result_include, include_fields);

static const struct field setting_fields[] = {
    {FIELD(TEXT, "key", result_setting, key), NAME},
    {FIELD(TEXT, "value", result_setting, value), NAME},
};

static const struct record setting_record =
    RECORD(result_setting, setting_fields);

static const struct field scenario_fields[] = {
    {FIELD(TEXT, "path", result_scenario, path), NAME},
    {FIELD(TEXT, "title", result_scenario, title), NAME},
    {FIELD(TEXT, "sha256", result_scenario, sha256)},
    {FIELD(TEXT, "text", result_scenario, text)},
    {FIELD(LIST, "includes", result_scenario, includes),
     LIST(result_scenario, includes), .record = &include_record},
    {FIELD(LIST, "set", result_scenario, set), LIST(result_scenario, set),
     .record = &setting_record},
};

static const struct record scenario_record =
    RECORD(result_scenario, scenario_fields);

static const struct field question_fields[] = {
    {FIELD(NUMBER, "value", result_question, value)},
    {FIELD(HELD, "held", result_question, held)},
    {FIELD(FLAG, "confirming", result_question, confirming)},
};

static const struct record question_record =
    RECORD(result_question, question_fields);

static const struct field find_fields[] = {
    {FIELD(TEXT, "path", result_find, path), NAME},
    {FIELD(TEXT, "holds", result_find, holds), NAME},
    {FIELD(TEXT, "state", result_find, state), NAME},
    {FIELD(NUMBER, "from", result_find, from)},
    {FIELD(NUMBER, "to", result_find, to)},
    {FIELD(NUMBER, "value", result_find, value)},
    {FIELD(NUMBER, "above", result_find, above)},
    {FIELD(LIST, "questions", result_find, questions),
     LIST(result_find, questions), .record = &question_record},
    {FIELD(TEXT, "text", result_find, text), NAME},
};

static const struct record find_record = RECORD(result_find, find_fields);

static const struct field_map environment_map = {
    .size = sizeof(struct result_fact),
    .name = AT(result_fact, name),
    .text = AT(result_fact, text),
    .number = AT(result_fact, number),
};

static const struct field shard_fields[] = {
    {FIELD(TEXT, "path", result_shard, path), NAME},
    {FIELD(COUNT, "seed", result_shard, seed)},
    {FIELD(TEXT, "started_at", result_shard, started_at)},
    {FIELD(UNSIGNED, "first_block", result_shard, first_block)},
};

static const struct record shard_record = RECORD(result_shard, shard_fields);

static const struct field merge_fields[] = {
    {FIELD(TEXT, "how", result_merge, how), NAME},
    {FIELD(LIST, "shards", result_merge, shards), LIST(result_merge, shards),
     .record = &shard_record},
};

static const struct record merge_record = RECORD(result_merge, merge_fields);

static const struct field result_fields[] = {
    {FIELD(TEXT, "version", result, version), NAME},
    {FIELD(OBJECT, "scenario", result, scenario), .record = &scenario_record},
    {FIELD(COUNT, "seed", result, seed)},
    {FIELD(TEXT, "started_at", result, started_at), NAME},
    {FIELD(MAP, "environment", result, environment), LIST(result, environment),
     .map = &environment_map},
    {FIELD(VERDICT, "verdict", result, verdict), .required = true},
    {FIELD(LIST, "expectations", result, expectations),
     LIST(result, expectations), .record = &expectation_record},
    {FIELD(LIST, "audit", result, audit), LIST(result, audit),
     .record = &audit_record},
    {FIELD(OPTIONAL, "find", result, find),
     .companion = AT(result, find.is_sought), .record = &find_record},
    {FIELD(LIST, "cells", result, cells), LIST(result, cells),
     .record = &result_cell_record},
    {FIELD(OPTIONAL, "comparison", result, comparison),
     .companion = AT(result, comparison.given),
     .record = &result_comparison_record},
    {FIELD(LIST, "slices", result, slices), LIST(result, slices),
     .record = &result_slices_record},
    {FIELD(OPTIONAL, "merged", result, merge),
     .companion = AT(result, merge.given), .record = &merge_record},
};

const struct record result_record = RECORD(result, result_fields);
