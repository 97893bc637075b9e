/* SPDX-License-Identifier: Apache-2.0 */
#include "selftest/matrix.h"

#include <string.h>

#include "base/arena.h"
#include "measure/proportion.h"
#include "selftest/crew.h"
#include "selftest/defect.h"
#include "selftest/trial.h"

/* Which alarms are those of a defect's own detector. */
static uint32_t alarms_of(const struct defect *defect) {
    switch (defect->sign) {
    case DEFECT_LEFT:
        return 1u << defect->kind |
               (defect->metric == NULL ? 0 : 1u << TRIAL_ALARM_LEAK);
    case DEFECT_ENDED:
        return 1u << TRIAL_ALARM_ENDED;
    case DEFECT_WRONG:
        return 1u << TRIAL_ALARM_WRONG;
    case DEFECT_COUNTED:
        return 1u << TRIAL_ALARM_COUNTED;
    case DEFECT_TIMED:
        return 1u << TRIAL_ALARM_TIMED;
    }
    return 0;
}

static bool is_compared(const struct defect *defect) {
    return defect->sign == DEFECT_COUNTED || defect->sign == DEFECT_TIMED;
}

/* ---- Rows ----------------------------------------------------------------*/

static bool is_perfect(const struct trial *trial) {
    return trial->caught && trial->kind_right &&
           (trial->site_right || !trial->site_judged);
}

static void add_judged(struct matrix_row *row, const struct trial *trial,
                       struct arena *arena) {
    const uint64_t right = row->planted;
    bool were_perfect = row->caught == right && row->kind_right == right &&
                        row->site_right == row->site_judged;
    if (row->planted == 0 || (were_perfect && !is_perfect(trial))) {
        row->said = arena_text(arena, trial->said);
        row->site = arena_text(arena, trial->site);
    }
    row->planted++;
    row->caught += trial->caught ? 1 : 0;
    row->kind_right += trial->kind_right ? 1 : 0;
    row->site_judged += trial->site_judged ? 1 : 0;
    row->site_right += trial->site_judged && trial->site_right ? 1 : 0;
}

static void add_to_row(struct matrix_row *row, const struct trial *trial,
                       struct arena *arena) {
    if (trial->compared && trial->state == TRIAL_DONE) {
        row->clean_runs++;
        row->false_alarms += trial->alarms != 0 ? 1 : 0;
    }
    if (trial->state == TRIAL_DONE) {
        add_judged(row, trial, arena);
        return;
    }
    row->skipped += trial->state == TRIAL_SKIPPED ? 1 : 0;
    row->broken += trial->state == TRIAL_BROKEN ? 1 : 0;
    if (row->why_not == NULL && trial->state != TRIAL_NOT_BEGUN &&
        trial->state != TRIAL_INTERRUPTED) {
        row->why_not = arena_text(arena, trial->said);
    }
}

static void add_to_clean(struct matrix_clean *clean, const struct trial *trial,
                         struct arena *arena) {
    clean->broken += trial->state == TRIAL_BROKEN ? 1 : 0;
    if (trial->state != TRIAL_DONE) {
        return;
    }
    clean->runs++;
    clean->alarms += trial->alarms != 0 ? 1 : 0;
    if (trial->alarms != 0 && clean->said == NULL) {
        clean->said = arena_text(arena, trial->said);
    }
}

static struct matrix_row *row_of(struct matrix *matrix, struct arena *arena,
                                 const struct defect *defect) {
    for (size_t i = 0; i < matrix->rows_count; i++) {
        if (matrix->rows[i].defect == defect) {
            return &matrix->rows[i];
        }
    }
    matrix->rows = arena_more(arena, matrix->rows, matrix->rows_count,
                              sizeof matrix->rows[0]);
    struct matrix_row *row = &matrix->rows[matrix->rows_count++];
    *row = (struct matrix_row){.defect = defect};
    return row;
}

