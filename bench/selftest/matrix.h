/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SELFTEST_MATRIX_H
#define PLUNGE_SELFTEST_MATRIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct clean;
struct crew_job;
struct defect;
struct result_fact;
struct text;
struct trial;

/* What came of all trials: a row a defect, and a row a clean subject. */
#define MATRIX_CONFIDENCE 0.95

struct matrix_row {
    const struct defect *defect;
    uint64_t planted; /* and judged: not skipped, broken or interrupted */
    uint64_t caught;
    uint64_t kind_right;
    uint64_t site_judged;
    uint64_t site_right;
    uint64_t skipped;
    uint64_t broken;
    uint64_t false_alarms; /* of its detector, */
    uint64_t clean_runs;   /* in so many runs without a defect */
    const char *said;      /* of the first that went wrong, or the first */
    const char *site;
    const char *why_not; /* of the first that was skipped or broken */
};

struct matrix_clean {
    const struct clean *clean;
    uint64_t runs;
    uint64_t alarms; /* runs with one */
    uint64_t broken;
    const char *said; /* of the first alarm, or NULL */
};

struct matrix {
    bool full;
    bool interrupted;
    const char *started_at;
    struct result_fact *environment;
    size_t environment_count;
    struct matrix_row *rows;
    size_t rows_count;
    struct matrix_clean *cleans;
    size_t cleans_count;
    uint64_t clean_runs;
    uint64_t false_alarms;
};

enum matrix_verdict {
    MATRIX_PASS,        /* all caught, with kind and site, and silence */
    MATRIX_FAIL,        /* a defect was missed, or a false alarm raised */
    MATRIX_ERROR,       /* something could not be carried out */
    MATRIX_INTERRUPTED, /* before all was told */
};

/* Adds @trials, of @jobs, up. Memory: in @arena; the trials may go. */
void matrix_make(const struct crew_job *jobs, const struct trial *trials,
                 size_t count, struct arena *arena, struct matrix *matrix_out);

/* "caught", "missed", "wrong kind", "wrong site", "skipped", "not completed":
 * the first that applies. */
const char *matrix_row_verdict(const struct matrix_row *row);
enum matrix_verdict matrix_verdict(const struct matrix *matrix);
const char *matrix_verdict_name(enum matrix_verdict verdict);

/* What the share of false alarms is below, at MATRIX_CONFIDENCE. */
double matrix_alarm_bound(const struct matrix *matrix);

void matrix_write_text(const struct matrix *matrix, bool color,
                       struct arena *arena, struct text *text);

/* The schema plunge-selftest/1. */
void matrix_write_json(const struct matrix *matrix, struct text *text);

/* selftest.txt and selftest.json in @folder. 0, or -1 with a sentence. */
int matrix_write_folder(const struct matrix *matrix, const char *folder,
                        struct arena *arena, const char **problem_out);

#endif
