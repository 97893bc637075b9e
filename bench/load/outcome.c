/* SPDX-License-Identifier: Apache-2.0 */
#include "load/outcome.h"

#include <stdio.h>

#include "subject/subject.h"

void outcome_set(struct load_outcome *outcome, enum load_end end,
                 const struct subject_error *error) {
    outcome->end = end;
    outcome->error_number = error->error_number;
    (void)snprintf(outcome->error, sizeof outcome->error, "%s", error->text);
}

void outcome_join(struct load_outcome *outcome, enum watch_end end) {
    if (end == WATCH_DRY) {
        outcome->end = LOAD_LOST;
    } else if (end == WATCH_STALLED) {
        outcome->end = LOAD_STALLED;
    }
}
