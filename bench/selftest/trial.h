/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SELFTEST_TRIAL_H
#define PLUNGE_SELFTEST_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct clean;
struct defect;
struct result;

/* One defect planted once, or one clean run: through `plunge run`, to the
 * verdict. */

enum trial_state {
    TRIAL_NOT_BEGUN,
    TRIAL_DONE,
    TRIAL_SKIPPED, /* this machine or build cannot plant or see it */
    TRIAL_BROKEN,  /* it could not be carried out */
    TRIAL_INTERRUPTED,
};

#define TRIAL_WORDS_SIZE 320

/* Bits above the kinds, of a clean run's alarms. */
enum trial_alarm {
    TRIAL_ALARM_LEAK = 18, /* a metric leaks, or may */
    TRIAL_ALARM_ENDED,
    TRIAL_ALARM_WRONG,
    TRIAL_ALARM_COUNTED,
    TRIAL_ALARM_TIMED,
    TRIAL_ALARM_OTHER,
};

/* Plain data: it is shared between processes. */
struct trial {
    enum trial_state state;
    bool caught;
    bool kind_right;
    bool site_judged; /* else this build names no lines */
    bool site_right;
    bool compared;   /* without the defect, too */
    uint32_t alarms; /* without it: a bit each */
    char said[TRIAL_WORDS_SIZE];
    char site[TRIAL_WORDS_SIZE];
};

void trial_run(const struct defect *defect, struct trial *trial);
void trial_run_clean(const struct clean *clean, struct trial *trial);

/* What a result says of the defect, and of nothing. Pure. @has_lines: whether
 * backtraces name them. */
void trial_examine(const struct defect *defect, const struct result *result,
                   bool has_lines, struct arena *arena, struct trial *trial);
void trial_examine_clean(const struct result *result, struct trial *trial);

/* Of the times of runs, one with the defect and one without in each of @pairs:
 * whether each of them took longer with it. */
struct trial_times {
    double clean;
    double planted;
};

bool trial_times_differ(const struct trial_times *pairs, size_t pairs_count);

/* What trial->said and trial->site are to hold. */
void trial_say(char words[TRIAL_WORDS_SIZE], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
