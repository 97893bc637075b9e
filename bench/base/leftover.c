/* SPDX-License-Identifier: Apache-2.0 */
#include "base/leftover.h"

#include <string.h>

#include "base/quantity.h"
#include "base/text.h"

/* Words that do not become plural by an s; "heap" and "shm" cannot be counted
 * without a noun behind them. */
static const struct {
    enum result_kind kind;
    const char *one;
    const char *many;
} irregular[] = {
    {RESULT_HEAP, "heap block", "heap blocks"},
    {RESULT_SHM, "shm segment", "shm segments"},
    {RESULT_PROCESS, "process", "processes"},
};

bool leftover_is_seen_outside(enum result_kind kind) {
    switch (kind) {
    case RESULT_THREAD:
    case RESULT_FD:
    case RESULT_SOCKET:
    case RESULT_MAP:
    case RESULT_FILE:
    case RESULT_LOCK:
    case RESULT_PROCESS:
    case RESULT_TIMER:
    case RESULT_SIGNAL:
    case RESULT_SHM:
        return true;
    default:
        return false;
    }
}

bool leftover_is_watched(const struct result_cell *cell,
                         enum result_kind kind) {
    if (kind == RESULT_HEAP && !cell->program.given) {
        return cell->resources.after.heap_bytes != RESULT_UNKNOWN;
    }
    return !cell->program.given || leftover_is_seen_outside(kind);
}

bool leftover_counts(const struct result_leftover *leftover) {
    bool forgiven =
        leftover->late_ms > 0 && leftover->late_ms <= LEFTOVER_LATE_MS_MAX;
    return !forgiven;
}

uint64_t leftover_sum(const struct result_cell *cell,
                      uint64_t counts[RESULT_KINDS_COUNT]) {
    uint64_t total = 0;
    memset(counts, 0, RESULT_KINDS_COUNT * sizeof counts[0]);
    for (size_t i = 0; i < cell->leftovers_count; i++) {
        const struct result_leftover *leftover = &cell->leftovers[i];
        if (leftover_counts(leftover)) {
            /* An entry whose count is not known is one at least. */
            uint64_t count =
                leftover->count == RESULT_UNKNOWN ? 1 : leftover->count;
            counts[leftover->kind] += count;
            total += count;
        }
    }
    return total;
}

void leftover_append_kind(struct text *text, enum result_kind kind,
                          uint64_t count) {
    char number[QUANTITY_SIZE];
    text_format(text, "%s ", quantity_count(number, count));
    for (size_t i = 0; i < sizeof irregular / sizeof irregular[0]; i++) {
        if (irregular[i].kind == kind) {
            text_append(text,
                        count == 1 ? irregular[i].one : irregular[i].many);
            return;
        }
    }
    text_format(text, "%s%s", result_kind_name(kind), count == 1 ? "" : "s");
}

void leftover_append(struct text *text,
                     const uint64_t counts[RESULT_KINDS_COUNT]) {
    const char *separator = "";
    for (int kind = 0; kind < RESULT_KINDS_COUNT; kind++) {
        if (counts[kind] != 0) {
            text_append(text, separator);
            leftover_append_kind(text, (enum result_kind)kind, counts[kind]);
            separator = ", ";
        }
    }
    if (*separator == '\0') {
        text_append(text, "nothing");
    }
}
