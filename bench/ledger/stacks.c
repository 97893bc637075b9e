/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/stacks.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unwind.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/text.h"
#include "ledger/frame.h"
#include "ledger/leaf.h"
#include "ledger/trail.h"

#define BUCKETS_COUNT 1024u

struct stack {
    struct stack *next;  /* in its bucket */
    struct stack *older; /* of all */
    unsigned number;
    int count;
    uintptr_t frames[STACKS_FRAMES_MAX];
};

_Atomic bool stacks_is_on;
static struct stack *buckets[BUCKETS_COUNT];
static struct stack *newest;

void stacks_begin(void) {
    atomic_store(&stacks_is_on, true);
}

void stacks_end(void) {
    atomic_store(&stacks_is_on, false);
    leaf_lock(LEAF_STACKS);
    while (newest != NULL) {
        struct stack *older = newest->older;
        free(newest);
        newest = older;
    }
    memset(buckets, 0, sizeof buckets);
    leaf_unlock(LEAF_STACKS);
    trail_forget();
}

static struct stack **bucket_of(const uintptr_t *frames, int count) {
    uint64_t hash = 0;
    for (int i = 0; i < count; i++) {
        hash = (hash ^ frames[i]) * UINT64_C(0x9E3779B97F4A7C15);
    }
    return &buckets[(hash >> 32) % BUCKETS_COUNT];
}

static unsigned add(struct stack **bucket, const uintptr_t *frames, int count) {
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

static unsigned find_or_add(const uintptr_t *frames, int count) {
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

/* ---- Unwinding ----------------------------------------------------------- */

struct ascent {
    const uintptr_t *from; /* the first return address that is wanted */
    unsigned count;
    struct trail_frame frames[STACKS_FRAMES_MAX];
};

/* What the unwinder calls the canonical frame address ends, here, with the
 * return address; where it does not, the trail sees that the two differ. */
static _Unwind_Reason_Code climb(struct _Unwind_Context *context, void *data) {
    struct ascent *ascent = data;
    uintptr_t at = _Unwind_GetCFA(context) - sizeof(uintptr_t);
    uintptr_t address = _Unwind_GetIP(context);
    if (at < (uintptr_t)ascent->from) {
        return _URC_NO_REASON;
    }
    if (address == 0 || ascent->count == STACKS_FRAMES_MAX) {
        return _URC_END_OF_STACK;
    }
    ascent->frames[ascent->count++] = (struct trail_frame){
        .address = address,
        .slot = ascent->from + (at - (uintptr_t)ascent->from) / sizeof at,
    };
    return _URC_NO_REASON;
}

static unsigned unwound(const uintptr_t *from) {
    struct ascent ascent = {.from = from};
    uintptr_t frames[STACKS_FRAMES_MAX];
    (void)_Unwind_Backtrace(climb, &ascent);
    for (unsigned i = 0; i < ascent.count; i++) {
        frames[i] = ascent.frames[i].address;
    }
    leaf_lock(LEAF_STACKS);
    unsigned number = find_or_add(frames, (int)ascent.count);
    leaf_unlock(LEAF_STACKS);
    trail_add(ascent.frames, ascent.count, number);
    return number;
}

__attribute__((noinline)) unsigned stacks_now(void) {
    if (!stacks_are_taken()) {
        return 0;
    }
    int error = errno;
    const uintptr_t *from = (const uintptr_t *)__builtin_frame_address(0) + 1;
    unsigned number = trail_find(from);
    if (number == 0) {
        number = unwound(from);
    }
    errno = error;
    return number;
}

static const struct stack *find(unsigned number) {
    leaf_lock(LEAF_STACKS);
    const struct stack *stack = newest;
    while (stack != NULL && stack->number != number) {
        stack = stack->older;
    }
    leaf_unlock(LEAF_STACKS);
    return stack;
}

/* The ledger's own frames, and what a wrap calls, which has its name. */
static bool is_ours(const char *frame) {
    return strstr(frame, " bench/ledger/") != NULL;
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
