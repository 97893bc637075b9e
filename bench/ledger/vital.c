/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/vital.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "ledger/proc.h"
#include "ledger/proc_text.h"

#define KIB 1024
/* Deep enough for anybody, and an end where ids are used again meanwhile. */
#define DEPTH_MAX 32

static uint64_t bytes_of(const char *status, const char *name) {
    const char *field = proc_field(status, name);
    return field == NULL ? RESULT_UNKNOWN
                         : strtoull(field, NULL, 10) * (uint64_t)KIB;
}

static void add_life(int64_t process, int depth, struct vital *vital,
                     struct arena *arena) {
    struct proc_task self;
    if (depth == DEPTH_MAX || !proc_process(process, &self)) {
        return;
    }
    vital->cpu_ticks += self.cpu;
    struct proc_tasks threads = proc_threads_of(process, arena);
    for (size_t i = 0; i < threads.count; i++) {
        char state = threads.items[i].state;
        vital->busy = vital->busy || state == 'R' || state == 'D';
    }
    struct proc_tasks children = proc_children_of(process, arena);
    for (size_t i = 0; i < children.count; i++) {
        add_life(children.items[i].id, depth + 1, vital, arena);
    }
}

bool vital_take(int64_t process, struct vital *vital_out) {
    struct arena *arena = arena_new();
    const char *status = proc_text(process, "status", arena);
    struct proc_fds fds = proc_fds_of(process, arena);
    struct vital vital = {
        .threads = proc_threads_of(process, arena).count,
        .fds = fds.error == 0 ? fds.count : RESULT_UNKNOWN,
        .rss_bytes = bytes_of(status, "VmRSS"),
        .rss_peak_bytes = bytes_of(status, "VmHWM"),
    };
    add_life(process, 0, &vital, arena);
    arena_free(arena);
    if (status == NULL) {
        return false;
    }
    *vital_out = vital;
    return true;
}

bool vital_is_stopped(int64_t process) {
    struct arena *arena = arena_new();
    struct proc_tasks threads = proc_threads_of(process, arena);
    bool stopped = threads.error == 0 && threads.count != 0;
    for (size_t i = 0; i < threads.count && stopped; i++) {
        stopped = strchr("TtXZ", threads.items[i].state) != NULL;
    }
    arena_free(arena);
    return stopped;
}
