/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_NAMES_H
#define PLUNGE_SCENARIO_NAMES_H

#include <stdbool.h>

#include "scenario/expectation.h"

struct scenario;

/* Whether an expectation names @metric. What costs something to be counted is
 * counted only then. */
bool names_metric(const struct scenario *scenario,
                  enum expectation_metric metric);

#endif
