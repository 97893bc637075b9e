/* SPDX-License-Identifier: Apache-2.0 */
#include "selftest/trial.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "selftest/defect.h"

_Static_assert((int)TRIAL_ALARM_LEAK == (int)RESULT_KINDS_COUNT,
               "alarms begin behind the kinds");

void trial_say(char words[TRIAL_WORDS_SIZE], const char *format, ...) {
    va_list list;
    va_start(list, format);
    (void)vsnprintf(words, TRIAL_WORDS_SIZE, format, list);
    va_end(list);
}

static bool contains(const char *text, const char *part) {
    return text != NULL && strstr(text, part) != NULL;
}

/* ---- Leftovers -----------------------------------------------------------*/

static bool is_there(const struct result_leftover *leftover) {
    return !(leftover->late_ms > 0);
}

/* The line of its backtrace, or its chain. */
static const char *place_of(const struct result_leftover *leftover,
                            const char *wanted, struct arena *arena) {
    const char *found =
        leftover->stack == NULL ? NULL : strstr(leftover->stack, wanted);
    if (found == NULL) {
        return leftover->site == NULL ? "" : leftover->site;
    }
    while (found > leftover->stack && found[-1] != '\n') {
        found--;
    }
    return arena_text_n(arena, found, strcspn(found, "\n"));
}

static bool is_of(const struct defect *defect,
                  const struct result_leftover *leftover, const char *wanted) {
    bool in_cycle = defect->cycle == 0 || defect->no_cycle ||
                    leftover->cycle == defect->cycle;
    return in_cycle && (contains(leftover->stack, wanted) ||
                        contains(leftover->site, wanted));
}

/* The leftover that is the defect, or as near to it as there is; NULL: there is
 * none of its kind. */
static const struct result_leftover *
find_leftover(const struct defect *defect, const struct result_cell *cell,
              const char *wanted) {
    const struct result_leftover *near = NULL;
    for (size_t i = 0; i < cell->leftovers_count; i++) {
        const struct result_leftover *leftover = &cell->leftovers[i];
        if (leftover->kind != defect->kind || !is_there(leftover)) {
            continue;
        }
        if (is_of(defect, leftover, wanted)) {
            return leftover;
        }
        near = near == NULL ? leftover : near;
    }
    return near;
}

static const struct result_leftover *
find_foreign(const struct defect *defect, const struct result_cell *cell) {
    for (size_t i = 0; i < cell->leftovers_count; i++) {
        const struct result_leftover *leftover = &cell->leftovers[i];
        if (is_there(leftover) && leftover->kind != defect->kind &&
            (defect->also & 1u << leftover->kind) == 0) {
            return leftover;
        }
    }
    return NULL;
}

static bool metric_leaks(const struct defect *defect,
                         const struct result_cell *cell) {
    for (size_t i = 0; i < cell->slopes_count; i++) {
        const struct result_slope *slope = &cell->slopes[i];
        if (strcmp(slope->metric, defect->metric) == 0) {
            return strcmp(slope->verdict, "leak") == 0 &&
                   slope->per_cycle > 0 &&
                   slope->first_cycle == defect->first_cycle;
        }
    }
    return false;
}

static void say_outcome(const struct result_cell *cell, struct trial *trial) {
    const struct result_outcome *outcome = &cell->outcome;
    trial_say(trial->said, "%s: %s%s%s", result_state_name(outcome->state),
              outcome->detail == NULL ? "" : outcome->detail,
              cell->findings_count == 0 ? "" : "; ",
              cell->findings_count == 0 ? "" : cell->findings[0].text);
}

static void examine_left(const struct defect *defect,
                         const struct result_cell *cell, bool has_lines,
                         struct arena *arena, struct trial *trial) {
    const char *wanted = defect_site(defect, arena);
    const struct result_leftover *left = find_leftover(defect, cell, wanted);
    const struct result_leftover *foreign = find_foreign(defect, cell);
    if (left == NULL && cell->outcome.state != RESULT_COMPLETED) {
        say_outcome(cell, trial);
        return;
    }
    if (left == NULL) {
        trial_say(trial->said, "no %s among %zu things left behind%s%s",
                  result_kind_name(defect->kind), cell->leftovers_count,
                  foreign == NULL ? "" : ", but ",
                  foreign == NULL ? "" : foreign->identity);
        return;
    }
    trial_say(trial->said, "%s%s%s", left->identity,
              foreign == NULL ? "" : "; but also ",
              foreign == NULL ? "" : foreign->identity);
    trial->kind_right = foreign == NULL;
    if (defect->metric != NULL && !metric_leaks(defect, cell)) {
        trial->kind_right = false;
        trial_say(trial->said, "%s was not said to leak from cycle %llu on",
                  defect->metric, (unsigned long long)defect->first_cycle);
    }
    trial->site_judged = has_lines || defect->line != 0;
    trial->site_right = trial->site_judged && is_of(defect, left, wanted);
    const char *cycle = left->cycle == 0
                            ? ""
                            : arena_format(arena, ", cycle %llu",
                                           (unsigned long long)left->cycle);
    trial_say(trial->site, "%s%s", place_of(left, wanted, arena), cycle);
}

