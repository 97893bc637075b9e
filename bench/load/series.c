/* SPDX-License-Identifier: Apache-2.0 */
#include "load/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"
#include "load/tally.h"
#include "measure/coarse.h"
#include "measure/histogram.h"
#include "measure/spread.h"
#include "scenario/scenario.h"

#define WIDTH_NS CLOCK_NS_PER_S

struct point {
    uint64_t begin_ns; /* of the phase's clock */
    uint64_t length_ns;
    uint64_t completed;
    uint64_t looks; /* that knew how many were in flight */
    uint64_t in_flight_sum;
    double in_flight_squares;
    struct result_usage peak;
    uint64_t cpu_ns;
    uint64_t switches;
    uint64_t max_ns; /* of the latencies; 0: none */
    struct coarse latency;
};

/* As exact as the tally, for what is measured from some point on. Its
 * histograms are its own for life, and are empty while it is not in use. */
struct block {
    uint64_t begin_ns;
    uint64_t length_ns;
    uint64_t completed;
    struct histogram latency;
    struct histogram service;
};

struct process_use {
    uint64_t cpu_ns;
    uint64_t switches;
};

struct series {
    /* Fixed. */
    const struct tally *tally;
    size_t points_max;

    /* Up to the last cut. */
    struct point *points;
    size_t points_count;
    uint64_t width_ns;
    uint64_t *latency_seen; /* what its counts were; NULL: untimed */
    uint64_t *service_seen; /* NULL: it takes no blocks */
    uint64_t total_seen;    /* latencies */
    uint64_t completed_seen;
    struct block *blocks; /* SERIES_BLOCKS_MAX of them; NULL: none */
    size_t blocks_count;
    uint64_t block_width_ns;

    /* Since. */
    struct point open;
    bool running;
    uint64_t start_ns; /* while it runs: of this cycle */
    struct process_use start_use;
    uint64_t clock_ns;       /* of the cycles before */
    uint64_t completed_kept; /* in these */
    uint64_t cut_ns;         /* the phase's clock, when the next cut is due */
    uint64_t block_ns;       /* the same for blocks */
};

/* ---- Intervals -----------------------------------------------------------*/

static struct process_use use_now(void) {
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    const uint64_t s =
        (uint64_t)usage.ru_utime.tv_sec + (uint64_t)usage.ru_stime.tv_sec;
    const uint64_t us =
        (uint64_t)usage.ru_utime.tv_usec + (uint64_t)usage.ru_stime.tv_usec;
    return (struct process_use){
        .cpu_ns = s * CLOCK_NS_PER_S + us * 1000,
        .switches = (uint64_t)usage.ru_nvcsw + (uint64_t)usage.ru_nivcsw,
    };
}

/* What the process used since the last time belongs to the open interval. */
static void add_use(struct series *series) {
    const struct process_use now = use_now();
    series->open.cpu_ns += now.cpu_ns - series->start_use.cpu_ns;
    series->open.switches += now.switches - series->start_use.switches;
    series->start_use = now;
}

static void raise_to(uint64_t *peak, uint64_t value) {
    if (value != RESULT_UNKNOWN && (*peak == RESULT_UNKNOWN || value > *peak)) {
        *peak = value;
    }
}

static void raise_usage(struct result_usage *peak,
                        const struct result_usage *usage) {
    raise_to(&peak->threads, usage->threads);
    raise_to(&peak->fds, usage->fds);
    raise_to(&peak->rss_bytes, usage->rss_bytes);
    raise_to(&peak->heap_bytes, usage->heap_bytes);
}

static void open_at(struct series *series, uint64_t clock_ns) {
    memset(&series->open, 0, sizeof series->open);
    series->open.begin_ns = clock_ns;
    series->open.peak = (struct result_usage){
        .threads = RESULT_UNKNOWN,
        .fds = RESULT_UNKNOWN,
        .rss_bytes = RESULT_UNKNOWN,
        .heap_bytes = RESULT_UNKNOWN,
    };
    series->cut_ns = (clock_ns / series->width_ns + 1) * series->width_ns;
}

