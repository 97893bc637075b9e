/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_ROLL_H
#define PLUNGE_LOAD_ROLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "people/newcomer.h"

/* Who was renamed, signed up and signed off by what has been answered, as far
 * as it is certain: so that a lost update, a row that should be gone or one
 * that should be there is seen as what it is.
 *
 * Of a login the state is certain from the answer of a write that was alone,
 * no other write of the same place of the table being unanswered at any moment
 * of it, up to the submission of the next. It then holds for every request that
 * was submitted after that answer and is answered before that submission;
 * others may have seen either state, and nothing is said of them. The table has
 * a fixed number of places; of those that share one only the last is known.
 *
 * Who has signed up, and nobody else, can be signed off: one at a time is given
 * out, the longest there first. Past ROLL_CANDIDATES_MAX they stay for ever.
 *
 * Thread: any. */
struct roll;

#define ROLL_PLACES (1U << 15)
#define ROLL_CANDIDATES_MAX (1U << 15)

/* What a login's row is. */
struct roll_state {
    bool known;
    bool there;
    uint64_t called; /* naming_hash() */
};

/* One write of one login, from its submission to its answer. */
struct roll_write {
    uint64_t login; /* roll_login() */
    bool alone;
    uint32_t begun;
    struct roll_state before;
};

/* @forgets: what is written is lost; so nothing is ever certain. */
struct roll *roll_new(bool forgets);
void roll_free(struct roll *roll); /* NULL is allowed */

uint64_t roll_login(const char *login, size_t login_size);

/* A moment: of two the later one is not less. */
uint64_t roll_now(const struct roll *roll);

/* Fills in @write. */
void roll_begin(struct roll *roll, uint64_t login, struct roll_write *write);

/* @write was answered; after it the row is @after, which is not known where it
 * failed. Returns whether it was alone, so that @write->before is what it saw.
 */
bool roll_end(struct roll *roll, const struct roll_write *write,
              struct roll_state after);

/* What a request saw that was submitted at @asked and is answered now. */
struct roll_state roll_state(struct roll *roll, uint64_t login, uint64_t asked);

/* Somebody has signed up; and who can be signed off now: false, nobody. */
void roll_offer(struct roll *roll, struct newcomer newcomer);
bool roll_take(struct roll *roll, struct newcomer *newcomer_out);

#endif
