/* SPDX-License-Identifier: Apache-2.0 */
#include "report/cases.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/result.h"
#include "base/text.h"
#include "report/name.h"
#include "report/page.h"

struct cases {
    const struct result *result;
    struct arena *arena;
    struct test_case *items;
    const char **given; /* their names as they came */
    size_t count;
};

static bool is_there(const struct cases *cases, const struct test_case *item) {
    for (size_t i = 0; i < cases->count; i++) {
        if (strcmp(cases->items[i].group, item->group) == 0 &&
            strcmp(cases->items[i].name, item->name) == 0) {
            return true;
        }
    }
    return false;
}

/* How many were called the same before they were told apart. */
static size_t namesakes(const struct cases *cases, const char *group,
                        const char *name) {
    size_t count = 0;
    for (size_t i = 0; i < cases->count; i++) {
        count += strcmp(cases->items[i].group, group) == 0 &&
                         strcmp(cases->given[i], name) == 0
                     ? 1
                     : 0;
    }
    return count;
}

/* Of two with the same name GitLab drops the second. */
static void add(struct cases *cases, struct test_case item) {
    const char *name = item.name;
    size_t again = namesakes(cases, item.group, name);
    while (again != 0 || is_there(cases, &item)) {
        item.name = arena_format(cases->arena, "%s (%zu)", name, ++again);
        if (!is_there(cases, &item)) {
            break;
        }
    }
    cases->items = arena_more(cases->arena, cases->items, cases->count,
                              sizeof *cases->items);
    cases->given = arena_more(cases->arena, cases->given, cases->count,
                              sizeof *cases->given);
    cases->given[cases->count] = name;
    cases->items[cases->count++] = item;
}

/* ---- What was expected ---------------------------------------------------*/

static void add_expectations(struct cases *cases) {
    static const enum case_state states[] = {
        [RESULT_HELD_NO] = CASE_FAILED,
        [RESULT_HELD_YES] = CASE_GOOD,
        [RESULT_HELD_UNDECIDED] = CASE_OPEN,
    };
    for (size_t i = 0; i < cases->result->expectations_count; i++) {
        const struct result_expectation *expectation =
            &cases->result->expectations[i];
        add(cases, (struct test_case){
                       .group = "",
                       .name = expectation->text,
                       .state = states[expectation->held],
                       .line = expectation->line,
                       .measured = expectation->measured,
                       .why = expectation->why,
                   });
    }
}

/* ---- What was run --------------------------------------------------------*/

static enum case_state state_of(const struct result_cell *cell) {
    const struct result_recovery *recovery = &cell->cycles.recovery;
    switch (cell->outcome.state) {
    case RESULT_COMPLETED:
        return recovery->tried && !recovery->ok ? CASE_FAILED : CASE_GOOD;
    case RESULT_OVER_LIMIT:
        /* A reference is only there to be compared with. */
        return cell->reference ? CASE_OPEN : CASE_FAILED;
    default:
        return CASE_ERROR;
    }
}

/* "block 2: crashed by signal 11: segmentation fault". */
static const char *story_of(const struct result_cell *cell,
                            struct arena *arena) {
    const struct result_outcome *outcome = &cell->outcome;
    if (outcome->state == RESULT_COMPLETED) {
        const char *why = cell->cycles.recovery.why;
        return arena_format(arena, "block %u: did not recover%s%s", cell->block,
                            why == NULL ? "" : ": ", why == NULL ? "" : why);
    }
    return arena_format(
        arena, "block %u: %s%s%s%s", cell->block,
        result_state_name(outcome->state),
        outcome->signal == 0
            ? ""
            : arena_format(arena, " by signal %d", outcome->signal),
        outcome->detail == NULL ? "" : ": ",
        outcome->detail == NULL ? "" : outcome->detail);
}

static double seconds_of(const struct result_cell *cell) {
    double seconds = 0;
    for (size_t i = 0; i < cell->phases_count; i++) {
        const double phase = cell->phases[i].duration_s;
        seconds += phase > 0 ? phase : 0;
    }
    return seconds;
}

static bool is_worse(enum case_state one, enum case_state other) {
    static const int order[] = {
        [CASE_GOOD] = 0,
        [CASE_OPEN] = 1,
        [CASE_FAILED] = 2,
        [CASE_ERROR] = 3,
    };
    return order[one] > order[other];
}

static void add_point(struct cases *cases, const struct point *point) {
    struct arena *arena = cases->arena;
    const char *name = name_of_point(point->cells[0], arena);
    struct test_case item = {
        .group = "cells",
        .name = arena_format(arena, "%s%sruns to its end", name,
                             *name == '\0' ? "" : ": "),
    };
    for (size_t i = 0; i < point->cells_count; i++) {
        const struct result_cell *cell = point->cells[i];
        enum case_state state = state_of(cell);
        item.time_s += seconds_of(cell);
        if (is_worse(state, item.state)) {
            item.state = state;
            item.why = story_of(cell, arena);
        }
    }
    add(cases, item);
}

static bool any_error(const struct cases *cases) {
    for (size_t i = 0; i < cases->count; i++) {
        if (cases->items[i].state == CASE_ERROR) {
            return true;
        }
    }
    return false;
}

/* An interrupted run has fewer cells than it should; a search may be broken
 * off between two of them. */