static void point_join(struct point *into, const struct point *next) {
    into->length_ns += next->length_ns;
    into->completed += next->completed;
    into->looks += next->looks;
    into->in_flight_sum += next->in_flight_sum;
    into->in_flight_squares += next->in_flight_squares;
    raise_usage(&into->peak, &next->peak);
    into->cpu_ns += next->cpu_ns;
    into->switches += next->switches;
    into->max_ns = next->max_ns > into->max_ns ? next->max_ns : into->max_ns;
    coarse_add(&into->latency, &next->latency);
}

static void halve_points(struct series *series) {
    series->points_count /= 2;
    for (size_t i = 0; i < series->points_count; i++) {
        point_join(&series->points[2 * i], &series->points[2 * i + 1]);
        series->points[i] = series->points[2 * i];
    }
    series->width_ns *= 2;
}

/* ---- Blocks --------------------------------------------------------------*/

static void block_clear(struct block *block) {
    block->begin_ns = 0;
    block->length_ns = 0;
    block->completed = 0;
    histogram_clear(&block->latency);
    histogram_clear(&block->service);
}

static void block_join(struct block *into, struct block *next) {
    into->length_ns += next->length_ns;
    into->completed += next->completed;
    histogram_add(&into->latency, &next->latency);
    histogram_add(&into->service, &next->service);
    block_clear(next);
}

static void halve_blocks(struct series *series) {
    series->blocks_count /= 2;
    for (size_t i = 0; i < series->blocks_count; i++) {
        block_join(&series->blocks[2 * i], &series->blocks[2 * i + 1]);
        const struct block empty = series->blocks[i];
        series->blocks[i] = series->blocks[2 * i];
        series->blocks[2 * i] = empty;
    }
    series->block_width_ns *= 2;
}

/* The one that an interval belongs to which begins at @clock_ns. */
static struct block *block_at(struct series *series, uint64_t clock_ns) {
    if (series->blocks_count == 0 || clock_ns >= series->block_ns) {
        if (series->blocks_count == SERIES_BLOCKS_MAX) {
            halve_blocks(series);
        }
        struct block *block = &series->blocks[series->blocks_count++];
        block->begin_ns = clock_ns;
        series->block_ns =
            (clock_ns / series->block_width_ns + 1) * series->block_width_ns;
    }
    return &series->blocks[series->blocks_count - 1];
}

/* ---- Cuts ----------------------------------------------------------------*/

/* What came to @histogram since @seen was made the same. Returns the highest
 * value of it; 0: nothing. */
static uint64_t take_new(const struct histogram *histogram, uint64_t *seen,
                         struct coarse *coarse, struct histogram *into) {
    uint64_t highest = 0;
    if (histogram->total == 0) {
        return 0;
    }
    const size_t last = histogram_index(histogram->max);
    for (size_t i = histogram_index(histogram->min); i <= last; i++) {
        const uint64_t more = histogram->counts[i] - seen[i];
        if (more == 0) {
            continue;
        }
        const uint64_t value_ns = histogram_highest(i);
        highest = value_ns < histogram->max ? value_ns : histogram->max;
        seen[i] = histogram->counts[i];
        if (coarse != NULL) {
            coarse_record(coarse, highest, more);
        }
        if (into != NULL) {
            histogram_record_many(into, highest, more);
        }
    }
    return highest;
}

static void cut(struct series *series, uint64_t clock_ns, uint64_t completed) {
    struct point *open = &series->open;
    const struct tally *tally = series->tally;
    add_use(series);
    open->length_ns = clock_ns - open->begin_ns;
    open->completed = completed - series->completed_seen;
    series->completed_seen = completed;
    struct block *block = NULL;
    if (series->blocks != NULL) {
        block = block_at(series, open->begin_ns);
        block->length_ns += open->length_ns;
        block->completed += open->completed;
        (void)take_new(&tally->service, series->service_seen, NULL,
                       &block->service);
    }
    if (series->latency_seen != NULL) {
        open->max_ns =
            take_new(&tally->latency, series->latency_seen, &open->latency,
                     block == NULL ? NULL : &block->latency);
        series->total_seen = tally->latency.total;
    }
    if (series->points_count == series->points_max) {
        halve_points(series);
    }
    series->points[series->points_count++] = *open;
    open_at(series, clock_ns);
}

void series_start(struct series *series, uint64_t now_ns) {
    if (series == NULL) {
        return;
    }
    CHECK(!series->running);
    series->running = true;
    series->start_ns = now_ns;
    series->start_use = use_now();
}

