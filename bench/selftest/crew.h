/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SELFTEST_CREW_H
#define PLUNGE_SELFTEST_CREW_H

#include <stddef.h>

struct clean;
struct defect;
struct trial;

/* What is to be tried: one of the two. */
struct crew_job {
    const struct defect *defect;
    const struct clean *clean;
};

struct crew_watch {
    void *data;
    void (*done)(void *data, size_t count, size_t total);
};

/* An array that processes share, all TRIAL_NOT_BEGUN. NULL: no memory. */
struct trial *crew_trials_new(size_t count);
void crew_trials_free(struct trial *trials, size_t count);

/* Tries all of them, @workers at a time, each of these a process of its own: a
 * cell is run by the main thread of a process that has no other children.
 * Interrupted, those that were begun are ended first. A trial whose worker died
 * is TRIAL_BROKEN.
 *
 * Thread:  the main one of a process without other children or threads.
 * Returns: 0, or -errno when no worker could be started. */
int crew_run(const struct crew_job *jobs, size_t jobs_count, unsigned workers,
             const struct crew_watch *watch, struct trial *trials);

#endif
