/* SPDX-License-Identifier: Apache-2.0 */
#include "report/format.h"

#include <string.h>

#include "base/check.h"
#include "base/result_json.h"
#include "base/text.h"
#include "report/action_benchmark.h"
#include "report/annotations.h"
#include "report/bencher.h"
#include "report/csv.h"
#include "report/gitlab.h"
#include "report/hgrm.h"
#include "report/hlog.h"
#include "report/html.h"
#include "report/junit.h"
#include "report/markdown.h"
#include "report/openmetrics.h"
#include "report/summary.h"

static void write_json(const struct result *result, struct arena *arena,
                       struct text *text) {
    (void)arena;
    result_json_write(result, RESULT_JSON_INDENTED, text);
}

/* The table of all scenarios is what the last page of several is. */
static void write_summaries(const struct result *const *results,
                            size_t results_count, struct arena *arena,
                            struct text *text) {
    (void)arena;
    for (size_t i = 0; i < results_count; i++) {
        summary_write(results[i], false, text);
    }
    if (results_count > 1) {
        summary_table(results, results_count, false, text);
    }
}

static void write_markdowns(const struct result *const *results,
                            size_t results_count, struct arena *arena,
                            struct text *text) {
    for (size_t i = 0; i < results_count; i++) {
        text_append(text, i == 0 ? "" : "\n");
        markdown_write(results[i], arena, text);
    }
}

/* A new one is a file of its own, and an entry here. */
static const struct format formats[] = {
    {.name = "json",
     .file = "result.json",
     .what = "all that was measured: schema plunge/1",
     .write = write_json},
    {.name = "summary",
     .file = "summary.txt",
     .what = "what a person reads, without colours",
     .write_all = write_summaries},
    {.name = "html",
     .file = "report.html",
     .what = "one page with charts, which needs nothing but itself",
     .write = html_write},
    {.name = "markdown",
     .file = "summary.md",
     .what = "a comment on a pull request, or a job's summary",
     .write_all = write_markdowns},
    {.name = "junit",
     .file = "junit.xml",
     .what = "tests, for Jenkins, GitLab and the actions of GitHub",
     .write_all = junit_write},
    {.name = "github",
     .what = "annotations: workflow commands of GitHub",
     .write_all = annotations_write},
    {.name = "gitlab",
     .what = "a metrics report of GitLab",
     .write_all = gitlab_write},
    {.name = "openmetrics",
     .file = "metrics.txt",
     .what = "OpenMetrics 1.0, for Prometheus and others",
     .write_all = openmetrics_write},
    {.name = "benchmark-smaller",
     .what = "github-action-benchmark, customSmallerIsBetter",
     .write_all = action_benchmark_write_smaller},
    {.name = "benchmark-bigger",
     .what = "github-action-benchmark, customBiggerIsBetter",
     .write_all = action_benchmark_write_bigger},
    {.name = "bencher",
     .what = "Bencher Metric Format",
     .write_all = bencher_write},
    {.name = "hgrm",
     .file = "NAME.hgrm",
     .what = "percentiles, for HdrHistogram's plotter",
     .write = hgrm_write,
     .files = hgrm_files,
     .of_histograms = true},
    {.name = "hlog",
     .what = "HdrHistogram's interval log",
     .write = hlog_write,
     .of_histograms = true},
    {.name = "csv",
     .what = "a flat table, a row a cell and phase",
     .write_all = csv_write},
};

enum { FORMATS_COUNT = sizeof formats / sizeof formats[0] };

const struct format *format_list(size_t *count_out) {
    *count_out = FORMATS_COUNT;
    return formats;
}

const struct format *format_find(const char *name) {
    for (size_t i = 0; i < FORMATS_COUNT; i++) {
        if (strcmp(formats[i].name, name) == 0) {
            return &formats[i];
        }
    }
    return NULL;
}

void format_append(const struct format *format,
                   const struct result *const *results, size_t results_count,
                   struct arena *arena, struct text *text) {
    if (format->write_all != NULL) {
        format->write_all(results, results_count, arena, text);
    } else {
        CHECK(results_count == 1);
        format->write(results[0], arena, text);
    }
}
