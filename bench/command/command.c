/* SPDX-License-Identifier: Apache-2.0 */
#include "command/command.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>

#include "base/interrupt.h"

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

int command_usage_error(const char *command) {
    (void)fprintf(stderr, "plunge: %s: see plunge %s --help\n", command,
                  command);
    return COMMAND_WRONG_INPUT;
}

int command_interrupted(void) {
    return interrupt_pending() == SIGINT ? COMMAND_INTERRUPTED
                                         : COMMAND_TERMINATED;
}
