/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/result.h"
#include "base/text.h"
#include "measure/total.h"
#include "report/figure.h"
#include "report/table.h"

/* Columns of the table of latencies, and the same from the actual start. */
static const enum figure percentiles[] = {
    FIGURE_P50, FIGURE_P90, FIGURE_P99, FIGURE_P99_9, FIGURE_MAX,
};
static const enum figure service_percentiles[] = {
    FIGURE_SERVICE_P50,   FIGURE_SERVICE_P90, FIGURE_SERVICE_P99,
    FIGURE_SERVICE_P99_9, FIGURE_SERVICE_MAX,
};
#define PERCENTILES_COUNT (sizeof percentiles / sizeof percentiles[0])

static void write_phases(struct page *page, const struct point *point) {
    static const char *const head[] = {
        "load", "in flight", "answered", "time", "throughput", "",
    };
    static const enum figure columns[] = {
        FIGURE_IN_FLIGHT,
        FIGURE_ANSWERED,
        FIGURE_DURATION,
        FIGURE_THROUGHPUT,
    };
    const struct result_cell *cell = point->cells[0];
    struct table table;
    table_init(&table, page->arena, "lrrrrl");
    table_add_head(&table, head);
    for (size_t i = 0; i < cell->phases_count; i++) {
        const struct result_phase *phase = &cell->phases[i];
        struct table_row *row = table_add(&table);
        row->cells[0].string = phase->name;
        for (size_t j = 0; j < sizeof columns / sizeof columns[0]; j++) {
            double value =
                figure_median(columns[j], point, phase->name, page->arena);
            row->cells[j + 1].string =
                figure_text(columns[j], value, page->arena);
        }
        row->cells[5].string = page_phase_notes(page, point, phase);
    }
    table_write(&table, PAGE_INDENT, page->color, page->text);
}

static void add_percentiles(struct page *page, struct table *table,
                            const char *name, const double *values) {
    struct table_row *row = table_add(table);
    row->cells[0].string = name;
    for (size_t i = 0; i < PERCENTILES_COUNT; i++) {
        row->cells[i + 1].string =
            figure_text(percentiles[i], values[i], page->arena);
    }
}

/* A closed loop starts a request when it means to: both latencies are alike,
 * and shown once. */
static void add_latencies(struct page *page, struct table *table,
                          const struct point *point,
                          const struct result_phase *phase) {
    double latencies[PERCENTILES_COUNT];
    double services[PERCENTILES_COUNT];
    bool differs = false;
    for (size_t i = 0; i < PERCENTILES_COUNT; i++) {
        latencies[i] =
            figure_median(percentiles[i], point, phase->name, page->arena);
        services[i] = figure_median(service_percentiles[i], point, phase->name,
                                    page->arena);
        differs =
            differs || (!isnan(services[i]) && services[i] != latencies[i]);
    }
    add_percentiles(page, table, phase->name, latencies);
    if (differs) {
        add_percentiles(page, table, "  from the actual start", services);
    }
}

static void write_latencies(struct page *page, const struct point *point) {
    static const char *const head[] = {
        "latency", "p50", "p90", "p99", "p99.9", "max",
    };
    const struct result_cell *cell = point->cells[0];
    struct table table;
    table_init(&table, page->arena, "lrrrrr");
    table_add_head(&table, head);
    for (size_t i = 0; i < cell->phases_count; i++) {
        if (cell->phases[i].measured) {
            add_latencies(page, &table, point, &cell->phases[i]);
        }
    }
    if (table.rows_count > 1) {
        text_append(page->text, "\n");
        table_write(&table, PAGE_INDENT, page->color, page->text);
    }
}

void page_load(struct page *page) {
    if (page->judged_count != 1 ||
        page->points[0].cells[0]->phases_count == 0) {
        return;
    }
    text_append(page->text, "\n");
    write_phases(page, &page->points[0]);
    write_latencies(page, &page->points[0]);
}
