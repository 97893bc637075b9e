/* SPDX-License-Identifier: Apache-2.0 */
#include "base/result_fields.h"

#include "base/result.h"

static const struct field side_fields[] = {
    {FIELD(TEXT, "path", result_side, path), NAME},
    {FIELD(TEXT, "version", result_side, version)},
    {FIELD(TEXT, "build", result_side, build)},
    {FIELD(TEXT, "started_at", result_side, started_at)},
};

static const struct record side_record = RECORD(result_side, side_fields);

static const struct field remark_fields[] = {
    {FIELD(TEXT, "text", result_remark, text), NAME},
};

static const struct record remark_record = RECORD(result_remark, remark_fields);

static const struct field compared_fields[] = {
    {FIELD(TEXT, "point", result_compared, point), NAME},
    {FIELD(TEXT, "subject", result_compared, subject), NAME},
    {FIELD(TEXT, "metric", result_compared, metric), NAME},
    {FIELD(TEXT, "phase", result_compared, phase)},
    {FIELD(TEXT, "unit", result_compared, unit)},
    {FIELD(NUMBER, "base", result_compared, base_value)},
    {FIELD(NUMBER, "new", result_compared, new_value)},
    {FIELD(NUMBER, "ratio", result_compared, ratio)},
    {FIELD(NUMBER, "low", result_compared, low)},
    {FIELD(NUMBER, "high", result_compared, high)},
    {FIELD(NUMBER, "confidence", result_compared, confidence)},
    {FIELD(NUMBER, "tolerance", result_compared, tolerance)},
    {FIELD(NUMBER, "visible", result_compared, visible)},
    {FIELD(COUNT, "samples", result_compared, samples)},
    {FIELD(TEXT, "answer", result_compared, answer), NAME},
    {FIELD(COUNT, "more_blocks", result_compared, more_blocks)},
    {FIELD(TEXT, "why", result_compared, why)},
};

static const struct record compared_record =
    RECORD(result_compared, compared_fields);

static const struct field comparison_fields[] = {
    {FIELD(OBJECT, "base", result_comparison, base), .record = &side_record},
    {FIELD(OBJECT, "new", result_comparison, newer), .record = &side_record},
    {FIELD(TEXT, "method", result_comparison, method), NAME},
    {FIELD(NUMBER, "tolerance", result_comparison, tolerance)},
    {FIELD(NUMBER, "error", result_comparison, error)},
    {FIELD(TEXT, "answer", result_comparison, answer), NAME},
    {FIELD(TEXT, "why", result_comparison, why)},
    {FIELD(LIST, "remarks", result_comparison, remarks),
     LIST(result_comparison, remarks), .record = &remark_record},
    {FIELD(LIST, "figures", result_comparison, figures),
     LIST(result_comparison, figures), .record = &compared_record},
};

static const struct field slices_fields[] = {
    {FIELD(TEXT, "subject", result_slices, subject), NAME},
    {FIELD(TEXT, "label", result_slices, label), NAME},
    {FIELD(TEXT, "phase", result_slices, phase), NAME},
    {FIELD(UNSIGNED, "block", result_slices, block)},
    {FIELD(STATE, "state", result_slices, state), .required = true},
    {FIELD(COUNT, "quadruples", result_slices, quadruples)},
    {FIELD(NUMBER, "throughput_per_s", result_slices, throughput_per_s)},
    {FIELD(NUMBER, "other_throughput_per_s", result_slices,
           other_throughput_per_s)},
    {FIELD(NUMBER, "throughput_ratio", result_slices, throughput_ratio)},
    {FIELD(NUMBER, "cpu_ns", result_slices, cpu_ns)},
    {FIELD(NUMBER, "other_cpu_ns", result_slices, other_cpu_ns)},
    {FIELD(NUMBER, "cpu_ratio", result_slices, cpu_ratio)},
    {FIELD(COUNT, "wrong", result_slices, wrong)},
    {FIELD(COUNT, "other_wrong", result_slices, other_wrong)},
    {FIELD(TEXT, "why", result_slices, why)},
};

const struct record result_slices_record = RECORD(result_slices, slices_fields);

const struct record result_comparison_record =
    RECORD(result_comparison, comparison_fields);
