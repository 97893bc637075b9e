/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_SLOTS_H
#define PLUNGE_LOAD_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/board.h"
#include "load/load.h"
#include "load/means.h"
#include "people/people.h"
#include "subject/subject.h"

struct phase;
struct text;

/* Room for a lookup, whichever phase it belongs to. Its life:
 *
 *   free --submit--> in flight --answered--> in flight again, or free, or
 *    ^                   |                   thinking (thinking.h), then free
 *    +----- refused -----+
 */
struct slot {
    struct subject_request request;
    struct phase *phase;  /* that the request belongs to */
    uint64_t intended_ns; /* free: since when */
    uint64_t submitted_ns;
    uint64_t k; /* of the phase's lookups */
    struct slot *next_free;
    struct text *shown_later; /* NULL: an answer is shown when it comes */
    bool in_flight;
    char login[PEOPLE_FIELD_MAX + 1];
};

/* All slots of a load, and what is under way in them.
 *
 * Thread: the loop's. */
struct slots {
    /* Fixed. */
    const struct means *means;
    struct slot *items;
    struct errand *errands; /* one a slot; NULL: there are only lookups */
    size_t count;
    struct dbpool_request_times *times; /* one a slot; or NULL */

    struct slot *free;
    uint64_t unanswered;
    uint64_t progress; /* moves with every answer and refusal */
    struct board_share share;

    /* Of the cycle. */
    struct subject *subject;
    struct phase *phase; /* the current one; NULL: the rest is drain */
    bool exhausted;      /* no thread could be started for a lookup */
    bool cancelling;     /* what is canceled was given up, and did not fail */
    struct load_outcome outcome;
};

/* @means is borrowed. @staged: lookups are told when they got how far. */
void slots_init(struct slots *slots, const struct means *means, size_t count,
                bool staged);

/* All of them are answered. */
void slots_fini(struct slots *slots);

/* Gives back what answers are kept in; nothing while some are missing. */
void slots_rest(struct slots *slots);

/* There is a free one. */
struct slot *slots_take(struct slots *slots);

/* Free since @now_ns. */
void slots_release(struct slots *slots, struct slot *slot, uint64_t now_ns);

/* When a lookup was to start, and when it does. */
struct slot_start {
    uint64_t intended_ns;
    uint64_t now_ns;
};

/* Submits the current phase's next lookup in @slot, which is not free. false:
 * it was refused, and counted as what it was; @slot is free again. */
bool slots_submit(struct slots *slots, struct slot *slot,
                  struct slot_start start);

/* Counts the current phase's next lookup as rejected: there is no slot for
 * it. */
void slots_reject(struct slots *slots, uint64_t now_ns);

/* @slot's lookup was answered: counts it. */
void slots_count(struct slots *slots, struct slot *slot,
                 const struct subject_answer *answer, uint64_t now_ns);

/* One more of @phase is settled; where that was the last that the current phase
 * wants, the phase ends at @now_ns. */
void slots_settle(struct slots *slots, struct phase *phase, uint64_t now_ns);

#endif
