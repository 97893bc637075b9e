/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "measure/environment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/arena.h"
#include "base/result.h"
#include "support/suite.h"

struct fixture {
    struct arena *arena;
    const struct result_fact *facts;
    size_t count;
};

static int set_up(void **state) {
    static struct fixture fixture;
    fixture.arena = arena_new();
    fixture.facts = environment_facts(fixture.arena, &fixture.count);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    arena_free(fixture->arena);
    return 0;
}

/* NULL: left out. */
static const struct result_fact *find(const struct fixture *fixture,
                                      const char *name) {
    for (size_t i = 0; i < fixture->count; i++) {
        if (strcmp(fixture->facts[i].name, name) == 0) {
            return &fixture->facts[i];
        }
    }
    return NULL;
}

static const char *text_of(const struct fixture *fixture, const char *name) {
    const struct result_fact *fact = find(fixture, name);
    assert_non_null(fact);
    assert_non_null(fact->text);
    return fact->text;
}

static double number_of(const struct fixture *fixture, const char *name) {
    const struct result_fact *fact = find(fixture, name);
    assert_non_null(fact);
    assert_null(fact->text);
    return fact->number;
}

static void every_fact_is_told_once_and_says_something(void **state) {
    struct fixture *fixture = *state;
    for (size_t i = 0; i < fixture->count; i++) {
        const struct result_fact *fact = &fixture->facts[i];
        assert_ptr_equal(find(fixture, fact->name), fact);
        if (fact->text == NULL) {
            assert_true(isfinite(fact->number));
        } else {
            assert_true(*fact->text != '\0');
            assert_null(strchr(fact->text, '\n'));
        }
    }
}

static void the_machine_is_this_machine(void **state) {
    struct fixture *fixture = *state;
    assert_true(number_of(fixture, "cores") ==
                (double)sysconf(_SC_NPROCESSORS_ONLN));
    const double bytes = number_of(fixture, "memory_bytes");
    assert_true(bytes > 0x1p25 && bytes < 0x1p50); /* 32 MiB .. 1 PiB */
    assert_true(number_of(fixture, "load_average") >= 0);
    assert_memory_equal(text_of(fixture, "kernel"), "Linux ", 6);
    assert_int_equal(strlen(text_of(fixture, "boot_id")), 36);
}

static void versions_are_those_that_are_linked(void **state) {
    struct fixture *fixture = *state;
    assert_string_equal(text_of(fixture, "libuv"), uv_version_string());
    assert_memory_equal(text_of(fixture, "sqlite"), "3.", 2);
    assert_memory_equal(text_of(fixture, "libc"), "glibc 2.", 8);
    assert_string_equal(text_of(fixture, "variant"), PLUNGE_VARIANT);
    assert_non_null(strstr(text_of(fixture, "compiler"), __VERSION__));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(every_fact_is_told_once_and_says_something),
        TEST(the_machine_is_this_machine),
        TEST(versions_are_those_that_are_linked),
    };
    return SUITE_RUN(tests, argc, argv);
}
