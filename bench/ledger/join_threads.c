/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/join.h"

#include <inttypes.h>

#include "base/arena.h"
#include "ledger/entries.h"
#include "ledger/view.h"

/* comm is cut to 15 bytes; the census has the whole name. */
static const char *thread_name(const struct view *view, int64_t tid,
                               const char *name) {
    const struct dbpool_census_entry *counted =
        view_counted(view, DBPOOL_KIND_THREAD, (uint64_t)tid);
    return counted != NULL && counted->text[0] != '\0' ? counted->text : name;
}

static void add_thread(struct ledger *ledger,
                       const struct threads_entry *thread, const char *name,
                       const char *state) {
    struct arena *arena = ledger->arena;
    entries_add(ledger,
                &(struct ledger_entry){
                    .key.kind = RESULT_THREAD,
                    .key.numbers = {thread->serial},
                    .identity = arena_format(arena, "thread %s%s", name, state),
                    .site = origin_text(&thread->origin, "started", arena),
                    .cycle = thread->origin.tag,
                    .stack = thread->origin.stack,
                });
}

static void join_running(const struct view *view, struct ledger *ledger,
                         const struct threads_entry *thread) {
    const struct proc_task *task = view_task(view, thread->tid);
    if (task == NULL) {
        entries_dispute(ledger,
                        "thread %" PRId64 " was started and has not ended, but "
                        "/proc/self/task does not show it",
                        thread->tid);
        return;
    }
    add_thread(ledger, thread, thread_name(view, thread->tid, task->name), "");
}

static void join_thread(const struct view *view, struct ledger *ledger,
                        const struct threads_entry *thread) {
    switch (thread->state) {
    case THREADS_STARTING:
        entries_dispute(ledger, "a thread was created but never came to run");
        break;
    case THREADS_RUNNING:
        join_running(view, ledger, thread);
        break;
    case THREADS_FINISHED:
        add_thread(ledger, thread, thread->name, " (finished, never joined)");
        break;
    case THREADS_JOINED:
        add_thread(ledger, thread, thread->name, " (ended, but still there)");
        break;
    case THREADS_LATE:
        add_thread(ledger, thread, thread->name, "");
        ledger->entries[ledger->count - 1].late_ms = thread->late_ms;
        break;
    }
}

/* Of the sanitizers, of the C library: nobody passed a wrapped pthread_create
 * for it. */
static void join_stranger(struct ledger *ledger, const struct proc_task *task) {
    entries_add(
        ledger,
        &(struct ledger_entry){
            .key.kind = RESULT_THREAD,
            .key.numbers = {0, (uint64_t)task->id, task->started},
            .identity = arena_format(ledger->arena, "thread %s", task->name),
        });
}

/* A thread that the census names, but nobody else. */
static void check_census(const struct view *view, struct ledger *ledger) {
    for (size_t i = 0; i < view->census_count; i++) {
        const struct dbpool_census_entry *counted = &view->census[i];
        if (counted->kind == DBPOOL_KIND_THREAD && counted->thread_id != 0 &&
            view_task(view, counted->thread_id) == NULL &&
            view_thread(view, counted->thread_id) == NULL) {
            entries_dispute(ledger,
                            "the census names thread %s (%" PRId64 "), which "
                            "neither /proc/self/task nor pthread_create knows",
                            counted->text, counted->thread_id);
        }
    }
}

void join_threads(const struct view *view, struct ledger *ledger) {
    for (size_t i = 0; i < view->threads_count; i++) {
        join_thread(view, ledger, &view->threads[i]);
    }
    for (size_t i = 0; i < view->tasks.count; i++) {
        if (view_thread(view, view->tasks.items[i].id) == NULL) {
            join_stranger(ledger, &view->tasks.items[i]);
        }
    }
    check_census(view, ledger);
}
