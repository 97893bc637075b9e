/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_LIKENESS_H
#define PLUNGE_VERDICT_LIKENESS_H

#include <stddef.h>

#include "base/result.h"

struct arena;

/* Whether two results are of the same, so that what differs between them is
 * what has changed. Each is one sentence, in @arena or static, or NULL: they
 * are alike in that. */
struct likeness {
    const char *scenario; /* its text, its settings, the seed, a tool */
    const char *machine;  /* what it is, or the variant of the build */
    const char *boot;     /* another one: times do not carry over */
    /* What differs and is no reason not to compare: versions, a result that is
     * not whole. */
    struct result_remark *remarks;
    size_t remarks_count;
};

struct likeness likeness_of(const struct result *base,
                            const struct result *newer, struct arena *arena);

/* A fact of @result's environment as text; NULL: it does not say. */
const char *likeness_fact(const struct result *result, const char *name,
                          struct arena *arena);

#endif
