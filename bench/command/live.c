/* SPDX-License-Identifier: Apache-2.0 */
#include "command/live.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "base/quantity.h"
#include "base/result.h"
#include "base/text.h"
#include "cell/cell.h"
#include "run/run.h"

enum { BAR_WIDTH = 24, NAME_WIDTH = 8, FIGURE_WIDTH = 14 };

void live_init(struct live *live) {
    *live = (struct live){.rate = RESULT_UNKNOWN};
}

void live_look(struct live *live, const struct run_sight *sight,
               uint64_t now_ns) {
    const struct cell_progress *cell = sight->cell;
    /* By address: the next cell may be called the same. */
    if (live->what != sight->what || cell->answered < live->answered_before) {
        live_init(live);
        live->what = sight->what;
        live->second_began_ns = now_ns;
        live->answered_before = cell->answered;
        return;
    }
    uint64_t passed_ns = now_ns - live->second_began_ns;
    if (passed_ns < CLOCK_NS_PER_S) {
        return;
    }
    live->rate = (uint64_t)((double)(cell->answered - live->answered_before) *
                            (double)CLOCK_NS_PER_S / (double)passed_ns);
    live->second_began_ns = now_ns;
    live->answered_before = cell->answered;
    strip_put(&live->rates, live->rate);
    strip_put(&live->p50s, cell->p50_ns);
    strip_put(&live->p99s, cell->p99_ns);
}

/* The first @width bytes of a line that may be longer; it is ASCII up to a
 * user's words, which may be cut within a character: none is left half. */
static void append_cut(const char *line, unsigned width, struct text *text) {
    size_t size = strlen(line);
    if (size > width) {
        size = width;
        while (size > 0 && ((unsigned char)line[size] & 0xC0u) == 0x80u) {
            size--;
        }
    }
    text_format(text, "%.*s\n", (int)size, line);
}

static void append_bar(double fraction, struct text *text) {
    int filled = (int)(fraction * BAR_WIDTH);
    for (int i = 0; i < BAR_WIDTH; i++) {
        text_append(text, i < filled ? "#" : ".");
    }
}

static void append_whole(const struct run_sight *sight, unsigned width,
                         struct text *text) {
    char quantity[QUANTITY_SIZE];
    struct text line;
    text_init(&line);
    text_append(&line, "  ");
    if (sight->fraction >= 0) {
        text_append(&line, "[");
        append_bar(sight->fraction, &line);
        text_format(&line, "] %3.0f %%   ", sight->fraction * 100);
    }
    if (isfinite(sight->left_s)) {
        text_format(&line, "%s left   ",
                    quantity_duration(quantity,
                                      sight->left_s * (double)CLOCK_NS_PER_S));
    }
    text_format(&line, "%s answered",
                quantity_count(quantity, sight->cell->answered));
    append_cut(line.bytes, width, text);
    text_fini(&line);
}

/* Columns are bytes here: figures are ASCII. */
static void append_figure(const char *name, const char *figure,
                          const struct strip *strip, unsigned width,
                          struct text *text) {
    unsigned room = width - (2 + NAME_WIDTH + FIGURE_WIDTH);
    text_format(text, "  %-*s%-*s", NAME_WIDTH, name, FIGURE_WIDTH, figure);
    strip_append(strip, room, text);
    text_append(text, "\n");
}

static void append_count(const char *joint, uint64_t count, const char *name,
                         struct text *line) {
    char number[QUANTITY_SIZE];
    if (count != RESULT_UNKNOWN) {
        text_format(line, "%s%s %s", line->size == 0 ? "  " : joint,
                    quantity_count(number, count), name);
    }
}

/* Without what is not known. */
static void append_held(const struct cell_progress *cell, unsigned width,
                        struct text *text) {
    char size[QUANTITY_SIZE];
    struct text line;
    text_init(&line);
    append_count("", cell->in_flight, "in flight", &line);
    append_count(", ", cell->waiting, "waiting", &line);
    append_count("; ", cell->usage.threads, "threads", &line);
    append_count(", ", cell->usage.fds, "fds", &line);
    if (cell->usage.rss_bytes != RESULT_UNKNOWN) {
        text_format(&line, "%sRSS %s", line.size == 0 ? "  " : ", ",
                    quantity_size(size, (double)cell->usage.rss_bytes));
    }
    append_cut(line.bytes, width, text);
    text_fini(&line);
}

unsigned live_append(const struct live *live, const struct run_sight *sight,
                     unsigned width, struct text *text) {
    const struct cell_progress *cell = sight->cell;
    char figure[QUANTITY_SIZE];
    struct text first;
    width = width < LIVE_WIDTH_MIN ? LIVE_WIDTH_MIN : width;
    text_init(&first);
    text_append(&first, sight->what);
    if (cell->phase != NULL) {
        text_format(&first, ", %s", cell->phase);
    }
    append_cut(first.bytes, width, text);
    text_fini(&first);
    append_whole(sight, width, text);
    append_figure("rate",
                  live->rate == RESULT_UNKNOWN
                      ? "-"
                      : quantity_rate(figure, (double)live->rate),
                  &live->rates, width, text);
    append_figure("p50",
                  cell->p50_ns == RESULT_UNKNOWN
                      ? "-"
                      : quantity_duration(figure, (double)cell->p50_ns),
                  &live->p50s, width, text);
    append_figure("p99",
                  cell->p99_ns == RESULT_UNKNOWN
                      ? "-"
                      : quantity_duration(figure, (double)cell->p99_ns),
                  &live->p99s, width, text);
    append_held(cell, width, text);
    return 6;
}
