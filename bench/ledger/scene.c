/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/scene.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "ledger/proc.h"
#include "ledger/proc_text.h"
#include "ledger/symbol.h"

static const char *state_words(char state) {
    switch (state) {
    case 'R':
        return "runs";
    case 'S':
        return "sleeps";
    case 'D':
        return "waits, not to be interrupted,";
    case 'T':
    case 't':
        return "is stopped";
    case 'Z':
    case 'X':
        return "has ended";
    default:
        return "is";
    }
}

/* The kernel's function that it sleeps in, or NULL. */
static const char *channel_of(pid_t process, const struct proc_task *task,
                              struct arena *arena) {
    const char *channel = proc_text(
        process, arena_format(arena, "task/%" PRId64 "/wchan", task->id),
        arena);
    return channel == NULL || channel[0] == '\0' || strcmp(channel, "0") == 0
               ? NULL
               : channel;
}

static const char *text_of(pid_t process, const struct proc_task *task,
                           struct arena *arena) {
    const char *channel = channel_of(process, task, arena);
    return arena_format(arena, "%.*s (thread %" PRId64 ") %s%s%s",
                        (int)sizeof task->name, task->name, task->id,
                        state_words(task->state), channel == NULL ? "" : " in ",
                        channel == NULL ? "" : channel);
}

#if __has_include(<elfutils/libdwfl.h>)
#include <elfutils/libdwfl.h>

#include "base/text.h"

struct ascent {
    struct Dwfl *names;
    struct arena *arena;
    struct text text;
    unsigned count;
};

static int add_frame(Dwfl_Frame *frame, void *data) {
    struct ascent *ascent = data;
    Dwarf_Addr at = 0;
    bool is_next = false; /* else it is a call's return address */
    if (ascent->count++ == SCENE_FRAMES_MAX ||
        !dwfl_frame_pc(frame, &at, &is_next)) {
        return DWARF_CB_ABORT;
    }
    const char *name =
        symbol_text(ascent->names, at - (is_next ? 0 : 1), ascent->arena);
    text_format(&ascent->text, "%s%s", ascent->text.size == 0 ? "" : "\n",
                name == NULL
                    ? arena_format(ascent->arena, "0x%" PRIx64, (uint64_t)at)
                    : name);
    return DWARF_CB_OK;
}

static const char *stack_of(struct Dwfl *names, const struct proc_task *task,
                            struct arena *arena) {
    struct ascent ascent = {.names = names, .arena = arena};
    text_init(&ascent.text);
    (void)dwfl_getthread_frames(names, (pid_t)task->id, add_frame, &ascent);
    const char *stack =
        ascent.text.size == 0 ? NULL : arena_text(arena, ascent.text.bytes);
    text_fini(&ascent.text);
    return stack;
}

static struct Dwfl *attach(pid_t process) {
    struct Dwfl *names = symbol_open(process);
    if (names != NULL && dwfl_linux_proc_attach(names, process, false) != 0) {
        symbol_close(names);
        return NULL;
    }
    return names;
}
#else
static const char *stack_of(struct Dwfl *names, const struct proc_task *task,
                            struct arena *arena) {
    (void)names;
    (void)task;
    (void)arena;
    return NULL;
}

static struct Dwfl *attach(pid_t process) {
    (void)process;
    return NULL;
}
#endif

struct scene scene_take(pid_t process, struct arena *arena) {
    struct proc_tasks tasks = proc_threads_of(process, arena);
    struct scene scene = {
        .threads = arena_alloc(arena, tasks.count * sizeof *scene.threads),
        .count = tasks.count,
    };
    /* All texts first: who is attached to is stopped, and shows that. */
    for (size_t i = 0; i < tasks.count; i++) {
        scene.threads[i] = (struct scene_thread){
            .text = text_of(process, &tasks.items[i], arena),
        };
    }
    struct Dwfl *names = attach(process);
    for (size_t i = 0; names != NULL && i < tasks.count; i++) {
        scene.threads[i].stack = stack_of(names, &tasks.items[i], arena);
    }
    symbol_close(names);
    return scene;
}
