/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_ABSENT_H
#define PLUNGE_VERDICT_ABSENT_H

#include <stdbool.h>

struct arena;
struct result;
struct result_compared;
struct versus_options;

/* Adds to result->comparison a row, which is not decided, for each metric that
 * was asked for by its name and has none: what could not be measured is no
 * answer. Of what has a row only where there is any (a kind of leftover, an
 * exhaustion, findings) none is an answer, and adds nothing. */
void absent_add(const struct versus_options *options, struct arena *arena,
                struct result *result);

/* Whether @compared is such a row. */
bool absent_is(const struct result_compared *compared);

#endif
