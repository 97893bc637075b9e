/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/slope.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/result.h"

static const char *const memory_names[SLOPE_MEMORIES_COUNT] = {
    [SLOPE_RSS] = "rss",
    [SLOPE_PSS] = "pss",
};

void slope_init(struct slope *slope, double limit, bool watches_pss) {
    memset(slope, 0, sizeof *slope);
    constancy_init(&slope->constancy);
    sequence_init(&slope->sequence, SEQUENCE_ALPHA);
    slope->limit = limit > 0 ? limit : SLOPE_LIMIT_DEFAULT;
    slope->watches_pss = watches_pss;
    slope_window(slope, 0);
}

/* ---- Samples ------------------------------------------------------------- */

void slope_window(struct slope *slope, uint64_t cycles) {
    slope->stride =
        cycles > SLOPE_WINDOW_SAMPLES ? cycles / SLOPE_WINDOW_SAMPLES : 1;
    slope->window_first = 0;
    slope->samples = 0;
    slope->looked_at = 0;
    for (int i = 0; i < SLOPE_MEMORIES_COUNT; i++) {
        minima_init(&slope->minima[i]);
        slope->unknown[i] = false;
    }
}

bool slope_wants_memory(const struct slope *slope, uint64_t cycle) {
    return slope->window_first == 0 ||
           (cycle - slope->window_first) % slope->stride == 0;
}

static void add_memory(struct slope *slope, enum slope_memory memory,
                       uint64_t bytes) {
    if (bytes == RESULT_UNKNOWN) {
        slope->unknown[memory] = true;
    } else {
        minima_add(&slope->minima[memory], (double)bytes);
    }
}

void slope_sample(struct slope *slope, uint64_t cycle,
                  const struct slope_sample *sample) {
    constancy_note(&slope->constancy, cycle, &sample->holdings);
    if (!slope_wants_memory(slope, cycle)) {
        return;
    }
    if (slope->window_first == 0) {
        slope->window_first = cycle;
    }
    slope->samples++;
    add_memory(slope, SLOPE_RSS, sample->rss_bytes);
    if (slope->watches_pss) {
        add_memory(slope, SLOPE_PSS, sample->pss_bytes);
    }
}

/* ---- Looks --------------------------------------------------------------- */

static size_t memories_count(const struct slope *slope) {
    return slope->watches_pss ? SLOPE_MEMORIES_COUNT : 1;
}

bool slope_look(struct slope *slope) {
    struct sequence_series series[SLOPE_MEMORIES_COUNT];
    double cycles = (double)(slope->samples * slope->stride);
    size_t count = memories_count(slope);
    for (size_t i = 0; i < count; i++) {
        const struct minima *minima = &slope->minima[i];
        series[i] = (struct sequence_series){
            .minima = minima->values,
            .count = slope->unknown[i] ? 0 : minima->count,
            .cycles = (double)(minima->width * slope->stride),
            .limit = slope->limit,
            .floor = SLOPE_FLOOR_BYTES / cycles,
            .resolution = (double)sysconf(_SC_PAGESIZE) / cycles,
        };
    }
    sequence_look(&slope->sequence, series, count, slope->answers);
    slope->looked_at = slope->samples * slope->stride;
    return slope->answers[SLOPE_RSS].verdict != SEQUENCE_UNDECIDED;
}

/* ---- Results ------------------------------------------------------------- */

static struct result_slope exact_result(const struct slope *slope,
                                        enum holding holding) {
    static const char *const verdicts[] = {
        [CONSTANCY_SAME] = "clean",
        [CONSTANCY_MORE] = "leak",
        [CONSTANCY_MOVED] = "undecided",
        [CONSTANCY_UNKNOWN] = "undecided",
    };
    struct constancy_answer answer =
        constancy_answer(&slope->constancy, holding);
    return (struct result_slope){
        .metric = holding_name(holding),
        .per_cycle = answer.per_cycle,
        .upper_bound = answer.per_cycle,
        .lower_bound = answer.per_cycle,
        .verdict = verdicts[answer.verdict],
        .limit = NAN,
        .confidence = 1,
        .cycles = answer.cycles,
        .first_cycle = answer.differed_cycle,
    };
}

