/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/checkup.h"

#include <math.h>

#include "base/arena.h"

struct checkup_item *checkup_add(struct checkup *checkup, const char *check,
                                 enum checkup_level level, const char *value) {
    checkup->items = arena_more(checkup->arena, checkup->items, checkup->count,
                                sizeof *checkup->items);
    struct checkup_item *item = &checkup->items[checkup->count++];
    *item = (struct checkup_item){
        .check = check,
        .level = level,
        .value = value,
        .number = (double)NAN,
    };
    return item;
}

static bool has_level(const struct checkup *checkup, enum checkup_level level) {
    for (size_t i = 0; i < checkup->count; i++) {
        if (checkup->items[i].level == level) {
            return true;
        }
    }
    return false;
}

bool checkup_is_missing(const struct checkup *checkup) {
    return has_level(checkup, CHECKUP_MISSING);
}

enum checkup_grade checkup_grade(const struct checkup *checkup) {
    if (has_level(checkup, CHECKUP_NOISY) ||
        checkup->smallest_difference > CHECKUP_USABLE_MAX) {
        return CHECKUP_LOUD;
    }
    return checkup->smallest_difference > CHECKUP_QUIET_MAX ? CHECKUP_USABLE
                                                            : CHECKUP_QUIET;
}

const char *checkup_level_name(enum checkup_level level) {
    static const char *const names[] = {
        [CHECKUP_GOOD] = "good",
        [CHECKUP_NOTE] = "note",
        [CHECKUP_NOISY] = "noisy",
        [CHECKUP_MISSING] = "missing",
    };
    return names[level];
}

const char *checkup_grade_name(enum checkup_grade grade) {
    static const char *const names[] = {
        [CHECKUP_QUIET] = "quiet",
        [CHECKUP_USABLE] = "usable",
        [CHECKUP_LOUD] = "noisy",
    };
    return names[grade];
}
