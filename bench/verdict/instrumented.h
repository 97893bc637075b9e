/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_INSTRUMENTED_H
#define PLUNGE_VERDICT_INSTRUMENTED_H

#include <stdbool.h>

#include "base/result.h"

struct arena;
struct expectation;

/* What a tool that a cell ran under leaves of its measurement: answers, counts
 * and leftovers stand. Times, memory and the peak of descriptors are the
 * tool's, too; and a load that was divided says nothing about how many lookups
 * there would have been, but for none.
 *
 * Returns a sentence, in @arena or static; or NULL: it is a witness. */
const char *instrumented_objection(const struct expectation *expectation,
                                   const struct result_cell *cell,
                                   struct arena *arena);

/* The tool that cells of @result ran under; NULL: none. */
const char *instrumented_by(const struct result *result);

/* Whether anything looked for errors, or found some, and then whether there
 * are none: an expectation that nobody has to write. */
bool instrumented_findings(const struct result *result, struct arena *arena,
                           struct result_expectation *expectation_out);

#endif