static struct result_slope memory_result(const struct slope *slope,
                                         enum slope_memory memory) {
    static const char *const verdicts[] = {
        [SEQUENCE_LEAK] = "leak",
        [SEQUENCE_CLEAN] = "clean",
        [SEQUENCE_UNDECIDED] = "undecided",
    };
    const struct sequence_answer *answer = &slope->answers[memory];
    return (struct result_slope){
        .metric = memory_names[memory],
        .per_cycle = answer->per_cycle,
        .upper_bound = answer->upper,
        .lower_bound = answer->lower,
        .verdict = verdicts[answer->verdict],
        .limit = slope->limit,
        .confidence = 1 - slope->sequence.alpha,
        .cycles = slope->looked_at,
    };
}

/* Always listed; all others where they have changed. */
static bool is_listed(const struct slope *slope, enum holding holding) {
    return holding <= HOLDING_HEAP ||
           constancy_answer(&slope->constancy, holding).differed_cycle != 0;
}

struct result_slope *slope_results(struct slope *slope, struct arena *arena,
                                   size_t *count_out) {
    *count_out = 0;
    if (slope->constancy.cycles < 2) {
        return NULL;
    }
    if (slope->looked_at == 0) {
        (void)slope_look(slope);
    }
    struct result_slope *results = arena_alloc(
        arena, (HOLDINGS_COUNT + SLOPE_MEMORIES_COUNT) * sizeof *results);
    size_t count = 0;
    for (int i = 0; i < HOLDINGS_COUNT; i++) {
        if (is_listed(slope, (enum holding)i)) {
            results[count++] = exact_result(slope, (enum holding)i);
        }
    }
    for (size_t i = 0; i < memories_count(slope); i++) {
        results[count++] = memory_result(slope, (enum slope_memory)i);
    }
    *count_out = count;
    return results;
}

/* ---- Leftovers ----------------------------------------------------------- */

/* Whether the ledger has named blocks of @owner, or blocks of all together. */
static bool is_named(const struct result_cell *cell, enum heap_owner owner) {
    const char *name = heap_owner_name(owner);
    const char *all = result_kind_name(RESULT_HEAP);
    for (size_t i = 0; i < cell->leftovers_count; i++) {
        const struct result_leftover *leftover = &cell->leftovers[i];
        if (leftover->kind == RESULT_HEAP &&
            (strncmp(leftover->identity, name, strlen(name)) == 0 ||
             strcmp(leftover->identity, all) == 0)) {
            return true;
        }
    }
    return false;
}

static void add_leftover(const struct slope *slope, enum heap_owner owner,
                         struct arena *arena, struct result_cell *cell) {
    struct constancy_answer blocks = constancy_answer(
        &slope->constancy, (enum holding)(HOLDING_BLOCKS + (int)owner));
    struct constancy_answer bytes = constancy_answer(
        &slope->constancy, (enum holding)(HOLDING_BYTES + (int)owner));
    if (blocks.difference <= 0 && bytes.difference <= 0) {
        return;
    }
    /* A block that was made larger is one, too. */
    bool grown = blocks.difference <= 0;
    size_t count = cell->leftovers_count;
    struct result_leftover *all = arena_alloc(arena, (count + 1) * sizeof *all);
    if (count != 0) {
        memcpy(all, cell->leftovers, count * sizeof *all);
    }
    all[count] = (struct result_leftover){
        .kind = RESULT_HEAP,
        .identity = arena_format(arena, "heap of %s", heap_owner_name(owner)),
        .count = grown ? 1 : (uint64_t)blocks.difference,
        .bytes = bytes.difference > 0 ? (uint64_t)bytes.difference : 0,
        .cycle = grown ? bytes.differed_cycle : blocks.differed_cycle,
    };
    cell->leftovers = all;
    cell->leftovers_count = count + 1;
}

void slope_leftovers(const struct slope *slope, struct arena *arena,
                     struct result_cell *cell) {
    if (slope->constancy.cycles < 3) {
        return;
    }
    for (int i = 0; i < HEAP_OWNERS_COUNT; i++) {
        if (!is_named(cell, (enum heap_owner)i)) {
            add_leftover(slope, (enum heap_owner)i, arena, cell);
        }
    }
}
