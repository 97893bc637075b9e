/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/quantity.h"
#include "base/result.h"
#include "base/text.h"
#include "measure/total.h"
#include "report/page.h"

/* Where the slowest lookups spent their time, of the block whose tail is the
 * median one: a mean over lookups that are in the tail, all of the same run. */

#define SHOWN_SHARE 0.02
#define DOMINANT_SHARE 0.5

static const struct {
    const char *name;
    const char *conclusion; /* where more than half of the time goes there */
} stages[RESULT_STAGES_COUNT] = {
    [RESULT_LAG] = {"lag", "the loop was late to submit them"},
    [RESULT_QUEUE] = {"queue", "the pool is too small for so many at once"},
    [RESULT_PICKUP] = {"pick-up", "they waited for others of their batch"},
    [RESULT_DATABASE] = {"database", "the database is what takes long"},
    [RESULT_HANDBACK] = {"hand-back", "the loop was late to take the answers"},
    [RESULT_CALLBACK] = {"callback", "the loop was busy with other answers"},
};

const char *page_stage_name(enum result_stage stage) {
    return stages[stage].name;
}

static int compare(const void *one, const void *other) {
    const uint64_t a = (*(const struct result_tail *const *)one)->from_ns;
    const uint64_t b = (*(const struct result_tail *const *)other)->from_ns;
    return (a > b) - (a < b);
}

const struct result_tail *page_median_tail(const struct page *page,
                                           const struct point *point,
                                           const char *phase) {
    const struct result_tail **tails =
        arena_alloc(page->arena, point->cells_count * sizeof(void *));
    size_t count = 0;
    for (size_t i = 0; i < point->cells_count; i++) {
        const struct result_phase *one = total_phase(point->cells[i], phase);
        if (one != NULL && one->tail.given) {
            tails[count++] = &one->tail;
        }
    }
    if (count == 0) {
        return NULL;
    }
    qsort(tails, count, sizeof(void *), compare);
    return tails[(count - 1) / 2];
}

static double known(double mean_ns) {
    return isfinite(mean_ns) && mean_ns > 0 ? mean_ns : 0;
}

/* "p99.9 4.13 ms; on average beyond it queue 3.62 ms, hand-back 300 us: ..." */
const char *page_tail_words(const struct page *page,
                            const struct result_tail *tail) {
    char from[QUANTITY_SIZE];
    double sum_ns = 0;
    const char *conclusion = NULL;
    struct text text;
    for (size_t i = 0; i < RESULT_STAGES_COUNT; i++) {
        sum_ns += known(tail->mean_ns[i]);
    }
    text_init(&text);
    text_format(&text, "p%g %s; on average beyond it", tail->percentile,
                quantity_duration(from, (double)tail->from_ns));
    const char *separator = " ";
    for (size_t i = 0; i < RESULT_STAGES_COUNT; i++) {
        const double mean_ns = known(tail->mean_ns[i]);
        char time[QUANTITY_SIZE];
        if (mean_ns >= sum_ns * SHOWN_SHARE && mean_ns > 0) {
            text_format(&text, "%s%s %s", separator, stages[i].name,
                        quantity_duration(time, mean_ns));
            separator = ", ";
        }
        if (mean_ns > sum_ns * DOMINANT_SHARE) {
            conclusion = stages[i].conclusion;
        }
    }
    if (conclusion != NULL) {
        text_format(&text, ": %s", conclusion);
    }
    const char *words = arena_text(page->arena, text.bytes);
    text_fini(&text);
    return words;
}

static size_t write_point(struct page *page, const struct point *point,
                          size_t lines) {
    const struct result_cell *cell = point->cells[0];
    for (size_t i = 0; i < cell->phases_count; i++) {
        const char *phase = cell->phases[i].name;
        const struct result_tail *tail = page_median_tail(page, point, phase);
        if (tail == NULL || lines++ >= PAGE_LINES_MAX) {
            continue;
        }
        if (lines == 1) {
            text_append(page->text, "\n");
        }
        const char *place =
            *cell->label == '\0'
                ? phase
                : arena_format(page->arena, "%s, %s", cell->label, phase);
        page_line(page, lines == 1 ? "tail" : "", DISPLAY_PLAIN,
                  arena_format(page->arena, "%s: %s", place,
                               page_tail_words(page, tail)));
    }
    return lines;
}

void page_tail(struct page *page) {
    size_t lines = 0;
    for (size_t i = 0; i < page->judged_count; i++) {
        lines = write_point(page, &page->points[i], lines);
    }
    page_more(page, lines);
}
