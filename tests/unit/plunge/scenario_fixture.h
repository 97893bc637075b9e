/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_PLUNGE_SCENARIO_FIXTURE_H
#define TESTS_UNIT_PLUNGE_SCENARIO_FIXTURE_H

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"
#include "support/suite.h"

/* A scenario read from a text, and what is wrong with it as people see it. */
struct fixture {
    struct arena *arena;
    struct scenario *scenario; /* NULL: wrong */
    struct problems problems;
    const char *told;
};

#define FIXTURE_OVERRIDES_MAX 4

/* What a test of one key need not spell out. */
#define FIXTURE_HEAD "title: t\ndatabase: {users: 3}\n"
#define FIXTURE_LOAD "load: {in_flight: 3, lookups: 3}\n"

static inline int set_up(void **state) {
    struct arena *arena = arena_new();
    struct fixture *f = arena_alloc(arena, sizeof *f);
    f->arena = arena;
    *state = f;
    return 0;
}

static inline int tear_down(void **state) {
    struct fixture *f = *state;
    arena_free(f->arena);
    return 0;
}

/* @overrides are "path=value" and end in NULL. */
static inline void read_with(struct fixture *f, const char *text,
                             const char *const *overrides) {
    struct scenario_override given[FIXTURE_OVERRIDES_MAX];
    size_t count = 0;
    for (; overrides[count] != NULL; count++) {
        assert_true(count < FIXTURE_OVERRIDES_MAX);
        const size_t size = strcspn(overrides[count], "=");
        given[count].path = arena_text_n(f->arena, overrides[count], size);
        given[count].value = overrides[count] + size + 1;
    }
    const struct scenario_source source = {
        .path = "folder/t.yaml",
        .text = text,
        .overrides = given,
        .overrides_count = count,
    };
    int error_number = 0;
    f->scenario = NULL;
    const enum scenario_read_status status = scenario_read(
        &source, f->arena, &f->scenario, &f->problems, &error_number);
    struct text told;
    text_init(&told);
    problems_render(&f->problems, &told);
    f->told = arena_text(f->arena, told.bytes);
    text_fini(&told);
    assert_int_equal(status == SCENARIO_OK, f->problems.count == 0);
    assert_int_equal(status == SCENARIO_OK, f->scenario != NULL);
}

static inline void read_text(struct fixture *f, const char *text) {
    const char *const none[] = {NULL};
    read_with(f, text, none);
}

static inline void read_good(struct fixture *f, const char *text) {
    read_text(f, text);
    assert_string_equal(f->told, "");
}

static inline void assert_told(const struct fixture *f, const char *part) {
    if (strstr(f->told, part) == NULL) {
        fail_msg("not told: %s\nbut:\n%s", part, f->told);
    }
}

static inline void assert_not_told(const struct fixture *f, const char *part) {
    if (strstr(f->told, part) != NULL) {
        fail_msg("told: %s", f->told);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