/* ---- Other signs ---------------------------------------------------------*/

/* What ends in the middle of a cycle has completed those before. */
static void examine_ended(const struct defect *defect,
                          const struct result_cell *cell, struct trial *trial) {
    const struct result_outcome *outcome = &cell->outcome;
    say_outcome(cell, trial);
    trial->kind_right =
        outcome->state == defect->state &&
        (defect->signal == 0 || outcome->signal == defect->signal) &&
        (defect->words == NULL || contains(outcome->detail, defect->words));
    trial->site_judged = true;
    trial->site_right = cell->cycles.completed + 1 == defect->cycle;
    trial_say(trial->site, "cycle %llu",
              (unsigned long long)cell->cycles.completed + 1);
}

static void examine_wrong(const struct result_cell *cell, struct trial *trial) {
    uint64_t wrong = 0;
    const char *phase = "none";
    for (size_t i = 0; i < cell->phases_count; i++) {
        wrong += cell->phases[i].wrong;
        if (cell->phases[i].wrong != 0) {
            phase = cell->phases[i].name;
        }
    }
    trial_say(trial->said, "%llu wrong", (unsigned long long)wrong);
    trial_say(trial->site, "phase %s", phase);
    trial->kind_right = wrong == 1;
    trial->site_judged = true;
    trial->site_right = wrong == 1 && strcmp(trial->site, "phase first") == 0;
}

void trial_examine(const struct defect *defect, const struct result *result,
                   bool has_lines, struct arena *arena, struct trial *trial) {
    const struct result_cell *cell = &result->cells[0];
    trial->caught =
        result->verdict == RESULT_FAIL || result->verdict == RESULT_ERROR;
    switch (defect->sign) {
    case DEFECT_LEFT:
        examine_left(defect, cell, has_lines, arena, trial);
        break;
    case DEFECT_ENDED:
        examine_ended(defect, cell, trial);
        break;
    case DEFECT_WRONG:
        examine_wrong(cell, trial);
        break;
    case DEFECT_COUNTED:
    case DEFECT_TIMED:
        break; /* by more than one run: slow.c */
    }
}

/* ---- Nothing -------------------------------------------------------------*/

static void alarm_at(struct trial *trial, unsigned bit, const char *words) {
    if (trial->alarms == 0) {
        trial_say(trial->said, "%s", words == NULL ? "" : words);
    }
    trial->alarms |= 1u << bit;
}

static void examine_clean_cell(const struct result_cell *cell,
                               struct trial *trial) {
    for (size_t i = 0; i < cell->leftovers_count; i++) {
        alarm_at(trial, cell->leftovers[i].kind, cell->leftovers[i].identity);
    }
    for (size_t i = 0; i < cell->slopes_count; i++) {
        const struct result_slope *slope = &cell->slopes[i];
        bool exact = slope->confidence >= 1;
        if (exact && strcmp(slope->verdict, "clean") != 0) {
            alarm_at(trial, TRIAL_ALARM_LEAK, slope->metric);
        }
    }
    for (size_t i = 0; i < cell->phases_count; i++) {
        if (cell->phases[i].wrong != 0) {
            alarm_at(trial, TRIAL_ALARM_WRONG, "a wrong answer");
        }
    }
    if (cell->outcome.state != RESULT_COMPLETED) {
        alarm_at(trial, TRIAL_ALARM_ENDED, cell->outcome.detail);
    }
    if (cell->findings_count != 0) {
        alarm_at(trial, TRIAL_ALARM_OTHER, cell->findings[0].text);
    }
    if (cell->ledger_disputed != NULL) {
        alarm_at(trial, TRIAL_ALARM_OTHER, cell->ledger_disputed);
    }
}

void trial_examine_clean(const struct result *result, struct trial *trial) {
    trial->compared = true;
    for (size_t i = 0; i < result->cells_count; i++) {
        examine_clean_cell(&result->cells[i], trial);
    }
    if (result->verdict != RESULT_PASS && trial->alarms == 0) {
        alarm_at(trial, TRIAL_ALARM_OTHER,
                 result_verdict_name(result->verdict));
    }
}

/* ---- Times ---------------------------------------------------------------*/

/* By the sign alone, which asks nothing of how times are spread: n
 * pairs are all the same way by chance once in 2^n. */
bool trial_times_differ(const struct trial_times *pairs, size_t pairs_count) {
    for (size_t i = 0; i < pairs_count; i++) {
        if (!(pairs[i].planted > pairs[i].clean)) {
            return false;
        }
    }
    return pairs_count > 0;
}
