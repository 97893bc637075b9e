/* SPDX-License-Identifier: Apache-2.0 */
#include "report/hlog.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/text.h"
#include "report/display.h"
#include "report/name.h"

#define NS_PER_MS 1e6

/* Seconds since the epoch of "2026-09-24T10:00:00Z"; 0: it says something
 * else. */
static time_t seconds_of(const char *stamp) {
    struct tm utc = {0};
    const char *end =
        stamp == NULL ? NULL : strptime(stamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return end == NULL || *end != '\0' ? 0 : timegm(&utc);
}

static void append_head(const struct result *result, struct arena *arena,
                        struct text *text) {
    const time_t start = seconds_of(result->started_at);
    struct tm utc = {0};
    char date[64] = "";
    if (gmtime_r(&start, &utc) != NULL) {
        (void)strftime(date, sizeof date, "%a %b %d %H:%M:%S UTC %Y", &utc);
    }
    /* Some readers take no line of the head that is longer than 127. */
    text_append(text, "#[Logged with plunge ");
    display_append(text, result->version == NULL ? "" : result->version);
    text_append(text, "]\n#[Scenario: ");
    display_append(
        text, arena_format(arena, "%.80s", name_of_scenario(result, arena)));
    text_append(text, "]\n#[An interval is a phase of a cell; they stand as if "
                      "one followed the other]\n");
    text_format(text,
                "#[Histogram log format version 1.3]\n"
                "#[StartTime: %lld.000 (seconds since epoch), %s]\n"
                "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
                "\"Interval_Compressed_Histogram\"\n",
                (long long)start, date);
}

/* Of one word: whatever ends a tag is an underscore. */
static const char *tag_of(const struct result_cell *cell, const char *phase,
                          struct arena *arena) {
    const char *point = name_of_point(cell, arena);
    char *tag =
        arena_format(arena, "%s%s%s", point, *point == '\0' ? "" : "/", phase);
    for (char *at = tag; *at != '\0'; at++) {
        if (strchr(", \t\r\n", *at) != NULL) {
            *at = '_';
        }
    }
    return tag;
}

/* Base64 may be broken into lines; one that is not base64 at all, by hand, is
 * no histogram, but is not to begin a line either. */
static void append_histogram(const char *encoded, struct text *text) {
    for (const char *at = encoded; *at != '\0'; at++) {
        if (isalnum((unsigned char)*at) != 0 || strchr("+/=", *at) != NULL) {
            text_append_n(text, at, 1);
        }
    }
}

static void append_phase(const struct result_cell *cell,
                         const struct result_phase *phase, double start_s,
                         struct arena *arena, struct text *text) {
    text_append(text, "Tag=");
    display_append(text, tag_of(cell, phase->name, arena));
    text_format(text, ",%.3f,%.3f,%.3f,", start_s, phase->duration_s,
                (double)phase->latency.max / NS_PER_MS);
    append_histogram(phase->histogram, text);
    text_append(text, "\n");
}

void hlog_write(const struct result *result, struct arena *arena,
                struct text *text) {
    double start_s = 0;
    append_head(result, arena, text);
    for (size_t i = 0; i < result->cells_count; i++) {
        const struct result_cell *cell = &result->cells[i];
        for (size_t j = 0; j < cell->phases_count; j++) {
            const struct result_phase *phase = &cell->phases[j];
            const bool timed = phase->duration_s > 0;
            if (phase->measured && timed && phase->histogram != NULL) {
                append_phase(cell, phase, start_s, arena, text);
            }
            start_s += timed ? phase->duration_s : 0;
        }
    }
}