static struct matrix_clean *clean_of(struct matrix *matrix, struct arena *arena,
                                     const struct clean *clean) {
    for (size_t i = 0; i < matrix->cleans_count; i++) {
        if (matrix->cleans[i].clean == clean) {
            return &matrix->cleans[i];
        }
    }
    matrix->cleans = arena_more(arena, matrix->cleans, matrix->cleans_count,
                                sizeof matrix->cleans[0]);
    struct matrix_clean *row = &matrix->cleans[matrix->cleans_count++];
    *row = (struct matrix_clean){.clean = clean};
    return row;
}

/* All detectors look at all clean runs. */
static void add_silence(struct matrix *matrix, const struct trial *trial) {
    matrix->clean_runs++;
    matrix->false_alarms += trial->alarms != 0 ? 1 : 0;
    for (size_t i = 0; i < matrix->rows_count; i++) {
        struct matrix_row *row = &matrix->rows[i];
        if (!is_compared(row->defect)) {
            row->clean_runs++;
            row->false_alarms +=
                (trial->alarms & alarms_of(row->defect)) != 0 ? 1 : 0;
        }
    }
}

void matrix_make(const struct crew_job *jobs, const struct trial *trials,
                 size_t count, struct arena *arena, struct matrix *matrix_out) {
    struct matrix *matrix = matrix_out;
    for (size_t i = 0; i < count; i++) {
        if (jobs[i].defect != NULL) {
            add_to_row(row_of(matrix, arena, jobs[i].defect), &trials[i],
                       arena);
        } else {
            add_to_clean(clean_of(matrix, arena, jobs[i].clean), &trials[i],
                         arena);
        }
        matrix->interrupted = matrix->interrupted ||
                              trials[i].state == TRIAL_NOT_BEGUN ||
                              trials[i].state == TRIAL_INTERRUPTED;
    }
    for (size_t i = 0; i < count; i++) {
        if (jobs[i].clean != NULL && trials[i].state == TRIAL_DONE) {
            add_silence(matrix, &trials[i]);
        }
    }
    for (size_t i = 0; i < matrix->rows_count; i++) {
        const struct matrix_row *row = &matrix->rows[i];
        matrix->false_alarms +=
            is_compared(row->defect) ? row->false_alarms : 0;
    }
}

/* ---- Verdicts ------------------------------------------------------------*/

const char *matrix_row_verdict(const struct matrix_row *row) {
    if (row->broken != 0) {
        return "not completed";
    }
    if (row->planted == 0) {
        return row->skipped != 0 ? "skipped" : "not begun";
    }
    if (row->caught < row->planted) {
        return "missed";
    }
    if (row->kind_right < row->planted) {
        return "wrong kind";
    }
    return row->site_right < row->site_judged ? "wrong site" : "caught";
}

static bool any_row(const struct matrix *matrix, const char *verdict) {
    for (size_t i = 0; i < matrix->rows_count; i++) {
        if (strcmp(matrix_row_verdict(&matrix->rows[i]), verdict) == 0) {
            return true;
        }
    }
    return false;
}

static bool any_broken(const struct matrix *matrix) {
    bool broken = any_row(matrix, "not completed");
    for (size_t i = 0; i < matrix->cleans_count; i++) {
        broken = broken || matrix->cleans[i].broken != 0;
    }
    return broken;
}

enum matrix_verdict matrix_verdict(const struct matrix *matrix) {
    if (matrix->interrupted) {
        return MATRIX_INTERRUPTED;
    }
    if (any_broken(matrix)) {
        return MATRIX_ERROR;
    }
    return any_row(matrix, "missed") || any_row(matrix, "wrong kind") ||
                   any_row(matrix, "wrong site") || matrix->false_alarms != 0
               ? MATRIX_FAIL
               : MATRIX_PASS;
}

const char *matrix_verdict_name(enum matrix_verdict verdict) {
    static const char *const names[] = {
        [MATRIX_PASS] = "pass",
        [MATRIX_FAIL] = "fail",
        [MATRIX_ERROR] = "error",
        [MATRIX_INTERRUPTED] = "partial",
    };
    return names[verdict];
}

double matrix_alarm_bound(const struct matrix *matrix) {
    uint64_t alarms = 0;
    for (size_t i = 0; i < matrix->cleans_count; i++) {
        alarms += matrix->cleans[i].alarms;
    }
    return proportion_upper(alarms, matrix->clean_runs, MATRIX_CONFIDENCE);
}
