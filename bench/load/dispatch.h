/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_DISPATCH_H
#define PLUNGE_LOAD_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "load/load.h"
#include "load/means.h"

struct result_usage;
struct subject;
struct subject_sink;

/* For subjects that lookups are submitted to: takes a cycle through its phases,
 * submits what they want and receives the answers. What they want is said by
 * the kind of the phase (closed.h, open.h). Slots are made once and kept
 * through phases and cycles; nothing is allocated for a lookup.
 *
 * Thread: the loop's. */
struct dispatch;

struct dispatch_options {
    size_t slots_count; /* the most requests ever in flight */
    bool timed;         /* some phase's lookups are due at times of their own */
    bool staged;        /* where the time goes is asked */
    bool thinks;        /* because slots think */
};

/* @means is borrowed. */
struct dispatch *dispatch_new(const struct means *means,
                              const struct dispatch_options *options);

/* Turns the loop. false: some requests were never answered, and a thread of the
 * subject may still write there, so only the handles were given back. */
bool dispatch_free(struct dispatch *dispatch);

/* Gives back what answers are kept in, which the next ones take anew; nothing
 * while some are missing. */
void dispatch_rest(struct dispatch *dispatch);

/* For the subject to be opened with. */
struct subject_sink dispatch_sink(struct dispatch *dispatch);

/* Submits and receives one cycle of @phases, drain included. LOAD_LOST and
 * LOAD_STALLED leave requests unanswered: nothing can be run after that. */
void dispatch_run(struct dispatch *dispatch, struct subject *subject,
                  const struct phases *phases,
                  struct load_outcome *outcome_out);

/* When a cycle's subject is closed. All but the first want nothing more to be
 * asked for, and fall back to it where their moment never comes. */
enum dispatch_moment {
    DISPATCH_AFTER_ALL,      /* dispatch_run() has returned */
    DISPATCH_WITH_ANY,       /* at once, with whatever is unanswered */
    DISPATCH_WITH_TENTH,     /* a tenth of the cycle's lookups is, at most */
    DISPATCH_IN_LAST_ANSWER, /* while the last of all is being received */
};

/* @close is called at @moment, once, out of dispatch_run(). @cancels: what is
 * answered DBPOOL_ECANCELED after that was given up, and has not failed. */
struct dispatch_ending {
    enum dispatch_moment moment;
    bool cancels;
    void (*close)(void *data);
    void *data;
};

/* Of the next dispatch_run(). */
void dispatch_end_with(struct dispatch *dispatch,
                       const struct dispatch_ending *ending);

/* For the series of the phase that runs, if one does (load_look()). */
void dispatch_look(const struct dispatch *dispatch,
                   const struct result_usage *usage);

/* The subject of this cycle has said that it is closed. */
void dispatch_subject_closed(struct dispatch *dispatch);

/* NULL, or what was answered that nobody waited for, once for each time: of
 * this cycle, after its end too. Until the next begins. */
const char *dispatch_stray(const struct dispatch *dispatch);

#endif
