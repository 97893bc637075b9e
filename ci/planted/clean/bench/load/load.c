/* SPDX-License-Identifier: Apache-2.0 */
#include "load/load.h"

#include "base/ground.h"

int load_level(void) {
    return ground_level() + 1;
}
