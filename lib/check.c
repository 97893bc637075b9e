/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void dbpool__check_failed(const char *what, const char *condition,
                          const char *function) {
    char thread[16] = "";
    (void)pthread_getname_np(pthread_self(), thread, sizeof thread);
    size_t size = strlen(function);
    if (size > 3 && strcmp(function + size - 3, "_at") == 0) {
        size -= 3; /* what a macro of the call's own name stands for */
    }
    (void)fprintf(
        stderr, "dbpool: %.*s: %s (thread %ld, \"%s\"; not true: %s)\n",
        (int)size, function, what, syscall(SYS_gettid), thread, condition);
    abort();
}
