/* SPDX-License-Identifier: Apache-2.0 */
#include "load/phase.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/text.h"
#include "load/errand.h"
#include "load/schedule.h"
#include "load/series.h"
#include "load/settled.h"
#include "scenario/scenario.h"
#include "scenario/schema.h"

static const struct load_spent nothing_spent;

void phase_init(struct phase *phase, const struct phase_options *options,
                struct arena *arena) {
    memset(phase, 0, sizeof *phase);
    phase->plan = options->plan;
    phase->site = (struct dbpool_site){
        .file = options->scenario_path,
        .function = "load",
        .line = (int)options->plan->line,
    };
    keys_init(&phase->keys, options->people, options->plan, options->place,
              arena);
    phase->index = options->place.phase;
    phase->roll = options->roll;
    phase->spent_now = options->plan->measure ? options->spent : NULL;
    phase->mixed = scenario_phase_is_mixed(options->plan);
    if (phase->mixed) {
        mix_init(&phase->mix, &options->plan->operations);
    }
    tally_init(&phase->tally, options->plan->measure);
    if (options->plan->measure && options->stages) {
        tally_stage(&phase->tally, true);
    }
    phase->paced =
        options->plan->measure && scenario_phase_is_timed(options->plan);
    if (phase->paced) {
        histogram_init(&phase->late);
        if (!options->stages) {
            tally_stage(&phase->tally, false);
        }
    }
}

void phase_fini(struct phase *phase) {
    series_free(phase->series);
    tally_fini(&phase->tally);
    if (phase->paced) {
        histogram_fini(&phase->late);
    }
}

void phase_keep_series(struct phase *phase, size_t points_max) {
    const struct series_options options = {
        .points_max = points_max,
        .from_steady = phase->plan->from_steady,
    };
    phase->series = series_new(&options, &phase->tally);
}

void phase_look(const struct phase *phase, uint64_t now_ns, uint64_t in_flight,
                const struct result_usage *usage) {
    if (phase == NULL) {
        return;
    }
    const struct series_look look = {
        .now_ns = now_ns < phase->end_ns ? now_ns : phase->end_ns,
        .completed = phase->window_completed,
        .in_flight = in_flight,
        .usage = usage,
    };
    series_look(phase->series, &look);
}

void phase_begin(struct phase *phase, uint64_t cycle) {
    phase->stream = keys_stream(&phase->keys, cycle);
    phase->arrivals = schedule_stream(phase->keys.seed, cycle);
    phase->part = (cycle - 1) * SCHEMA_PHASES_MAX + phase->index;
    phase->drawn = 0;
    phase->settled = 0;
    phase->start_ns = 0;
    phase->end_ns = 0;
    phase->window_ns = 0;
    phase->window_completed = 0;
    phase->window_spent = (struct load_spent){0};
}

void phase_start(struct phase *phase, uint64_t start_ns) {
    phase->start_ns = start_ns;
    phase->end_ns =
        phase->plan->for_ns != 0 ? start_ns + phase->plan->for_ns : UINT64_MAX;
    series_start(phase->series, start_ns);
    if (phase->spent_now != NULL) {
        phase->spent_now(true, &phase->spent_before);
    }
}

void phase_end(struct phase *phase, uint64_t end_ns) {
    struct load_spent spent;
    if (phase->spent_now != NULL) {
        phase->spent_now(false, &spent);
        spent_add(&phase->window_spent, &phase->spent_before, &spent);
    }
    phase->window_ns = end_ns - phase->start_ns;
    series_stop(phase->series, end_ns, phase->window_completed);
}

void phase_keep(struct phase *phase) {
    phase->duration_ns += phase->window_ns;
    phase->completed_in_window += phase->window_completed;
    spent_add(&phase->spent, &nothing_spent, &phase->window_spent);
}

void phase_draw(const struct phase *phase, uint64_t k,
                char login[PEOPLE_FIELD_MAX + 1],
                struct subject_request *request) {
    request->site = phase->site;
    if (phase->roll != NULL) {
        errand_of(request)->asked = roll_now(phase->roll);
    }
    if (phase->mixed) {
        errand_draw(phase, k, login, request);
        return;
    }
    struct key key = keys_draw(&phase->keys, phase->stream, k, login);
    request->operation = SUBJECT_LOOKUP;
    request->login = key.login;
    request->login_size = key.login_size;
    request->user = key.user;
}

