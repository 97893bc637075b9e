/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

void dbpool__check_failed(const char *what, const char *condition,
                          const char *function) {
    (void)fprintf(stderr, "dbpool: %s: %s (thread %ld; not true: %s)\n",
                  function, what, syscall(SYS_gettid), condition);
    abort();
}