static void add_whole(struct cases *cases) {
    const struct result *result = cases->result;
    struct test_case item = {.group = "cells", .name = "the run is whole"};
    if (result->verdict == RESULT_PARTIAL) {
        item.state = CASE_ERROR;
        item.why = "interrupted: not all cells were measured";
    } else if (result->verdict == RESULT_ERROR && !any_error(cases)) {
        item.state = CASE_ERROR;
        item.why = result->find.text == NULL ? "it could not be completed"
                                             : result->find.text;
    }
    add(cases, item);
}

static void add_search(struct cases *cases) {
    const struct result_find *find = &cases->result->find;
    if (!find->is_sought) {
        return;
    }
    const bool found = find->state != NULL && strcmp(find->state, "found") == 0;
    const bool none =
        find->state != NULL && strcmp(find->state, "not found") == 0;
    add(cases,
        (struct test_case){
            .group = "find",
            .name = arena_format(cases->arena, "the largest %s with which %s",
                                 find->path == NULL ? "" : find->path,
                                 find->holds == NULL ? "" : find->holds),
            .state = found  ? CASE_GOOD
                     : none ? CASE_FAILED
                            : CASE_OPEN,
            .measured = find->text,
        });
}

/* ---- Whether it is to be trusted -----------------------------------------*/

static void add_audit(struct cases *cases) {
    for (size_t i = 0; i < cases->result->audit_count; i++) {
        const struct result_audit *audit = &cases->result->audit[i];
        add(cases, (struct test_case){
                       .group = "audit",
                       .name = audit->check,
                       .state = audit->ok ? CASE_GOOD : CASE_OPEN,
                       .measured = audit->detail,
                       .why = audit->ok ? NULL : "it is not so",
                   });
    }
}

/* ---- Beside another ------------------------------------------------------*/

static enum case_state state_of_answer(const char *answer) {
    if (answer == NULL || strcmp(answer, "not decided") == 0 ||
        strcmp(answer, "not compared") == 0) {
        return CASE_OPEN;
    }
    return strcmp(answer, "worse") == 0 ? CASE_FAILED : CASE_GOOD;
}

/* "1.04 ms after 1.00 ms, +4.0 % (+3.1 % to +4.9 %), worse; 1.2 % is visible".
 */
static const char *compared_text(const struct result_compared *figure,
                                 const struct page_compared_words *words,
                                 struct arena *arena) {
    const bool interval = *words->interval != '\0';
    return arena_format(arena, "%s after %s%s%s%s%s%s: %s%s%s", words->newer,
                        words->base, *words->change == '\0' ? "" : ", ",
                        words->change, interval ? " (" : "", words->interval,
                        interval ? ")" : "",
                        figure->answer == NULL ? "not decided" : figure->answer,
                        *words->more == '\0' ? "" : ", it takes ", words->more);
}

static void add_compared(struct cases *cases,
                         const struct result_compared *figure) {
    struct arena *arena = cases->arena;
    const struct page_compared_words words =
        page_compared_words(figure, true, arena);
    const char *point = figure->point == NULL ? "" : figure->point;
    add(cases, (struct test_case){
                   .group = "compare",
                   .name = arena_format(arena, "%s%s%s", point,
                                        *point == '\0' ? "" : ": ", words.name),
                   .state = state_of_answer(figure->answer),
                   .measured = compared_text(figure, &words, arena),
                   .why = figure->why,
               });
}

/* Lines that name the baseline say how much worse may be; then they are the
 * tests, and not what is worse by more than is let pass without a line. */
static bool names_baseline(const struct result *result) {
    for (size_t i = 0; i < result->expectations_count; i++) {
        if (strstr(result->expectations[i].text, "worse than baseline by ") !=
            NULL) {
            return true;
        }
    }
    return false;
}

static void add_comparison(struct cases *cases) {
    const struct result_comparison *comparison = &cases->result->comparison;
    if (!comparison->given || names_baseline(cases->result)) {
        return;
    }
    add(cases, (struct test_case){
                   .group = "compare",
                   .name = CASE_COMPARISON,
                   .state = state_of_answer(comparison->answer),
                   .measured = comparison->answer,
                   .why = comparison->why,
               });
    for (size_t i = 0; i < comparison->figures_count; i++) {
        add_compared(cases, &comparison->figures[i]);
    }
}

struct test_case *case_list(const struct result *result, struct arena *arena,
                            size_t *count_out) {
    struct cases cases = {.result = result, .arena = arena};
    size_t points_count = 0;
    const struct point *points = point_list(result, arena, &points_count);
    add_expectations(&cases);
    add_search(&cases);
    for (size_t i = 0; i < points_count; i++) {
        add_point(&cases, &points[i]);
    }
    add_whole(&cases);
    add_comparison(&cases);
    add_audit(&cases);
    *count_out = cases.count;
    return cases.items;
}

const char *case_message(const struct test_case *item, struct arena *arena) {
    if (item->measured == NULL || item->why == NULL) {
        return item->measured != NULL ? item->measured
               : item->why != NULL    ? item->why
                                      : "nothing is known";
    }
    if (strstr(item->why, item->measured) != NULL) {
        return item->why; /* it says both */
    }
    return arena_format(arena, "%s: %s", item->measured, item->why);
}
