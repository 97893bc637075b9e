/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_MEASURED_H
#define PLUNGE_VERDICT_MEASURED_H

struct arena;
struct expectation;
struct result_cell;

/* What was measured, in words. Memory: in @arena, or static. */

/* As the scenario says it, without kind, phase or slope: "p99.9", "threads";
 * "service.p99". */
const char *measured_metric_name(const struct expectation *expectation);

/* The value alone, with the unit of the metric: "4.13 ms", "3 per cycle". */
const char *measured_value(const struct expectation *expectation, double value,
                           struct arena *arena);

/* With its name where the value alone does not say what it is: "p99 4.13 ms",
 * "3 threads", "1,204,113/s". */
const char *measured_text(const struct expectation *expectation, double value,
                          struct arena *arena);

/* What @cell left behind: "1 pool, 3 threads". */
const char *measured_left_behind(const struct result_cell *cell,
                                 struct arena *arena);

#endif
