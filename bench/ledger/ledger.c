/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ledger.h"

#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/result.h"
#include "ledger/entries.h"
#include "ledger/holdings.h"
#include "ledger/join.h"
#include "ledger/primitives.h"
#include "ledger/proc.h"
#include "ledger/threads.h"
#include "ledger/view.h"

static struct ledger *take_once(struct uv_loop_s *loop) {
    struct ledger *ledger = entries_new();
    struct view view;
    view_take(&view, loop, ledger->arena);
    join_view(&view, ledger);
    return ledger;
}

/* The observers are read one after the other. What happened in between (a
 * detached thread ended, say) looks like a contradiction, once. */
struct ledger *ledger_take(struct uv_loop_s *loop) {
    static const struct timespec pause = {.tv_nsec = 1000000};
    threads_settle();
    struct ledger *ledger = take_once(loop);
    uint64_t began_ns = clock_now_ns(); /* it may take long by itself */
    while (ledger->disputes_count != 0 &&
           clock_now_ns() - began_ns < THREADS_LATE_MS_MAX * CLOCK_NS_PER_MS) {
        (void)nanosleep(&pause, NULL);
        ledger_free(ledger);
        ledger = take_once(loop);
    }
    return ledger;
}

void ledger_free(struct ledger *ledger) {
    if (ledger != NULL) {
        arena_free(ledger->arena);
    }
}

void ledger_usage(struct result_usage *usage_out) {
    *usage_out = (struct result_usage){
        .threads = primitives_threads_live(),
        .fds = proc_fds_count(),
        .rss_bytes = proc_rss_bytes(),
        .heap_bytes = holdings_heap_bytes(),
    };
}

void ledger_usage_aside(uint64_t fds_max, struct result_usage *usage_out) {
    *usage_out = (struct result_usage){
        .threads = primitives_threads_live(),
        .fds = proc_fds_count_below(fds_max),
        .rss_bytes = RESULT_UNKNOWN,
        .heap_bytes = holdings_heap_bytes(),
    };
}
