/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/leaving.h"

#include "base/arena.h"
#include "base/check.h"
#include "base/leftover.h"
#include "base/text.h"
#include "scenario/expectation.h"
#include "verdict/measured.h"

bool leaving_decides(const struct expectation *expectation) {
    return expectation->metric == EXPECTATION_LEFT_BEHIND &&
           !expectation->kind_given &&
           (expectation->operand == EXPECTATION_NOTHING ||
            expectation->operand == EXPECTATION_MAP);
}

/* Whether what is left of @kind belongs to something that is left too, and so
 * need not be named. */
static bool is_owned(enum result_kind kind,
                     const uint64_t counts[RESULT_KINDS_COUNT]) {
    switch (kind) {
    case RESULT_CONNECTION:
        return counts[RESULT_POOL] != 0;
    case RESULT_FD:
    case RESULT_LOCK:
    case RESULT_MAP:
    case RESULT_SHM:
    case RESULT_STATEMENT:
    case RESULT_REQUEST:
    case RESULT_HANDLE:
    case RESULT_HEAP:
        return counts[RESULT_POOL] != 0 || counts[RESULT_CONNECTION] != 0;
    default:
        return false;
    }
}

static const struct expectation_kind *
named_kind(const struct expectation *expectation, enum result_kind kind) {
    for (size_t i = 0; i < expectation->kinds_count; i++) {
        if (expectation->kinds[i].kind == kind) {
            return &expectation->kinds[i];
        }
    }
    return NULL;
}

static bool kind_is_right(const struct expectation_kind *named,
                          uint64_t count) {
    return named->count == EXPECTATION_ANY ? count != 0 : count == named->count;
}

/* The sentence about the first kind that is not as @expectation names it;
 * NULL: all are. */
static const char *find_difference(const struct expectation *expectation,
                                   const uint64_t counts[RESULT_KINDS_COUNT],
                                   struct arena *arena) {
    for (int i = 0; i < RESULT_KINDS_COUNT; i++) {
        enum result_kind kind = (enum result_kind)i;
        const struct expectation_kind *named = named_kind(expectation, kind);
        const char *wanted = "not named";
        if (named == NULL) {
            if (counts[i] == 0 || is_owned(kind, counts)) {
                continue;
            }
        } else if (kind_is_right(named, counts[i])) {
            continue;
        } else if (named->count == EXPECTATION_ANY) {
            wanted = "expected: any number from 1";
        } else {
            wanted = arena_format(arena, "expected: %llu",
                                  (unsigned long long)named->count);
        }
        struct text text;
        text_init(&text);
        leftover_append_kind(&text, kind, counts[i]);
        const char *why =
            arena_format(arena, "%s left behind, %s", text.bytes, wanted);
        text_fini(&text);
        return why;
    }
    return NULL;
}

const char *leaving_unwatched(enum result_kind kind, struct arena *arena) {
    if (kind == RESULT_HEAP) {
        return "not measured: blocks of the heap are listed where there are "
               "several cycles, or a line of the scenario names heap";
    }
    return arena_format(arena,
                        "not measured: this version does not look for %s",
                        result_kind_name(kind));
}

/* The first kind that is named but that nobody has looked for; NULL: none. */
static const struct expectation_kind *
unwatched_kind(const struct expectation *expectation,
               const struct result_cell *cell,
               const uint64_t counts[RESULT_KINDS_COUNT]) {
    for (size_t i = 0; i < expectation->kinds_count; i++) {
        const struct expectation_kind *named = &expectation->kinds[i];
        if (!leftover_is_watched(cell, named->kind) &&
            counts[named->kind] == 0) {
            return named;
        }
    }
    return NULL;
}

struct ruling leaving_rule(const struct expectation *expectation,
                           const struct result_cell *cell,
                           struct arena *arena) {
    uint64_t counts[RESULT_KINDS_COUNT];
    uint64_t total = leftover_sum(cell, counts);
    const struct expectation_kind *unwatched =
        unwatched_kind(expectation, cell, counts);
    if (unwatched != NULL) {
        return ruling_open(leaving_unwatched(unwatched->kind, arena));
    }
    const char *words = measured_left_behind(cell, arena);
    const char *why = arena_format(arena, "%s left behind", words);
    bool same = total == 0;
    if (expectation->operand == EXPECTATION_MAP) {
        const char *difference = find_difference(expectation, counts, arena);
        same = difference == NULL;
        why = same ? "what is left behind is what was named" : difference;
    }
    CHECK(expectation->op == EXPECTATION_EQ ||
          expectation->op == EXPECTATION_NE);
    bool holds = same == (expectation->op == EXPECTATION_EQ);
    return (struct ruling){
        .held = holds ? RESULT_HELD_YES : RESULT_HELD_NO,
        .badness = (double)total,
        .measured = words,
        .why = why,
    };
}
