/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_DECISION_H
#define PLUNGE_MEASURE_DECISION_H

#include <stddef.h>
#include <stdint.h>

#include "measure/shift.h"

struct arena;

/* Whether something has become better or worse by more than is tolerated, with
 * a bounded chance of being wrong. Pure. Everything is a logarithm of a ratio,
 * and above 0 is worse:
 *
 *        better      |        same        |      worse
 *   ---------------- -t -------- 0 ------- t ----------------
 *
 * An answer is given where the whole interval of the shift lies in its region;
 * else it is not decided, and said how many more samples that takes.
 *
 * All cases of one comparison are decided together, and each of the three
 * answers is a family of its own (discovery.h): so where nothing has changed in
 * any case, `worse` is said of any of them in fewer than DECISION_ERROR of all
 * comparisons, however many cases there are. The intervals are at the level of
 * their answer, one to each side: of those that are called worse, as many miss
 * the truth. An interval of what is not decided is at the level at which it
 * would have been. */
#define DECISION_ERROR 0.01

/* The chance of seeing what is called visible. */
#define DECISION_POWER 0.95

enum decision_answer {
    DECISION_OPEN,
    DECISION_BETTER,
    DECISION_SAME,
    DECISION_WORSE,
};

struct decision_case {
    struct shift shift;
    double tolerance; /* t; at least 0. With 0 nothing is ever the same */
    /* What a change of the machine between the two may have moved it by,
     * either way; at least 0. Every interval is wider by it. */
    double drift;
    /* The same with nothing changed, of which the noise is taken: as many
     * samples of the same kind. NULL: of the shift's own samples, for noise is
     * how they are spread around their own centre. */
    const struct shift *noise;
};

#define DECISION_MORE_UNKNOWN UINT64_MAX

struct decision {
    enum decision_answer answer;
    double estimate; /* NAN: no samples */
    double low;      /* these two: infinite with too few samples */
    double high;
    double confidence; /* of the interval: both sides */
    double visible;    /* the least true shift that would have been called worse
                          with a chance of DECISION_POWER, by itself; infinite:
                          with so few samples none would */
    uint64_t more;     /* pairs (values in each of the two) that it takes beyond
                          those there are, if what was seen goes on so; 0:
                          decided; DECISION_MORE_UNKNOWN: nobody can tell */
};

/* @arena: for as long as the call takes. */
void decision_take(const struct decision_case *cases, size_t count,
                   struct arena *arena, struct decision *decisions_out);

/* The same with @error in place of DECISION_ERROR: for who looks more than
 * once, and has so much for each look. */
void decision_take_at(const struct decision_case *cases, size_t count,
                      double error, struct arena *arena,
                      struct decision *decisions_out);

/* "worse", "not decided": the words of the schema. */
const char *decision_answer_name(enum decision_answer answer);

#endif
