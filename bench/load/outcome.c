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

static void say(struct load_outcome *outcome, enum load_end end,
                const char *words) {
    outcome->end = end;
    (void)snprintf(outcome->error, sizeof outcome->error, "%s", words);
}

void outcome_join(struct load_outcome *outcome, enum watch_end end) {
    if (end == WATCH_DRY) {
        say(outcome, LOAD_LOST,
            "the loop ran dry before the last answer or close callback came");
    } else if (end == WATCH_STALLED) {
        say(outcome, LOAD_STALLED, "no answer came for limits.stall");
    }
}
