/* SPDX-License-Identifier: Apache-2.0 */
#include "plant/plant.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

/* What leaves nothing, but is wrong all the same. */

static volatile unsigned work;

/* Of a loop, a lookup: what a twentieth of one costs, and several. */
#define ROUNDS_COUNTED 50
#define ROUNDS_TIMED 50000

static unsigned plant_slow_counted(const struct plant_place *place) {
    (void)place;
    for (unsigned i = 0; i < ROUNDS_COUNTED; i++) {
        work += i;
    }
    return 0;
}

static unsigned plant_slow_timed(const struct plant_place *place) {
    (void)place;
    for (unsigned i = 0; i < ROUNDS_TIMED; i++) {
        work += i;
    }
    return 0;
}

static unsigned plant_hang(const struct plant_place *place) {
    (void)place;
    while (pause() < 0) {
    }
    return 0;
}

/* By the kernel, whatever a sanitizer would have made of a null pointer. */
static unsigned plant_crash(const struct plant_place *place) {
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    (void)place;
    (void)signal(SIGSEGV, SIG_DFL);
    volatile int *nothing = mmap(NULL, sizeof(int), PROT_NONE, flags, -1, 0);
    *nothing = 1;
    return 0;
}

const struct plant plants_conduct[] = {
    {.name = "nothing", .where = PLANT_NOWHERE},
    {.name = "slow, counted",
     .where = PLANT_ON_LOOP,
     .plant = plant_slow_counted,
     .every = 1,
     .each_answer = true,
     .function = "plant_slow_counted",
     .file = __FILE__},
    {.name = "slow, timed",
     .where = PLANT_ON_LOOP,
     .plant = plant_slow_timed,
     .every = 1,
     .each_answer = true},
    {.name = "hang", .where = PLANT_ON_LOOP, .plant = plant_hang, .every = 3},
    {.name = "crash", .where = PLANT_ON_LOOP, .plant = plant_crash, .every = 3},
    {.name = "early close", .where = PLANT_IN_CLOSE, .every = 4},
    {.name = "answered twice",
     .where = PLANT_IN_ANSWER,
     .answer = PLANT_ANSWER_TWICE,
     .every = 3},
    {.name = "answered never",
     .where = PLANT_IN_ANSWER,
     .answer = PLANT_ANSWER_NEVER,
     .every = 3},
    {.name = "answered after close",
     .where = PLANT_IN_ANSWER,
     .answer = PLANT_ANSWER_AFTER_CLOSE,
     .every = 3},
    {.name = "answered wrongly",
     .where = PLANT_IN_ANSWER,
     .answer = PLANT_ANSWER_WRONG,
     .every = 3},
};

const size_t plants_conduct_count =
    sizeof plants_conduct / sizeof plants_conduct[0];
