/* SPDX-License-Identifier: Apache-2.0 */
#include "spin.h"

#include <uv.h>

#include "annotate.h"

/* Looks at the clock but once in so many looks at the news, which take a
 * microsecond or two; who finds that so much time has passed was not running.
 */
#define LOOKS 16
#define PUSHED_AWAY_NS UINT64_C(100000)

#define VAIN_MAX 6
#define CROWDED_STEP 4
#define CROWDED_MAX 16
#define UNCROWDED_AFTER 1024

void dbpool__spin_begin(struct dbpool__spin *spin, uint64_t now_ns) {
    spin->since_ns = now_ns;
    spin->awake = false;
    spin->pushed_away = false;
}

static void note_crowd(struct dbpool__spin *spin) {
    spin->in_time = 0;
    spin->crowded += CROWDED_STEP;
    if (spin->crowded > CROWDED_MAX) {
        spin->crowded = CROWDED_MAX;
    }
    spin->skip_crowded = UINT32_C(1) << spin->crowded;
}

static void note_vain(struct dbpool__spin *spin) {
    spin->skip = UINT32_C(1) << spin->vain;
    spin->vain += spin->vain < VAIN_MAX;
}

static void note_success(struct dbpool__spin *spin) {
    spin->vain = 0;
    spin->in_time++;
    if (spin->in_time == UNCROWDED_AFTER) {
        spin->in_time = 0;
        spin->crowded -= spin->crowded != 0;
    }
}

void dbpool__spin_end(struct dbpool__spin *spin, uint64_t now_ns) {
    bool in_time = now_ns - spin->since_ns < spin->limit_ns;
    spin->since_ns = 0;
    spin->skip_crowded -= spin->skip_crowded != 0;
    spin->skip = in_time || spin->skip == 0 ? 0 : spin->skip - 1;
    if (!spin->awake) {
        return;
    }
    if (spin->pushed_away) {
        note_crowd(spin);
    } else if (in_time) {
        note_success(spin);
    } else {
        note_vain(spin);
    }
}

bool dbpool__spin_pays(const struct dbpool__spin *spin, uint64_t now_ns) {
    return spin->skip == 0 && spin->skip_crowded == 0 &&
           now_ns - spin->since_ns < spin->limit_ns;
}

static void pause_cpu(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield" ::: "memory");
#endif
}

static bool changes(const atomic_uint *news, unsigned seen) {
    for (int i = 0; i < LOOKS; i++) {
        if (atomic_load_explicit(news, memory_order_relaxed) != seen) {
            return true;
        }
        pause_cpu();
    }
    return false;
}

static void look_until(struct dbpool__spin *spin, const atomic_uint *news,
                       unsigned seen, uint64_t end_ns) {
    uint64_t before_ns = uv_hrtime();
    uint64_t now_ns = before_ns;
    while (now_ns < end_ns && !changes(news, seen)) {
        now_ns = uv_hrtime();
        spin->pushed_away |= now_ns - before_ns > PUSHED_AWAY_NS;
        before_ns = now_ns;
    }
}

void dbpool__spin_until(struct dbpool__spin *spin, const atomic_uint *news,
                        unsigned seen, uint64_t end_ns, unsigned cpus) {
    static atomic_uint spinning; /* threads, whatever their pool */
    DBPOOL__IS_ATOMIC(spinning);
    uint64_t limit_ns = spin->since_ns + spin->limit_ns;
    spin->awake = true;
    if (atomic_fetch_add(&spinning, 1) < cpus) {
        look_until(spin, news, seen, end_ns < limit_ns ? end_ns : limit_ns);
    } else if (spin->skip_crowded == 0) {
        spin->skip_crowded = 1; /* this wait is slept through */
    }
    (void)atomic_fetch_sub(&spinning, 1);
}
