/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/reading.h"

#include <math.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/quantity.h"
#include "measure/total.h"
#include "scenario/expectation.h"
#include "verdict/metric.h"
#include "verdict/trust.h"

static struct reading unread(struct ruling ruling) {
    return (struct reading){.ruling = ruling};
}

static struct ruling refused(const char *measured, const char *why) {
    return (struct ruling){
        .held = RESULT_HELD_NO,
        .badness = INFINITY,
        .measured = measured,
        .why = why,
    };
}

bool reading_is_paired(const struct question *question) {
    return question->expectation->operand == EXPECTATION_SUBJECT;
}

static struct reading read_cell(const struct question *question,
                                const struct result_cell *cell) {
    const struct expectation *expectation = question->expectation;
    const char *why = trust_objection(expectation, cell, question->arena);
    if (why != NULL) {
        return unread(ruling_open(why));
    }
    struct metric metric = metric_read(expectation, cell, question->arena);
    switch (metric.state) {
    case METRIC_EMPTY:
        return unread(refused("no samples", metric.why));
    case METRIC_UNKNOWN:
        return unread(ruling_open(metric.why));
    case METRIC_KNOWN:
        break;
    }
    return (struct reading){.known = true, .value = metric.value};
}

/* A reference that was not measured leaves the comparison open; one that
 * answers wrong fails it. */
static struct reading read_reference(const struct question *question,
                                     const struct result_cell *cell) {
    struct arena *arena = question->arena;
    const char *name = scenario_subject_name(question->expectation->subject);
    const struct result_cell *reference =
        point_reference(question->result, cell, name);
    if (reference == NULL) {
        return unread(ruling_open(arena_format(
            arena, "not measured: there is no cell of %s beside %s", name,
            point_place(cell, arena))));
    }
    struct reading reading = read_cell(question, reference);
    uint64_t wrong = total_of_cell(reference).wrong;
    bool witness =
        trust_objection(question->expectation, reference, arena) == NULL;
    if (witness && wrong != 0 && wrong != RESULT_UNKNOWN) {
        char count[QUANTITY_SIZE];
        return unread(
            refused("not comparable",
                    arena_format(arena,
                                 "%s gave %s wrong answers: nothing may be "
                                 "compared with it",
                                 name, quantity_count(count, wrong))));
    }
    if (!reading.known) {
        return unread(ruling_open(
            arena_format(arena, "%s: %s", name, reading.ruling.why)));
    }
    return reading;
}

struct reading reading_take(const struct question *question,
                            const struct result_cell *cell) {
    struct reading reading = read_cell(question, cell);
    if (reading.known && reading_is_paired(question)) {
        struct reading reference = read_reference(question, cell);
        if (!reference.known) {
            return reference;
        }
        reading.other = reference.value;
    }
    return reading;
}

double reading_ratio(const struct reading *reading) {
    if (reading->other != 0) {
        return reading->value / reading->other;
    }
    return reading->value == 0 ? 1 : INFINITY;
}
