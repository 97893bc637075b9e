/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/names.h"

#include <stddef.h>

#include "scenario/scenario.h"

bool names_metric(const struct scenario *scenario,
                  enum expectation_metric metric) {
    for (size_t i = 0; i < scenario->expectations_count; i++) {
        if (scenario->expectations[i].metric == metric) {
            return true;
        }
    }
    return false;
}
