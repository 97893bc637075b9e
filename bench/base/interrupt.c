/* SPDX-License-Identifier: Apache-2.0 */
#include "base/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

#include "base/check.h"

#define URGENT_COUNT 2

static atomic_int pending;
static atomic_int count;
static atomic_bool asked;

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

enum { SIGNALS_COUNT = sizeof signals / sizeof signals[0] };

static void remember(int signal_number) {
    int none = 0;
    (void)atomic_compare_exchange_strong(&pending, &none, signal_number);
    if (atomic_fetch_add(&count, 1) + 1 == URGENT_COUNT) {
        for (int i = 0; i < SIGNALS_COUNT; i++) {
            (void)signal(signals[i], SIG_DFL);
        }
    }
}

/* As nohup wants it. The other two are ignored in what a shell has put in the
 * background, where they must reach a cell all the same. */
static bool is_unwanted(int signal_number) {
    struct sigaction before;
    CHECK(sigaction(signal_number, NULL, &before) == 0);
    return signal_number == SIGHUP && before.sa_handler == SIG_IGN;
}

void interrupt_install(void) {
    /* RESTART: only polling sees the flag, no call fails for it that was not
     * made to be woken. */
    struct sigaction action = {
        .sa_handler = remember,
        .sa_flags = SA_RESTART,
    };
    (void)sigemptyset(&action.sa_mask);
    for (int i = 0; i < SIGNALS_COUNT; i++) {
        if (!is_unwanted(signals[i])) {
            CHECK(sigaction(signals[i], &action, NULL) == 0);
        }
    }
}

static void note_question(int signal_number) {
    (void)signal_number;
    atomic_store(&asked, true);
}

void interrupt_install_question(void) {
    struct sigaction action = {
        .sa_handler = note_question,
        .sa_flags = SA_RESTART,
    };
    (void)sigemptyset(&action.sa_mask);
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
}

bool interrupt_is_asked(void) {
    return atomic_exchange(&asked, false);
}

int interrupt_pending(void) {
    return atomic_load_explicit(&pending, memory_order_relaxed);
}

bool interrupt_is_urgent(void) {
    return atomic_load_explicit(&count, memory_order_relaxed) >= URGENT_COUNT;
}
