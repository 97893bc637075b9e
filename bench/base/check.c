/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void check_failed(const char *condition, const char *file, int line) {
    (void)fprintf(stderr, "plunge: %s:%d: CHECK(%s) failed, a bug\n", file,
                  line, condition);
    abort();
}

void check_out_of_memory(void) {
    /* Neither stdio nor exit handlers: both may ask for memory. */
    static const char message[] = "plunge: out of memory\n";
    if (write(STDERR_FILENO, message, sizeof message - 1) < 0) {
        _exit(3);
    }
    _exit(3);
}
