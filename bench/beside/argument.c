/* SPDX-License-Identifier: Apache-2.0 */
#include "beside/argument.h"

#include <stdlib.h>

#include "beside/fail.h"

unsigned argument_number(const char *text, const char *name, unsigned low,
                         unsigned high) {
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || value < low ||
        value > high) {
        fail("%s: expected a number from %u to %u, got \"%s\"", name, low, high,
             text);
    }
    return (unsigned)value;
}
