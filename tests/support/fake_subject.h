/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_FAKE_SUBJECT_H
#define TESTS_SUPPORT_FAKE_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "subject/subject.h"

/* A subject that misbehaves by script, and keeps a record of what it was
 * called for. There is one at a time. */
enum fake_answer {
    FAKE_RIGHT,
    FAKE_OTHER_PERSON,
    FAKE_OTHER_LOGIN_RIGHT_PERSON, /* the name's seal fits, the login not */
    FAKE_NOBODY,
    FAKE_SOMEBODY, /* even under a login of nobody */
    FAKE_FAILED,
    FAKE_CANCELLED, /* though nobody asked for it */
    FAKE_NONE,
    FAKE_TWICE,
    FAKE_AFTER_CLOSE, /* once in time, and once more */
};

struct fake_script {
    int open_status;
    enum fake_answer answer;
    uint64_t answer_from;  /* submission, from 1, where that begins */
    uint64_t answer_to;    /* and ends; 0: never */
    int refusal;           /* status of submit() */
    uint64_t refuse_from;  /* submission where that begins; 0: never */
    uint64_t refuse_to;    /* and ends; 0: never */
    bool backwards;        /* answers the last of a turn's requests first */
    bool close_is_silent;  /* its callback never comes */
    bool closes_early;     /* it comes before what is in flight */
    bool keeps_loop_alive; /* with a handle that has nothing to say */
    uint64_t stall_at;     /* submission, from 1, whose call takes stall_ms of
                              the loop's thread; 0: none */
    unsigned stall_ms;
    volatile int *interrupt;
    uint64_t interrupt_at; /* submission at which it is set */
};

struct fake_record {
    unsigned opened;
    uint64_t submitted; /* refused ones too */
    uint64_t in_flight_peak;
    unsigned gathers;
    uint64_t gathered; /* requests of these */
    unsigned closes;
    unsigned closes_joined; /* of these, before the first was done */
    unsigned aborts;
    uint64_t unanswered_at_close; /* the first of the last that was opened */
    bool closed_in_answer;
    unsigned forgets;
    unsigned drops;
    uint64_t cycle; /* of the last opening */
};

/* Answers what it withheld, and goes on. */
void fake_answer_withheld(void);

/* Lets it make good what it withheld: answers, handles, callbacks. The loop
 * has to be turned after it. */
void fake_recover(void);

extern const struct subject_calls fake_subject;
extern const struct subject_calls fake_reference;
extern struct fake_script fake_script;
extern struct fake_record fake_record;

#endif