void series_stop(struct series *series, uint64_t now_ns, uint64_t completed) {
    if (series == NULL || !series->running) {
        return;
    }
    add_use(series);
    series->running = false;
    series->clock_ns += now_ns - series->start_ns;
    series->completed_kept += completed;
}

void series_look(struct series *series, const struct series_look *look) {
    if (series == NULL || !series->running) {
        return;
    }
    raise_usage(&series->open.peak, look->usage);
    if (look->in_flight != RESULT_UNKNOWN) {
        series->open.looks++;
        series->open.in_flight_sum += look->in_flight;
        series->open.in_flight_squares +=
            (double)look->in_flight * (double)look->in_flight;
    }
    const uint64_t clock_ns =
        series->clock_ns + look->now_ns - series->start_ns;
    if (clock_ns >= series->cut_ns) {
        cut(series, clock_ns, series->completed_kept + look->completed);
    }
}

/* What the drain answered may have no interval of its own: it is the last one's
 * then. */
void series_finish(struct series *series) {
    const struct tally *tally = series->tally;
    const uint64_t total = tally->timed ? tally->latency.total : 0;
    if (series->running) { /* it was broken off: the last cut is its end */
        series->running = false;
        raise_to(&series->clock_ns, series->open.begin_ns);
        raise_to(&series->completed_kept, series->completed_seen);
    }
    const bool empty = series->clock_ns == series->open.begin_ns;
    if (empty && total == series->total_seen) {
        return;
    }
    series->start_use = use_now();
    cut(series, series->clock_ns, series->completed_kept);
    if (empty && series->points_count > 1) {
        series->points_count--;
        point_join(&series->points[series->points_count - 1],
                   &series->points[series->points_count]);
    }
}

/* ---- What came of it -----------------------------------------------------*/

static double seconds(uint64_t ns) {
    return (double)ns / (double)CLOCK_NS_PER_S;
}

static uint64_t percentile(const struct point *point, double percent) {
    const uint64_t value_ns = coarse_percentile(&point->latency, percent);
    return value_ns != UINT64_MAX && value_ns > point->max_ns ? point->max_ns
                                                              : value_ns;
}

void series_latest(const struct series *series, uint64_t *p50_ns_out,
                   uint64_t *p99_ns_out) {
    *p50_ns_out = RESULT_UNKNOWN;
    *p99_ns_out = RESULT_UNKNOWN;
    if (series != NULL && series->points_count > 0) {
        const struct point *last = &series->points[series->points_count - 1];
        *p50_ns_out = percentile(last, 50);
        *p99_ns_out = percentile(last, 99);
    }
}

static const char *spread_text(const struct point *point, struct arena *arena) {
    struct text text;
    text_init(&text);
    spread_write(&point->latency, &text);
    const char *spread =
        text.size == 0 ? NULL : arena_text_n(arena, text.bytes, text.size);
    text_fini(&text);
    return spread;
}

struct result_series_point *series_points(const struct series *series,
                                          struct arena *arena,
                                          size_t *count_out) {
    struct result_series_point *points =
        arena_alloc(arena, series->points_count * sizeof *points);
    for (size_t i = 0; i < series->points_count; i++) {
        const struct point *point = &series->points[i];
        points[i] = (struct result_series_point){
            .t_s = seconds(point->begin_ns),
            .duration_s = seconds(point->length_ns),
            .completed = point->completed,
            .p50_ns = percentile(point, 50),
            .p99_ns = percentile(point, 99),
            .max_ns = point->max_ns == 0 ? RESULT_UNKNOWN : point->max_ns,
            .rss_bytes = point->peak.rss_bytes,
            .threads = point->peak.threads,
            .fds = point->peak.fds,
            .in_flight = point->looks == 0 ? (double)NAN
                                           : (double)point->in_flight_sum /
                                                 (double)point->looks,
            .cpu_s = seconds(point->cpu_ns),
            .context_switches = point->switches,
            .spread = spread_text(point, arena),
        };
    }
    *count_out = series->points_count;
    return points;
}

