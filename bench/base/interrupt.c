/* SPDX-License-Identifier: Apache-2.0 */
#include "base/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

#include "base/check.h"

static atomic_int pending;

static void remember(int signal_number) {
    int none = 0;
    (void)atomic_compare_exchange_strong(&pending, &none, signal_number);
}

void interrupt_install(void) {
    /* RESETHAND: who asks twice does not want to wait. RESTART: only polling
     * sees the flag, no call fails for it that was not made to be woken. */
    struct sigaction action = {
        .sa_handler = remember,
        .sa_flags = (int)(SA_RESTART | SA_RESETHAND),
    };
    (void)sigemptyset(&action.sa_mask);
    CHECK(sigaction(SIGINT, &action, NULL) == 0);
    CHECK(sigaction(SIGTERM, &action, NULL) == 0);
}

int interrupt_pending(void) {
    return atomic_load_explicit(&pending, memory_order_relaxed);
}
