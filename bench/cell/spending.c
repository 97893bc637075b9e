/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/spending.h"

#include <inttypes.h>
#include <linux/perf_event.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/result.h"
#include "ledger/heap.h"
#include "scenario/names.h"

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#define CALLGRIND_IS_TOLD 1
#else
#define CALLGRIND_START_INSTRUMENTATION (void)0
#define CALLGRIND_STOP_INSTRUMENTATION (void)0
#define CALLGRIND_ZERO_STATS (void)0
#define CALLGRIND_IS_TOLD 0
#endif

#define NONE (-1)

static struct spending {
    bool under_tool;
    bool zeroed;      /* callgrind's counts, at the first measured phase */
    int instructions; /* descriptors, or NONE */
    int syscalls;
} spending = {.instructions = NONE, .syscalls = NONE};

/* ---- The kernel's counters -----------------------------------------------*/

static int open_counter(struct perf_event_attr *attributes) {
    attributes->size = sizeof *attributes;
    attributes->inherit = 1;
    return (int)syscall(SYS_perf_event_open, attributes, 0, -1, -1,
                        PERF_FLAG_FD_CLOEXEC);
}

static int open_instructions(void) {
    struct perf_event_attr attributes = {
        .type = PERF_TYPE_HARDWARE,
        .config = PERF_COUNT_HW_INSTRUCTIONS,
        .exclude_kernel = 1,
        .exclude_hv = 1,
    };
    return open_counter(&attributes);
}

/* The tracepoint's number; 0: it is not to be read. */
static uint64_t tracepoint(void) {
    static const char *const paths[] = {
        "/sys/kernel/tracing/events/raw_syscalls/sys_enter/id",
        "/sys/kernel/debug/tracing/events/raw_syscalls/sys_enter/id",
    };
    uint64_t number = 0;
    for (size_t i = 0; i < sizeof paths / sizeof *paths && number == 0; i++) {
        FILE *file = fopen(paths[i], "re");
        char line[32];
        if (file != NULL) {
            number = fgets(line, sizeof line, file) != NULL
                         ? strtoull(line, NULL, 10)
                         : 0;
            (void)fclose(file);
        }
    }
    return number;
}

static int open_syscalls(void) {
    struct perf_event_attr attributes = {
        .type = PERF_TYPE_TRACEPOINT,
        .config = tracepoint(),
    };
    return attributes.config == 0 ? NONE : open_counter(&attributes);
}

static uint64_t read_counter(int counter) {
    uint64_t value = 0;
    return counter != NONE &&
                   read(counter, &value, sizeof value) == (ssize_t)sizeof value
               ? value
               : RESULT_UNKNOWN;
}

/* ---- In the cell's process -----------------------------------------------*/

void spending_begin(const struct scenario *scenario, bool under_tool) {
    spending.under_tool = under_tool;
    if (under_tool) {
        return;
    }
    if (names_metric(scenario, EXPECTATION_INSTRUCTIONS)) {
        spending.instructions = open_instructions();
    }
    if (names_metric(scenario, EXPECTATION_SYSCALLS)) {
        spending.syscalls = open_syscalls();
    }
}

static uint64_t allocations(void) {
    uint64_t sum = 0;
    for (int i = 0; i < HEAP_OWNERS_COUNT; i++) {
        sum += heap_made((enum heap_owner)i).allocations;
    }
    return heap_is_counted() ? sum : RESULT_UNKNOWN;
}

static uint64_t context_switches(void) {
    struct rusage usage;
    if (spending.under_tool || getrusage(RUSAGE_SELF, &usage) != 0) {
        return RESULT_UNKNOWN;
    }
    return (uint64_t)usage.ru_nvcsw + (uint64_t)usage.ru_nivcsw;
}

static void select_phase(bool begins) {
    if (!begins) {
        CALLGRIND_STOP_INSTRUMENTATION;
    } else if (spending.zeroed) {
        CALLGRIND_START_INSTRUMENTATION;
    } else {
        spending.zeroed = true;
        CALLGRIND_ZERO_STATS;
    }
}

/* The call that reads how many there were is one, too: where a phase ends, it
 * is not the phase's. */
static uint64_t syscalls(bool begins) {
    uint64_t count = read_counter(spending.syscalls);
    return count == RESULT_UNKNOWN || begins ? count : count - 1;
}

/* The system calls last where a phase begins, and first where it ends: so what
 * this asks the kernel is none of them. */
void spending_now(bool begins, struct load_spent *spent_out) {
    if (!begins) {
        spent_out->syscalls = syscalls(begins);
    }
    spent_out->context_switches = context_switches();
    spent_out->allocations = allocations();
    spent_out->instructions = read_counter(spending.instructions);
    if (spending.under_tool) {
        select_phase(begins);
    }
    if (begins) {
        spent_out->syscalls = syscalls(begins);
    }
}

/* ---- In the supervisor ---------------------------------------------------*/

/* The sum that stands in the file's last lines. */
static uint64_t total_of(const char *text) {
    static const char word[] = "\ntotals: ";
    const char *at = text == NULL ? NULL : strstr(text, word);
    return at == NULL ? 0 : strtoull(at + sizeof word - 1, NULL, 10);
}

void spending_read_callgrind(const char *text, struct result_cell *cell) {
    uint64_t completed = 0;
    bool whole = true; /* phases were measured from their beginning on */
    for (size_t i = 0; i < cell->phases_count; i++) {
        const struct result_phase *phase = &cell->phases[i];
        completed += phase->measured ? phase->completed_in_window : 0;
        whole = whole && !phase->steady.wanted;
    }
    const uint64_t total = total_of(text);
    if (CALLGRIND_IS_TOLD && whole && cell->outcome.state == RESULT_COMPLETED &&
        completed != 0 && total != 0) {
        cell->cost.instructions = (double)total / (double)completed;
    }
}
