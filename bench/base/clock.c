/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include "base/check.h"

void clock_stamp(char text[CLOCK_STAMP_SIZE]) {
    time_t now = time(NULL);
    struct tm utc;
    CHECK(gmtime_r(&now, &utc) != NULL);
    CHECK(strftime(text, CLOCK_STAMP_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc) != 0);
}
