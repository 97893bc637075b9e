/* SPDX-License-Identifier: Apache-2.0 */
#include "base/point.h"

#include <string.h>

#include "base/arena.h"
#include "base/result.h"

static const char subject_path[] = "pool.subject";

static const struct result_parameter *
find_parameter(const struct result_cell *cell, const char *path) {
    for (size_t i = 0; i < cell->parameters_count; i++) {
        if (strcmp(cell->parameters[i].path, path) == 0) {
            return &cell->parameters[i];
        }
    }
    return NULL;
}

static bool same_value(const struct result_parameter *one,
                       const struct result_parameter *other) {
    if (one->word == NULL || other->word == NULL) {
        return one->word == other->word && one->number == other->number;
    }
    return strcmp(one->word, other->word) == 0;
}

/* Whether every parameter of @one but its subject is one of @other. */
static bool within(const struct result_cell *one,
                   const struct result_cell *other) {
    for (size_t i = 0; i < one->parameters_count; i++) {
        const struct result_parameter *parameter = &one->parameters[i];
        const struct result_parameter *match =
            find_parameter(other, parameter->path);
        if (strcmp(parameter->path, subject_path) != 0 &&
            (match == NULL || !same_value(parameter, match))) {
            return false;
        }
    }
    return true;
}

static bool same_parameters(const struct result_cell *one,
                            const struct result_cell *other) {
    return within(one, other) && within(other, one);
}

static bool same_build(const struct result_cell *one,
                       const struct result_cell *other) {
    return (one->build == NULL) == (other->build == NULL);
}

bool point_is_same(const struct result_cell *one,
                   const struct result_cell *other) {
    return one->reference == other->reference && same_build(one, other) &&
           strcmp(one->subject, other->subject) == 0 &&
           same_parameters(one, other);
}

struct point *point_list(const struct result *result, struct arena *arena,
                         size_t *count_out) {
    struct point *points = NULL;
    size_t count = 0;
    for (size_t i = 0; i < result->cells_count; i++) {
        const struct result_cell *cell = &result->cells[i];
        size_t at = 0;
        while (at < count && !(point_is_same(points[at].cells[0], cell) &&
                               same_build(points[at].cells[0], cell))) {
            at++;
        }
        if (at == count) {
            points = arena_more(arena, points, count, sizeof *points);
            points[count++] = (struct point){0};
        }
        struct point *point = &points[at];
        point->cells = arena_more(arena, point->cells, point->cells_count,
                                  sizeof(const struct result_cell *));
        point->cells[point->cells_count++] = cell;
    }
    *count_out = count;
    return points;
}

const struct result_cell *point_reference(const struct result *result,
                                          const struct result_cell *cell,
                                          const char *subject) {
    if (strcmp(cell->subject, subject) == 0) {
        return cell;
    }
    for (size_t i = 0; i < result->cells_count; i++) {
        const struct result_cell *other = &result->cells[i];
        if (other->reference && same_build(other, cell) &&
            other->block == cell->block &&
            strcmp(other->subject, subject) == 0 &&
            same_parameters(other, cell)) {
            return other;
        }
    }
    return NULL;
}

const char *point_place(const struct result_cell *cell, struct arena *arena) {
    const char *named = cell->build == NULL ? cell->subject : "the other build";
    bool labelled = cell->label != NULL && cell->label[0] != '\0';
    return arena_format(arena, "%s%s%s%sblock %u", labelled ? cell->label : "",
                        labelled ? ", " : "", cell->reference ? named : "",
                        cell->reference ? ", " : "", cell->block);
}