static const char *phase_histogram(const struct histogram *histogram,
                                   struct arena *arena) {
    struct text text;
    text_init(&text);
    histogram_encode(histogram, &text);
    const char *encoded = arena_text_n(arena, text.bytes, text.size);
    text_fini(&text);
    return encoded;
}

static void put_latencies(const struct histogram *latency,
                          const struct histogram *service, struct arena *arena,
                          struct result_phase *result) {
    histogram_summary(latency, &result->latency);
    histogram_summary(service, &result->service);
    result->histogram = phase_histogram(latency, arena);
    result->service_histogram = phase_histogram(service, arena);
}

static void set_in_flight(const struct phase *phase, uint64_t from_ns,
                          struct result_phase *result) {
    const struct series_mean found = series_in_flight(phase->series, from_ns);
    result->in_flight_mean = found.mean;
    result->in_flight_error = found.error;
}

/* Whatever came before is not measured; all of it, where it never was steady.
 */
static void put_steady(const struct phase *phase, struct arena *arena,
                       struct result_phase *result) {
    struct histogram latency;
    struct histogram service;
    result->steady = settled_find(result->series, result->series_count, arena);
    result->throughput_per_s = (double)NAN;
    if (!result->steady.found) {
        return;
    }
    histogram_init(&latency);
    histogram_init(&service);
    const struct series_part part =
        series_since(phase->series,
                     (uint64_t)(result->steady.from_s * (double)CLOCK_NS_PER_S),
                     &latency, &service);
    put_latencies(&latency, &service, arena, result);
    histogram_fini(&latency);
    histogram_fini(&service);
    result->steady.from_s = (double)part.from_ns / (double)CLOCK_NS_PER_S;
    result->duration_s = (double)part.length_ns / (double)CLOCK_NS_PER_S;
    result->completed_in_window = part.completed;
    result->throughput_per_s = (double)part.completed / result->duration_s;
    set_in_flight(phase, part.from_ns, result);
}

static void put_series(const struct phase *phase, struct arena *arena,
                       struct result_phase *result) {
    series_finish(phase->series);
    result->series = series_points(phase->series, arena, &result->series_count);
    set_in_flight(phase, 0, result);
}

static struct result_operations phase_operations(const struct tally *tally) {
    const uint64_t *counts = tally->by_operation;
    return (struct result_operations){
        .lookup = counts[SUBJECT_LOOKUP],
        .rename = counts[SUBJECT_RENAME],
        .sign_up = counts[SUBJECT_SIGN_UP],
        .sign_off = counts[SUBJECT_SIGN_OFF],
        .transfer = counts[SUBJECT_TRANSFER],
        .scan = counts[SUBJECT_SCAN],
    };
}

void phase_result(const struct phase *phase, struct arena *arena,
                  struct result_phase *result_out) {
    const struct tally *tally = &phase->tally;
    double duration_s = (double)phase->duration_ns / (double)CLOCK_NS_PER_S;
    *result_out = (struct result_phase){
        .name = arena_text(arena, phase->plan->name),
        .measured = phase->plan->measure,
        .duration_s = duration_s,
        .submitted = tally->submitted,
        .completed = tally->completed,
        .failed = tally->failed,
        .rejected = tally->rejected,
        .cancelled = tally->cancelled,
        .wrong = tally->wrong,
        .mixed = phase->mixed,
        .operations = phase_operations(tally),
        .completed_in_window = phase->completed_in_window,
        .in_flight_peak = phase->in_flight_peak,
        .in_flight_mean = (double)NAN,
        .in_flight_error = (double)NAN,
        .throughput_per_s =
            phase->duration_ns > 0
                ? (double)phase->completed_in_window / duration_s
                : (double)NAN,
    };
    if (phase->series != NULL) {
        put_series(phase, arena, result_out);
    }
    if (tally->timed && phase->plan->from_steady) {
        put_steady(phase, arena, result_out);
    } else if (tally->timed) {
        put_latencies(&tally->latency, &tally->service, arena, result_out);
    }
    if (tally->stages != NULL) {
        stages_result(tally->stages, &tally->latency, result_out);
    }
    if (phase->paced) {
        histogram_summary(&phase->late, &result_out->lateness);
    }
}
