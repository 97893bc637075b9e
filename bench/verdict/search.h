/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_SEARCH_H
#define PLUNGE_VERDICT_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest value that holds, where nobody knows but by asking, asking is
 * dear, and answers are noisy. Does nothing itself: it says what is to be asked
 * and is told the answer.
 *
 *   asking --no at `from`, twice------------------------------> not found
 *     |  doubles while it holds, then halves the bracket
 *     v
 *   confirming --yes------------------------------------------> found
 *     |  the same value for longer. No, twice: back to asking,
 *     |  below it, at most SEARCH_UNCONFIRMED_MAX times
 *     v
 *   undecided  <--nobody knows, SEARCH_UNKNOWN_MAX times for a value
 *
 * A no is believed when it was said twice, or once more than yes: that one is
 * checked by the confirmation, a no by nobody.
 *
 * Invariant: held < failed where both are known; held only grows and failed
 *            only falls, but for a value that is not confirmed: it becomes
 *            failed, and held what held before it. */
#define SEARCH_UNKNOWN_MAX 3
#define SEARCH_UNCONFIRMED_MAX 3

/* The bracket is closed when it is this part of the value. */
#define SEARCH_PRECISION 20

enum search_state {
    SEARCH_ASKING,
    SEARCH_CONFIRMING,
    SEARCH_FOUND,
    SEARCH_NOT_FOUND,
    SEARCH_UNDECIDED,
};

enum search_answer {
    SEARCH_YES,
    SEARCH_NO,
    SEARCH_UNKNOWN,
};

#define SEARCH_HELD_MAX 128

struct search {
    uint64_t to;
    enum search_state state;
    uint64_t value;  /* to be asked; found: the largest that holds */
    uint64_t held;   /* the largest that held; 0: none */
    uint64_t failed; /* the least that did not; 0: none */
    unsigned yes_count;
    unsigned no_count; /* of value, in this state */
    unsigned unknown_count;
    unsigned unconfirmed_count;
    uint64_t held_values[SEARCH_HELD_MAX]; /* rising; held is the last */
    size_t held_count;
};

/* 0 < @from <= @to. */
void search_init(struct search *search, uint64_t from, uint64_t to);

/* Whether search->value is to be asked, in the state that it is in. */
bool search_asks(const struct search *search);

/* The answer for search->value. */
void search_tell(struct search *search, enum search_answer answer);

#endif
