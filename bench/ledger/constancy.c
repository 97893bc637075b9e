/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/constancy.h"

#include <math.h>
#include <string.h>

#include "base/result.h"

void constancy_init(struct constancy *constancy) {
    memset(constancy, 0, sizeof *constancy);
}

static void compare(struct constancy *constancy, uint64_t cycle,
                    const struct holdings *holdings) {
    for (int i = 0; i < HOLDINGS_COUNT; i++) {
        uint64_t value = holdings->values[i];
        uint64_t wanted = constancy->reference.values[i];
        bool differs = value != RESULT_UNKNOWN && wanted != RESULT_UNKNOWN &&
                       value != wanted;
        if (differs && constancy->differed_cycle[i] == 0) {
            constancy->differed_cycle[i] = cycle;
        }
    }
}

void constancy_note(struct constancy *constancy, uint64_t cycle,
                    const struct holdings *holdings) {
    constancy->cycles++;
    if (constancy->cycles <= 2) {
        constancy->first = constancy->reference;
        constancy->first_cycle = constancy->reference_cycle;
        constancy->reference = *holdings;
        constancy->reference_cycle = cycle;
    } else {
        compare(constancy, cycle, holdings);
    }
    for (int i = 0; i < HOLDINGS_COUNT; i++) {
        if (holdings->values[i] != RESULT_UNKNOWN) {
            constancy->latest[i] = holdings->values[i];
            constancy->latest_cycle[i] = cycle;
        }
    }
}

struct constancy_answer constancy_answer(const struct constancy *constancy,
                                         enum holding holding) {
    bool of_two = constancy->cycles == 2;
    const struct holdings *reference =
        of_two ? &constancy->first : &constancy->reference;
    uint64_t begin =
        of_two ? constancy->first_cycle : constancy->reference_cycle;
    uint64_t end = constancy->latest_cycle[holding];
    uint64_t before = reference->values[holding];
    struct constancy_answer answer = {
        .verdict = CONSTANCY_UNKNOWN,
        .per_cycle = NAN,
    };
    if (constancy->cycles < 2 || before == RESULT_UNKNOWN || end <= begin) {
        return answer;
    }
    uint64_t after = constancy->latest[holding];
    answer.difference = (int64_t)(after - before);
    answer.cycles = end - begin;
    answer.per_cycle = (double)answer.difference / (double)answer.cycles;
    answer.differed_cycle = constancy->differed_cycle[holding];
    if (of_two && answer.difference != 0) {
        answer.differed_cycle = end;
    }
    if (answer.difference > 0) {
        answer.verdict = CONSTANCY_MORE;
    } else {
        answer.verdict =
            answer.differed_cycle == 0 ? CONSTANCY_SAME : CONSTANCY_MOVED;
    }
    return answer;
}
