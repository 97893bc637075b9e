/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_BASELINE_H
#define PLUNGE_VERDICT_BASELINE_H

#include <stdbool.h>

#include "base/result.h"
#include "verdict/ruling.h"

struct arena;
struct expectation;
struct scenario;

/* A saved result that a run is held against. */
struct baseline {
    const struct result *result;
    const char *path;
    double tolerance; /* of times, of what no expectation names */
};

/* `METRIC not worse than baseline by SHARE`, in all points: by what a
 * comparison says of it (compare.h), with that share let pass. It holds where
 * the worse end of the interval is within, however much better the other end
 * may be. */
struct ruling baseline_rule(const struct expectation *expectation,
                            const struct baseline *baseline,
                            const struct result *result, struct arena *arena);

/* Fills in @result's comparison, of all that there is. Where no expectation of
 * @scenario names the baseline, that is one itself, which nobody has to write:
 * true, and *expectation_out is whether it is held. */
bool baseline_compare(const struct scenario *scenario,
                      const struct baseline *baseline, struct arena *arena,
                      struct result *result,
                      struct result_expectation *expectation_out);

/* Why @baseline can be none of a run of @scenario with the given settings
 * (likeness.h), told before it; a sentence in @arena, or NULL. */
struct scenario_override;
struct baseline_run {
    const struct scenario *scenario;
    const struct scenario_override *overrides;
    size_t overrides_count;
    uint64_t seed;
    const char *tool; /* of --under; NULL: none */
};

const char *baseline_objection(const struct baseline *baseline,
                               const struct baseline_run *run,
                               struct arena *arena);

#endif
