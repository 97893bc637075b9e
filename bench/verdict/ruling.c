/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/ruling.h"

static int severity(enum result_held held) {
    switch (held) {
    case RESULT_HELD_NO:
        return 2;
    case RESULT_HELD_UNDECIDED:
        return 1;
    case RESULT_HELD_YES:
        break;
    }
    return 0;
}

bool ruling_is_worse(const struct ruling *one, const struct ruling *other) {
    if (one->held != other->held) {
        return severity(one->held) > severity(other->held);
    }
    return one->badness > other->badness;
}

struct ruling ruling_open(const char *why) {
    return (struct ruling){
        .held = RESULT_HELD_UNDECIDED,
        .measured = "not measured",
        .why = why,
    };
}
