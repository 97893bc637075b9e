/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_ANNOTATIONS_H
#define PLUNGE_REPORT_ANNOTATIONS_H

#include <stddef.h>

struct arena;
struct result;
struct text;

/* Workflow commands, which GitHub shows at the line of the scenario: an error
 * for what failed, a warning for what is not decided, the worst first. GitHub
 * drops what is more than ten of a kind in silence: of more than
 * ANNOTATIONS_MAX the last one says what the others are. What passes has
 * none. */
#define ANNOTATIONS_MAX 10

void annotations_write(const struct result *const *results,
                       size_t results_count, struct arena *arena,
                       struct text *text);

#endif
