/* SPDX-License-Identifier: Apache-2.0 */
#include "report/hgrm.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/result.h"
#include "base/text.h"
#include "measure/histogram.h"
#include "report/curve.h"
#include "report/display.h"
#include "report/name.h"

#define NS_PER_MS 1e6
#define TICKS_PER_HALF 5.0
#define EXTENSION ".hgrm"
#define NAME_BYTES_MAX ((size_t)200)

/* Of our layout: 3 significant digits, 1 ns to 1 h. */
#define SUB_BUCKETS 2048
#define BUCKETS 32

/* ---- The lines -----------------------------------------------------------*/

static double in_ms(uint64_t value_ns) {
    return (double)value_ns / NS_PER_MS;
}

/* The next percentile of which there is a line: a fifth of the way to where
 * half as many samples are left. */
static double next_percentile(double percentile) {
    const double halvings = floor(log2(100 / (100 - percentile))) + 1;
    return percentile + 100 / (TICKS_PER_HALF * exp2(halvings));
}

static void append_line(struct text *text, uint64_t value_ns, double percentile,
                        uint64_t below) {
    text_format(text, "%12.3f %2.12f %10" PRIu64 " %14.2f\n", in_ms(value_ns),
                percentile / 100, below, 1 / (1 - percentile / 100));
}

/* The last line, of 100 %, is shorter: 1/(1-1) is no number. What is left of
 * very many may be so few that all but them is 100 %, too, as far as a double
 * knows: then it is the next line at once. */
static void append_lines(const struct histogram *histogram, struct text *text) {
    const size_t last = histogram_index(histogram->max);
    const double total = (double)histogram->total;
    double percentile = 0;
    uint64_t below = 0;
    for (size_t i = histogram_index(histogram->min); i <= last; i++) {
        if (histogram->counts[i] == 0) {
            continue;
        }
        below += histogram->counts[i];
        while (100 * ((double)below / total) >= percentile) {
            const double next = next_percentile(percentile);
            append_line(text, histogram_highest(i), percentile, below);
            if (below == histogram->total || next <= percentile ||
                next >= 100) {
                break;
            }
            percentile = next;
        }
    }
    text_format(text, "%12.3f %2.12f %10" PRIu64 "\n",
                in_ms(histogram_highest(last)), 1.0, histogram->total);
}

/* ---- What stands below ---------------------------------------------------*/

struct moments {
    double mean;
    double deviation;
};

/* The middle of a bucket stands for what is in it, as in Java's. */
static double middle(size_t index) {
    const uint64_t lowest = histogram_lowest(index);
    const uint64_t size = histogram_highest(index) - lowest + 1;
    const uint64_t half = size / 2;
    return (double)(lowest + half);
}

static struct moments moments_of(const struct histogram *histogram) {
    const size_t last = histogram_index(histogram->max);
    const double total = (double)histogram->total;
    struct moments moments = {0};
    for (size_t i = histogram_index(histogram->min); i <= last; i++) {
        moments.mean += middle(i) * (double)histogram->counts[i] / total;
    }
    for (size_t i = histogram_index(histogram->min); i <= last; i++) {
        const double distance = middle(i) - moments.mean;
        moments.deviation +=
            distance * distance * (double)histogram->counts[i] / total;
    }
    moments.deviation = sqrt(moments.deviation);
    return moments;
}

void hgrm_append(const struct histogram *histogram, struct text *text) {
    text_format(text, "%12s %14s %10s %14s\n\n", "Value", "Percentile",
                "TotalCount", "1/(1-Percentile)");
    if (histogram->total == 0) {
        text_format(text, "%12.3f %2.12f %10d\n", 0.0, 1.0, 0);
        return;
    }
    const struct moments moments = moments_of(histogram);
    append_lines(histogram, text);
    text_format(text, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n",
                moments.mean / NS_PER_MS, moments.deviation / NS_PER_MS);
    text_format(text, "#[Max     = %12.3f, Total count    = %12" PRIu64 "]\n",
                in_ms(histogram_highest(histogram_index(histogram->max))),
                histogram->total);
    text_format(text, "#[Buckets = %12d, SubBuckets     = %12d]\n", BUCKETS,
                SUB_BUCKETS);
}

/* ---- A result's ----------------------------------------------------------*/

/* false: it is not known as a whole, or nothing was measured. */
static bool append_curve(const struct curve *curve, struct arena *arena,
                         struct text *text) {
    const size_t blocks = curve->point->cells_count;
    struct histogram histogram;
    histogram_init(&histogram);
    const bool known =
        curve_histogram(curve, CURVE_LATENCY, &histogram, NULL) &&
        histogram.total != 0;
    if (known) {
        hgrm_append(&histogram, text);
        text_append(text, "#[");
        display_append(text, curve_title(curve, arena));
        text_format(text, ": ms from the intended start, %zu block%s]\n",
                    blocks, blocks == 1 ? "" : "s added");
    }
    histogram_fini(&histogram);
    return known;
}

/* A folder takes no slash, who lists it no surprises, and a file system no name
 * that is longer than 255 bytes. */
static const char *file_name(const struct curve *curve, size_t index,
                             struct arena *arena) {
    const char *point = curve->name;
    char *name = arena_format(arena, "%s%s%s.%s" EXTENSION, curve->scenario,
                              *point == '\0' ? "" : ".", point, curve->phase);
    for (char *at = name; *at != '\0'; at++) {
        if (*at == '/' || *at == ' ' || (*at > 0 && *at < 32)) {
            *at = '_';
        }
    }
    return strlen(name) <= NAME_BYTES_MAX
               ? name
               : arena_format(arena, "%.*s.%zu" EXTENSION,
                              (int)NAME_BYTES_MAX / 2, curve->scenario, index);
}

/* Two points may have names that differ only in what a file's may not have. */
static const char *free_name(const struct format_file *files, size_t count,
                             const char *name, size_t index,
                             struct arena *arena) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(files[i].name, name) == 0) {
            const size_t stem = strlen(name) - strlen(EXTENSION);
            return arena_format(arena, "%.*s.%zu" EXTENSION, (int)stem, name,
                                index);
        }
    }
    return name;
}

struct format_file *hgrm_files(const struct result *result, struct arena *arena,
                               size_t *count_out) {
    size_t curves_count = 0;
    size_t count = 0;
    const struct curve *curves = curve_list(result, arena, &curves_count);
    struct format_file *files =
        arena_alloc(arena, curves_count * sizeof *files);
    for (size_t i = 0; i < curves_count; i++) {
        struct text text;
        text_init(&text);
        if (append_curve(&curves[i], arena, &text)) {
            const char *name = file_name(&curves[i], i, arena);
            files[count] = (struct format_file){
                .name = free_name(files, count, name, i, arena),
                .bytes = arena_text_n(arena, text.bytes, text.size),
                .size = text.size,
            };
            count++;
        }
        text_fini(&text);
    }
    if (count == 1) {
        files[0].name = arena_format(arena, "%s" EXTENSION, curves[0].scenario);
    }
    *count_out = count;
    return files;
}

void hgrm_write(const struct result *result, struct arena *arena,
                struct text *text) {
    size_t count = 0;
    const struct format_file *files = hgrm_files(result, arena, &count);
    for (size_t i = 0; i < count; i++) {
        text_append_n(text, files[i].bytes, files[i].size);
    }
}