struct series_mean series_in_flight(const struct series *series,
                                    uint64_t from_ns) {
    double looks = 0;
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < series->points_count; i++) {
        const struct point *point = &series->points[i];
        if (point->begin_ns >= from_ns) {
            looks += (double)point->looks;
            sum += (double)point->in_flight_sum;
            squares += point->in_flight_squares;
        }
    }
    if (looks < SERIES_LOOKS_MIN) {
        return (struct series_mean){(double)NAN, (double)NAN};
    }
    const double mean = sum / looks;
    const double variance = (squares - sum * mean) / (looks - 1);
    return (struct series_mean){mean, sqrt(fmax(variance, 0) / looks)};
}

struct series_part series_since(const struct series *series, uint64_t from_ns,
                                struct histogram *latency,
                                struct histogram *service) {
    CHECK(series->blocks != NULL);
    struct series_part part = {.from_ns = RESULT_UNKNOWN};
    for (size_t i = 0; i < series->blocks_count; i++) {
        const struct block *block = &series->blocks[i];
        if (block->begin_ns < from_ns) {
            continue;
        }
        if (part.from_ns == RESULT_UNKNOWN) {
            part.from_ns = block->begin_ns;
        }
        part.length_ns += block->length_ns;
        part.completed += block->completed;
        histogram_add(latency, &block->latency);
        histogram_add(service, &block->service);
    }
    return part;
}

/* ---- How many ------------------------------------------------------------*/

#define LONG_S 10
#define LONG_LOOKUPS UINT64_C(1000000)

/* Seconds of such a phase need no more: less memory for the many short ones. */
static bool is_short(const struct scenario_phase *plan, uint64_t cycles) {
    const uint64_t planned_ns = LONG_S * CLOCK_NS_PER_S;
    return plan->for_ns != 0 ? plan->for_ns <= planned_ns / cycles
                             : plan->lookups <= LONG_LOOKUPS / cycles;
}

size_t series_points_max(const struct scenario_settings *settings,
                         size_t phase) {
    const size_t share = SERIES_POINTS_MAX / settings->phases_count / 2 * 2;
    const bool few = share < SERIES_POINTS_MIN ||
                     is_short(&settings->phases[phase], settings->cycles);
    return few ? SERIES_POINTS_MIN : share;
}

/* ---- Making --------------------------------------------------------------*/

/* calloc alone would take the memory when it is used, bit by bit, which would
 * look like a slow leak. */
static void *touched(size_t count, size_t size) {
    void *memory = malloc(count * size);
    if (memory == NULL) {
        check_out_of_memory();
    }
    memset(memory, 1, count * size);
    memset(memory, 0, count * size);
    return memory;
}

static void *zeroed(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (memory == NULL) {
        check_out_of_memory();
    }
    return memory;
}

static struct block *blocks_new(void) {
    struct block *blocks = zeroed(SERIES_BLOCKS_MAX, sizeof *blocks);
    for (size_t i = 0; i < SERIES_BLOCKS_MAX; i++) {
        histogram_init(&blocks[i].latency);
        histogram_init(&blocks[i].service);
        block_clear(&blocks[i]); /* touches it, as touched() does */
    }
    return blocks;
}

static void blocks_free(struct block *blocks) {
    for (size_t i = 0; blocks != NULL && i < SERIES_BLOCKS_MAX; i++) {
        histogram_fini(&blocks[i].latency);
        histogram_fini(&blocks[i].service);
    }
    free(blocks);
}

struct series *series_new(const struct series_options *options,
                          const struct tally *tally) {
    struct series *series = zeroed(1, sizeof *series);
    series->tally = tally;
    series->points_max = options->points_max;
    series->points = touched(options->points_max, sizeof *series->points);
    series->width_ns = WIDTH_NS;
    series->block_width_ns = WIDTH_NS;
    if (tally->timed) {
        series->latency_seen = touched(HISTOGRAM_COUNTS, sizeof(uint64_t));
    }
    if (tally->timed && options->from_steady) {
        series->service_seen = touched(HISTOGRAM_COUNTS, sizeof(uint64_t));
        series->blocks = blocks_new();
    }
    open_at(series, 0);
    return series;
}

void series_free(struct series *series) {
    if (series == NULL) {
        return;
    }
    blocks_free(series->blocks);
    free(series->latency_seen);
    free(series->service_seen);
    free(series->points);
    free(series);
}
