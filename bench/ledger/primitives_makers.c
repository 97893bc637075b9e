/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/primitives.h"

#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ledger/makers.h"

/* Not signal(): the handler of an interrupt calls it, and may take no lock. */

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void) {
    pid_t pid = __real_fork();
    if (pid > 0) {
        makers_note(RESULT_PROCESS, (uint64_t)pid, "fork", "");
    }
    return pid;
}

/* The C library's timer is the kernel's number, unless it calls a function. */
int __real_timer_create(clockid_t clock, struct sigevent *event,
                        timer_t *timer);
int __wrap_timer_create(clockid_t clock, struct sigevent *event,
                        timer_t *timer);
int __wrap_timer_create(clockid_t clock, struct sigevent *event,
                        timer_t *timer) {
    int status = __real_timer_create(clock, event, timer);
    if (status == 0) {
        makers_note(RESULT_TIMER, (uintptr_t)*timer, "timer_create", "");
    }
    return status;
}

int __real_sigaction(int number, const struct sigaction *action,
                     struct sigaction *before);
int __wrap_sigaction(int number, const struct sigaction *action,
                     struct sigaction *before);
int __wrap_sigaction(int number, const struct sigaction *action,
                     struct sigaction *before) {
    int status = __real_sigaction(number, action, before);
    if (status == 0 && action != NULL) {
        char handler[32];
        (void)snprintf(handler, sizeof handler, "%" PRIxPTR " ",
                       (uintptr_t)action->sa_handler);
        makers_note(RESULT_SIGNAL, (uint64_t)number, "sigaction", handler);
    }
    return status;
}

mode_t __real_umask(mode_t mask);
mode_t __wrap_umask(mode_t mask);
mode_t __wrap_umask(mode_t mask) {
    mode_t before = __real_umask(mask);
    if (before != mask) {
        char value[16];
        (void)snprintf(value, sizeof value, "%04o", (unsigned)mask);
        makers_note(RESULT_SETTING, MAKERS_UMASK, "umask", value);
    }
    return before;
}
