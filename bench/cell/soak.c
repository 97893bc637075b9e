/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/soak.h"

#include "base/clock.h"

#define REST_NS CLOCK_NS_PER_S

bool soak_may_double(const struct soak_times *times) {
    uint64_t margin_ns = times->cycles_ns / 4 + REST_NS;
    uint64_t needed_ns = times->cell_ns + times->cycles_ns + margin_ns;
    return needed_ns < times->limit_ns;
}
