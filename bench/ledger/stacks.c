/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/stacks.h"

#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/text.h"
#include "ledger/frame.h"

#define BUCKETS_COUNT 1024u

struct stack {
    struct stack *next;  /* in its bucket */
    struct stack *older; /* of all */
    unsigned number;
    int count;
    void *frames[STACKS_FRAMES_MAX];
};

_Atomic bool stacks_is_on;
static struct stack *buckets[BUCKETS_COUNT];
static struct stack *newest;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void lock(void) {
    (void)pthread_mutex_lock(&mutex);
}

static void unlock(void) {
    (void)pthread_mutex_unlock(&mutex);
}

/* Past the wrap: what the ledger sets is in no ledger. */
int __real_pthread_atfork(void (*prepare)(void), void (*parent)(void),
                          void (*child)(void));

/* As the registry: a forked child acquires, too. */
__attribute__((constructor)) static void survive_fork(void) {
    if (__real_pthread_atfork(lock, unlock, unlock) != 0) {
        check_out_of_memory();
    }
}

/* The first backtrace loads a library, which is not to happen in the middle of
 * somebody's open(). */
void stacks_begin(void) {
    void *frame;
    (void)backtrace(&frame, 1);
    atomic_store(&stacks_is_on, true);
}

void stacks_end(void) {
    atomic_store(&stacks_is_on, false);
    lock();
    while (newest != NULL) {
        struct stack *older = newest->older;
        free(newest);
        newest = older;
    }
    memset(buckets, 0, sizeof buckets);
    unlock();
}

static struct stack **bucket_of(void *const *frames, int count) {
    uint64_t hash = 0;
    for (int i = 0; i < count; i++) {
        hash = (hash ^ (uintptr_t)frames[i]) * UINT64_C(0x9E3779B97F4A7C15);
    }
    return &buckets[(hash >> 32) % BUCKETS_COUNT];
}

static unsigned add(struct stack **bucket, void *const *frames, int count) {
    struct stack *stack = calloc(1, sizeof *stack);
    if (stack == NULL) {
        check_out_of_memory();
    }
    stack->number = newest == NULL ? 1 : newest->number + 1;
    stack->count = count;
    memcpy(stack->frames, frames, (size_t)count * sizeof frames[0]);
    stack->next = *bucket;
    *bucket = stack;
    stack->older = newest;
    newest = stack;
    return stack->number;
}

static unsigned number_of(void *const *frames, int count) {
    struct stack **bucket = bucket_of(frames, count);
    for (const struct stack *stack = *bucket; stack != NULL;
         stack = stack->next) {
        if (stack->count == count &&
            memcmp(stack->frames, frames, (size_t)count * sizeof frames[0]) ==
                0) {
            return stack->number;
        }
    }
    return add(bucket, frames, count);
}

unsigned stacks_now(void) {
    if (!stacks_are_taken()) {
        return 0;
    }
    int error = errno;
    void *frames[STACKS_FRAMES_MAX];
    int count = backtrace(frames, STACKS_FRAMES_MAX);
    lock();
    unsigned number = number_of(frames, count);
    unlock();
    errno = error;
    return number;
}

static const struct stack *find(unsigned number) {
    lock();
    const struct stack *stack = newest;
    while (stack != NULL && stack->number != number) {
        stack = stack->older;
    }
    unlock();
    return stack;
}

/* The ledger's own frames, what a wrap calls, which has its name, and what a
 * sanitizer puts in the place of backtrace(). */
static bool is_ours(const char *frame) {
    return strstr(frame, " bench/ledger/") != NULL ||
           strncmp(frame, "__interceptor_backtrace", 23) == 0;
}

/* "open64" of "__wrap_open64 bench/ledger/primitives_fds.c:49". */
static const char *unwrapped(const char *frame, struct arena *arena) {
    static const char wrap[] = "__wrap_";
    size_t size = sizeof wrap - 1;
    if (strncmp(frame, wrap, size) != 0) {
        return frame;
    }
    return arena_text_n(arena, frame + size, strcspn(frame + size, " "));
}

const char *stacks_text(unsigned number, struct arena *arena) {
    const struct stack *stack = number == 0 ? NULL : find(number);
    if (stack == NULL) {
        return NULL;
    }
    struct text text;
    text_init(&text);
    const char *previous = "";
    for (int i = 0; i < stack->count; i++) {
        const char *frame =
            unwrapped(frame_text(stack->frames[i], arena), arena);
        if (!is_ours(frame) && strcmp(frame, previous) != 0) {
            text_format(&text, "%s%s", text.size == 0 ? "" : "\n", frame);
            previous = frame;
        }
    }
    const char *words = arena_text(arena, text.bytes);
    text_fini(&text);
    return words;
}

void stacks_forget_names(void) {
    frame_forget_names();
}
