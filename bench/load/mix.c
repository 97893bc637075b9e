/* SPDX-License-Identifier: Apache-2.0 */
#include "load/mix.h"

#include "base/random.h"

#define STREAM_MIX UINT64_C(0x6d6978) /* apart from that of the keys */

_Static_assert((int)SCENARIO_LOOKUP == (int)SUBJECT_LOOKUP &&
                   (int)SCENARIO_RENAME == (int)SUBJECT_RENAME &&
                   (int)SCENARIO_SIGN_UP == (int)SUBJECT_SIGN_UP &&
                   (int)SCENARIO_SIGN_OFF == (int)SUBJECT_SIGN_OFF &&
                   (int)SCENARIO_TRANSFER == (int)SUBJECT_TRANSFER &&
                   (int)SCENARIO_SCAN == (int)SUBJECT_SCAN &&
                   (int)SCENARIO_OPERATIONS_COUNT ==
                       (int)SUBJECT_OPERATIONS_COUNT,
               "what a scenario asks for is what a subject does");

void mix_init(struct mix *mix, const struct scenario_operations *operations) {
    mix->all = 0;
    for (size_t i = 0; i < SUBJECT_OPERATIONS_COUNT; i++) {
        mix->weights[i] = operations->weights[i];
        mix->all += mix->weights[i];
    }
    permutation_init(&mix->order, mix->all);
}

struct mix_place mix_draw(const struct mix *mix, uint64_t stream, uint64_t k) {
    uint64_t block = k / mix->all;
    uint64_t seeded = random_seeded(random_mix(stream ^ STREAM_MIX, block));
    uint64_t at = permutation_at(&mix->order, seeded, k % mix->all);
    size_t i = 0;
    while (at >= mix->weights[i]) {
        at -= mix->weights[i++];
    }
    return (struct mix_place){
        .operation = (enum subject_operation)i,
        .number = block * mix->weights[i] + at,
        .signed_up = block * mix->weights[SUBJECT_SIGN_UP],
    };
}
