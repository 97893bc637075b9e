/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/search.h"

#include <string.h>

#include "base/check.h"

void search_init(struct search *search, uint64_t from, uint64_t to) {
    CHECK(from > 0 && from <= to);
    memset(search, 0, sizeof *search);
    search->state = SEARCH_ASKING;
    search->to = to;
    search->value = from;
}

bool search_asks(const struct search *search) {
    return search->state == SEARCH_ASKING || search->state == SEARCH_CONFIRMING;
}

static void ask(struct search *search, enum search_state state,
                uint64_t value) {
    search->state = state;
    search->value = value;
    search->yes_count = 0;
    search->no_count = 0;
    search->unknown_count = 0;
}

static bool is_closed(const struct search *search) {
    const uint64_t gap = search->failed - search->held;
    return gap <= 1 || gap <= search->held / SEARCH_PRECISION;
}

/* Something held, and the value is settled. */
static void go_on(struct search *search) {
    if (search->failed != 0) {
        if (is_closed(search)) {
            ask(search, SEARCH_CONFIRMING, search->held);
        } else {
            ask(search, SEARCH_ASKING,
                search->held + (search->failed - search->held) / 2);
        }
    } else if (search->held == search->to) {
        ask(search, SEARCH_CONFIRMING, search->to);
    } else {
        ask(search, SEARCH_ASKING,
            search->held > search->to / 2 ? search->to : search->held * 2);
    }
}

static void believe_yes(struct search *search) {
    if (search->state == SEARCH_CONFIRMING) {
        search->state = SEARCH_FOUND;
        return;
    }
    CHECK(search->held_count < SEARCH_HELD_MAX);
    search->held = search->value;
    search->held_values[search->held_count++] = search->value;
    go_on(search);
}

/* Back to what held before it, if anything did. */
static void give_up_held(struct search *search) {
    search->held_count--;
    search->held = search->held_count == 0
                       ? 0
                       : search->held_values[search->held_count - 1];
    if (search->held == 0 ||
        ++search->unconfirmed_count == SEARCH_UNCONFIRMED_MAX) {
        search->state = SEARCH_UNDECIDED;
    } else {
        go_on(search);
    }
}

static void believe_no(struct search *search) {
    search->failed = search->value;
    if (search->state == SEARCH_CONFIRMING) {
        give_up_held(search);
    } else if (search->held == 0) {
        search->state = SEARCH_NOT_FOUND;
    } else {
        go_on(search);
    }
}

void search_tell(struct search *search, enum search_answer answer) {
    CHECK(search_asks(search));
    switch (answer) {
    case SEARCH_UNKNOWN:
        if (++search->unknown_count == SEARCH_UNKNOWN_MAX) {
            search->state = SEARCH_UNDECIDED;
        }
        return;
    case SEARCH_YES:
        search->yes_count++;
        break;
    case SEARCH_NO:
        search->no_count++;
        break;
    }
    if (search->no_count == 2) {
        believe_no(search);
    } else if (search->yes_count == (search->no_count == 0 ? 1 : 2)) {
        believe_yes(search);
    }
}
