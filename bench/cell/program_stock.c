/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/program_stock.h"

#include "base/check.h"
#include "cell/remains.h"
#include "ledger/ledger.h"
#include "ledger/vital.h"

#define DATABASE "users.db" /* as database_copy() calls it */

static const struct result_usage unknown = {RESULT_UNKNOWN, RESULT_UNKNOWN,
                                            RESULT_UNKNOWN, RESULT_UNKNOWN};

void program_stock_init(struct program_stock *stock, struct arena *arena) {
    *stock = (struct program_stock){
        .arena = arena,
        .resources = {.before = unknown, .after = unknown, .peak = unknown},
    };
    segments_init(&stock->segments, arena);
}

static void forget(struct program_stock *stock) {
    for (size_t i = 0; i < stock->readings_count; i++) {
        ledger_free(stock->readings[i].ledger);
    }
    stock->readings_count = 0;
}

void program_stock_fini(struct program_stock *stock) {
    forget(stock);
}

static void add(struct program_stock *stock, const char *name,
                struct ledger *ledger) {
    CHECK(stock->readings_count < PROGRAM_READINGS_MAX);
    stock->readings[stock->readings_count++] =
        (struct outside_reading){.name = name, .ledger = ledger};
}

/* ---- In numbers ----------------------------------------------------------*/

static void raise(uint64_t *peak, uint64_t value) {
    if (value != RESULT_UNKNOWN && (*peak == RESULT_UNKNOWN || *peak < value)) {
        *peak = value;
    }
}

bool program_stock_look(struct program_stock *stock, struct vital *vital_out) {
    struct result_usage *peak = &stock->resources.peak;
    if (!vital_take(stock->pid, vital_out)) {
        return false;
    }
    segments_look(&stock->segments, stock->pid);
    raise(&peak->threads, vital_out->threads);
    raise(&peak->fds, vital_out->fds);
    raise(&peak->rss_bytes, vital_out->rss_peak_bytes);
    return true;
}

static struct result_usage usage_of(struct program_stock *stock) {
    struct vital vital;
    struct result_usage usage = unknown;
    if (program_stock_look(stock, &vital)) {
        usage.threads = vital.threads;
        usage.fds = vital.fds;
        usage.rss_bytes = vital.rss_bytes;
    }
    return usage;
}

/* ---- Readings ------------------------------------------------------------*/

void program_stock_begin(struct program_stock *stock, pid_t pid,
                         const int given[OUTSIDE_GIVEN_COUNT]) {
    stock->pid = pid;
    stock->bare = true;
    add(stock, "its start", outside_take_bare(pid, given));
    stock->resources.before = usage_of(stock);
}

void program_stock_rebase(struct program_stock *stock) {
    forget(stock);
    stock->bare = false;
}

void program_stock_read(struct program_stock *stock, const char *name) {
    const bool is_baseline = stock->readings_count == 0;
    add(stock, name, outside_take(stock->pid));
    stock->resources.after = usage_of(stock);
    if (is_baseline) {
        stock->resources.before = stock->resources.after;
    }
}

enum program_threads program_stock_threads(const struct program_stock *stock) {
    const struct outside_reading *last =
        &stock->readings[stock->readings_count - 1];
    bool runs = false;
    size_t count = outside_threads_left(stock->readings[0].ledger, last->ledger,
                                        stock->pid, &runs);
    if (count == 0) {
        return PROGRAM_THREADS_GONE;
    }
    return runs ? PROGRAM_THREADS_RUN : PROGRAM_THREADS_WAIT;
}

void program_stock_forget_ended(struct program_stock *stock) {
    outside_forget_ended(stock->readings[stock->readings_count - 1].ledger,
                         stock->pid);
}

void program_stock_left(struct program_stock *stock, struct result_cell *cell) {
    cell->resources = stock->resources;
    if (stock->readings_count > 1) {
        outside_left(stock->readings, stock->readings_count, stock->bare,
                     stock->arena, cell);
    }
}

/* ---- After its end -------------------------------------------------------*/

void program_stock_files(const struct program_stock *stock, const char *folder,
                         const char *temporary, const char *site, bool kept,
                         struct result_cell *cell) {
    const char *names[] = {temporary, kept ? NULL : DATABASE, NULL};
    remains_made(
        &(struct remains_given){.folder = folder, .names = names, .site = site},
        stock->arena, cell);
    size_t count = 0;
    const struct result_leftover *segments =
        segments_left(&stock->segments, &count);
    remains_append(segments, count, stock->arena, cell);
}
