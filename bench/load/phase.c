/* SPDX-License-Identifier: Apache-2.0 */
#include "load/phase.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/text.h"
#include "load/schedule.h"
#include "scenario/scenario.h"

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
    tally_fini(&phase->tally);
    if (phase->paced) {
        histogram_fini(&phase->late);
    }
}

void phase_begin(struct phase *phase, uint64_t cycle) {
    phase->stream = keys_stream(&phase->keys, cycle);
    phase->arrivals = schedule_stream(phase->keys.seed, cycle);
    phase->drawn = 0;
    phase->settled = 0;
    phase->start_ns = 0;
    phase->end_ns = 0;
    phase->window_ns = 0;
    phase->window_completed = 0;
}

void phase_start(struct phase *phase, uint64_t start_ns) {
    phase->start_ns = start_ns;
    phase->end_ns =
        phase->plan->for_ns != 0 ? start_ns + phase->plan->for_ns : UINT64_MAX;
}

void phase_end(struct phase *phase, uint64_t end_ns) {
    phase->window_ns = end_ns - phase->start_ns;
}

void phase_keep(struct phase *phase) {
    phase->duration_ns += phase->window_ns;
    phase->completed_in_window += phase->window_completed;
}

void phase_draw(const struct phase *phase, uint64_t k,
                char login[PEOPLE_FIELD_MAX + 1],
                struct subject_request *request) {
    struct key key = keys_draw(&phase->keys, phase->stream, k, login);
    request->login = key.login;
    request->login_size = key.login_size;
    request->user = key.user;
    request->site = phase->site;
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
        .completed_in_window = phase->completed_in_window,
        .in_flight_peak = phase->in_flight_peak,
        .throughput_per_s =
            phase->duration_ns > 0
                ? (double)phase->completed_in_window / duration_s
                : (double)NAN,
    };
    if (tally->timed) {
        histogram_summary(&tally->latency, &result_out->latency);
        histogram_summary(&tally->service, &result_out->service);
        result_out->histogram = phase_histogram(&tally->latency, arena);
        result_out->service_histogram = phase_histogram(&tally->service, arena);
    }
    if (tally->stages != NULL) {
        stages_result(tally->stages, &tally->latency, result_out);
    }
    if (phase->paced) {
        histogram_summary(&phase->late, &result_out->lateness);
    }
}
