/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/kinds.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "ledger/entries.h"
#include "ledger/proc_text.h"

/* What may come by itself at a later time: timers, and what signals do. */

/* ---- Timers --------------------------------------------------------------*/

/* "ID: 0", "signal: 14/0000", "notify: signal/pid.4711", "ClockID: 1": four
 * lines a timer. */
void kinds_timers(const char *timers, struct ledger *ledger) {
    struct arena *arena = ledger->arena;
    for (const char *line = timers; line != NULL; line = proc_next_line(line)) {
        int id = 0;
        if (sscanf(line, "ID: %d", &id) != 1) {
            continue;
        }
        const char *notify = proc_field(line, "notify");
        const char *clock = proc_field(line, "ClockID");
        uint64_t number = clock == NULL ? 0 : (uint64_t)strtol(clock, NULL, 10);
        entries_add(
            ledger,
            &(struct ledger_entry){
                .key = {.kind = RESULT_TIMER,
                        .numbers = {(uint64_t)id, number}},
                .identity = arena_format(
                    arena, "timer %d of clock %" PRIu64 ", %.*s", id, number,
                    notify == NULL ? 0 : (int)strcspn(notify, "/\n"), notify),
            });
    }
}

/* ---- Signals -------------------------------------------------------------*/

bool kinds_signal_is_users(int signal) {
    return signal < __SIGRTMIN || signal >= SIGRTMIN;
}

const char *kinds_signal_name(int signal, struct arena *arena) {
    const char *name = sigabbrev_np(signal);
    return name != NULL ? arena_format(arena, "SIG%s", name)
                        : arena_format(arena, "SIGRTMIN+%d", signal - SIGRTMIN);
}

static void add_signals(const char *mask_text, const char *what,
                        struct ledger *ledger) {
    uint64_t mask = mask_text == NULL ? 0 : strtoull(mask_text, NULL, 16);
    for (int signal = 1; signal <= 64; signal++) {
        if ((mask >> (signal - 1) & 1) == 0 || !kinds_signal_is_users(signal)) {
            continue;
        }
        entries_add(ledger,
                    &(struct ledger_entry){
                        .key = {.kind = RESULT_SIGNAL,
                                .numbers = {(uint64_t)signal},
                                .text = what},
                        .identity = arena_format(
                            ledger->arena, "signal %s %s",
                            kinds_signal_name(signal, ledger->arena), what),
                    });
    }
}

void kinds_signals(const char *status, struct ledger *ledger) {
    add_signals(proc_field(status, "SigIgn"), "is ignored", ledger);
    add_signals(proc_field(status, "SigCgt"), "is handled", ledger);
}
