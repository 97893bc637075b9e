/* SPDX-License-Identifier: Apache-2.0 */
#include "command/command.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/interrupt.h"
#include "scenario/unit.h"

#define MILLIONTHS 1000000
#define SEED_LIMIT (UINT64_C(1) << 53) /* JSON numbers are exact below */

int command_worse(int one, int other) {
    static const int order[] = {
        COMMAND_INTERRUPTED,   COMMAND_TERMINATED, COMMAND_WRONG_INPUT,
        COMMAND_NOT_COMPLETED, COMMAND_FAILED,     COMMAND_UNDECIDED,
    };
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (one == order[i] || other == order[i]) {
            return order[i];
        }
    }
    return COMMAND_OK;
}

int command_verdict_status(enum result_verdict verdict) {
    switch (verdict) {
    case RESULT_PASS:
        return COMMAND_OK;
    case RESULT_FAIL:
        return COMMAND_FAILED;
    case RESULT_UNDECIDED:
        return COMMAND_UNDECIDED;
    case RESULT_PARTIAL:
    case RESULT_ERROR:
    default:
        return COMMAND_NOT_COMPLETED;
    }
}

int command_wrong_value(const char *option, const char *value,
                        const char *expected) {
    (void)fprintf(stderr, "plunge: %s %s: expected %s\n", option,
                  *value == '\0' ? "''" : value, expected);
    return COMMAND_WRONG_INPUT;
}

int command_read_seed(const char *value, uint64_t *seed_out) {
    char *end;
    errno = 0;
    unsigned long long seed = strtoull(value, &end, 10);
    if (*value < '0' || *value > '9' || *end != '\0' || errno != 0 ||
        seed >= SEED_LIMIT) {
        return command_wrong_value("--seed", value,
                                   "a whole number below 2^53");
    }
    *seed_out = seed;
    return COMMAND_OK;
}

int command_read_tolerance(const char *option, const char *value,
                           double *tolerance_out) {
    uint64_t millionths = 0;
    if (unit_share(value, &millionths) != UNIT_OK || millionths == 0 ||
        millionths >= MILLIONTHS) {
        return command_wrong_value(option, value,
                                   "a share such as 5%, above 0 and below "
                                   "100%");
    }
    *tolerance_out = (double)millionths / MILLIONTHS;
    return COMMAND_OK;
}

int command_usage_error(const char *command) {
    (void)fprintf(stderr, "plunge: %s: see plunge %s --help\n", command,
                  command);
    return COMMAND_WRONG_INPUT;
}

int command_interrupted(void) {
    return interrupt_pending() == SIGINT ? COMMAND_INTERRUPTED
                                         : COMMAND_TERMINATED;
}
