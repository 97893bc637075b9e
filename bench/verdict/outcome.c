/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/outcome.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/quantity.h"
#include "base/result.h"
#include "base/text.h"
#include "measure/decision.h"

/* So many are named in the sentence. */
#define NAMED_MAX 3

/* Nobody would run more of them. */
#define BLOCKS_MAX UINT64_C(1000)

static bool is_answer(const struct result_compared *figure,
                      enum decision_answer answer) {
    return strcmp(figure->answer, decision_answer_name(answer)) == 0;
}

static size_t count_answers(const struct result_comparison *comparison,
                            enum decision_answer answer) {
    size_t count = 0;
    for (size_t i = 0; i < comparison->figures_count; i++) {
        count += is_answer(&comparison->figures[i], answer);
    }
    return count;
}

/* "p99 in steady of pool.max=8 (+12.4 %)". */
static void name_figure(const struct result_compared *figure,
                        struct text *text) {
    text_format(text, "%s%s%s%s%s", figure->metric,
                figure->phase == NULL ? "" : " in ",
                figure->phase == NULL ? "" : figure->phase,
                *figure->point == '\0' ? "" : " of ", figure->point);
    if (isfinite(figure->ratio)) {
        text_format(text, " (%+.1f %%)", (figure->ratio - 1) * 100);
    }
}

static const char *name_answers(const struct result_comparison *comparison,
                                enum decision_answer answer,
                                struct arena *arena) {
    struct text text;
    size_t named = 0;
    text_init(&text);
    for (size_t i = 0; i < comparison->figures_count; i++) {
        const struct result_compared *figure = &comparison->figures[i];
        if (is_answer(figure, answer) && named++ < NAMED_MAX) {
            text_append(&text, text.size == 0 ? "" : ", ");
            name_figure(figure, &text);
        }
    }
    if (named > NAMED_MAX) {
        text_format(&text, " and %zu more", named - NAMED_MAX);
    }
    const char *words = arena_text(arena, text.bytes);
    text_fini(&text);
    return words;
}

/* What would decide all of those that samples can decide. */
static uint64_t blocks_needed(const struct result_comparison *comparison) {
    uint64_t most = 0;
    for (size_t i = 0; i < comparison->figures_count; i++) {
        const struct result_compared *figure = &comparison->figures[i];
        if (is_answer(figure, DECISION_OPEN) &&
            figure->more_blocks != RESULT_UNKNOWN &&
            figure->more_blocks > most) {
            most = figure->more_blocks;
        }
    }
    return most;
}

/* One reason, where all that are open have the same. */
static const char *common_reason(const struct result_comparison *comparison) {
    const char *why = NULL;
    for (size_t i = 0; i < comparison->figures_count; i++) {
        const struct result_compared *figure = &comparison->figures[i];
        if (!is_answer(figure, DECISION_OPEN)) {
            continue;
        }
        if (figure->why == NULL ||
            (why != NULL && strcmp(why, figure->why) != 0)) {
            return NULL;
        }
        why = figure->why;
    }
    return why;
}

static const char *open_words(const struct result_comparison *comparison,
                              struct arena *arena) {
    static const char prefix[] = "not decided: ";
    const size_t open = count_answers(comparison, DECISION_OPEN);
    const uint64_t more = blocks_needed(comparison);
    const char *why = common_reason(comparison);
    if (why != NULL && strncmp(why, prefix, sizeof prefix - 1) == 0) {
        why += sizeof prefix - 1;
    }
    const char *head =
        arena_format(arena, "%zu of %zu figures %s not decided", open,
                     comparison->figures_count, open == 1 ? "is" : "are");
    char count[QUANTITY_SIZE];
    if (more > BLOCKS_MAX) {
        return arena_format(arena, "%s: that takes over %s more blocks", head,
                            quantity_count(count, BLOCKS_MAX));
    }
    if (more != 0) {
        return arena_format(arena, "%s: that takes about %s more block%s", head,
                            quantity_count(count, more), more == 1 ? "" : "s");
    }
    return why == NULL ? head : arena_format(arena, "%s: %s", head, why);
}

static const char *same_words(const struct result_comparison *comparison,
                              struct arena *arena) {
    const size_t count = count_answers(comparison, DECISION_SAME);
    return count == 1
               ? "1 figure, within its tolerance"
               : arena_format(arena, "%zu figures, each within its tolerance",
                              count);
}

void outcome_take(struct result_comparison *comparison, const char *missing,
                  struct arena *arena) {
    enum decision_answer answer = DECISION_SAME;
    if (count_answers(comparison, DECISION_WORSE) != 0) {
        answer = DECISION_WORSE;
    } else if (count_answers(comparison, DECISION_OPEN) != 0) {
        answer = DECISION_OPEN;
    } else if (count_answers(comparison, DECISION_BETTER) +
                   count_answers(comparison, DECISION_SAME) ==
               0) {
        answer = DECISION_OPEN;
        comparison->why = "there is nothing that both have";
    } else if (missing != NULL) {
        answer = DECISION_OPEN;
        comparison->why = missing;
    } else if (count_answers(comparison, DECISION_BETTER) != 0) {
        answer = DECISION_BETTER;
    }
    comparison->answer = decision_answer_name(answer);
    if (answer == DECISION_WORSE || answer == DECISION_BETTER) {
        comparison->why = name_answers(comparison, answer, arena);
    } else if (answer == DECISION_SAME) {
        comparison->why = same_words(comparison, arena);
    } else if (comparison->why == NULL) {
        comparison->why = open_words(comparison, arena);
    }
}
