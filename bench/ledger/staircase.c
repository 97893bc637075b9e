/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/staircase.h"

#include <string.h>

#include "base/arena.h"

void staircase_init(struct staircase *staircase) {
    memset(staircase, 0, sizeof *staircase);
    staircase->stride = 1;
}

static void halve(struct staircase *staircase) {
    staircase->count /= 2;
    for (size_t i = 0; i < staircase->count; i++) {
        staircase->steps[i] = staircase->steps[2 * i];
    }
    staircase->stride *= 2;
}

static bool is_kept(const struct staircase *staircase, uint64_t cycle) {
    return staircase->count == 0 ||
           (cycle - staircase->steps[0].cycle) % staircase->stride == 0;
}

void staircase_note(struct staircase *staircase, uint64_t cycle,
                    const struct result_usage *held) {
    staircase->last = (struct result_step){.cycle = cycle, .held = *held};
    if (!is_kept(staircase, cycle)) {
        return;
    }
    if (staircase->count == STAIRCASE_STEPS_MAX) {
        halve(staircase); /* an even number: this cycle is still one to keep */
    }
    staircase->steps[staircase->count++] = staircase->last;
}

struct result_step *staircase_steps(const struct staircase *staircase,
                                    struct arena *arena, size_t *count_out) {
    const struct result_step *last = &staircase->last;
    size_t count = staircase->count;
    struct result_step *steps = arena_alloc(arena, (count + 1) * sizeof *steps);
    memcpy(steps, staircase->steps, count * sizeof *steps);
    if (count != 0 && steps[count - 1].cycle != last->cycle) {
        steps[count++] = *last;
    }
    *count_out = count;
    return steps;
}
