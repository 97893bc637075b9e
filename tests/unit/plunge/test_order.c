/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "cell/order.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "support/suite.h"

static const struct result_include includes[] = {
    {.path = "scenarios/common.yaml", .text = "pool: {max: 3}\n"}};

static const struct scenario_override overrides[] = {
    {.path = "pool.max", .value = "8"},
    {.path = "title", .value = "\"quoted\"\n, Estebán"},
};

static const struct order sample = {
    .path = "scenarios/rush.yaml",
    .text = "title: Rush\r\n# tab\there, Al Ghâlib \\ \"x\"\n",
    .overrides = overrides,
    .overrides_count = 2,
    .includes = includes,
    .includes_count = 1,
    .cell = 7,
    .seed = (UINT64_C(1) << 53) - 1,
    .database = "/tmp/a folder/users.db",
    .database_private = true,
    .answers_on_stderr = true,
    .group = "/sys/fs/cgroup/pids/plunge-4711",
    .divisor = 20,
    .plant = "fd",
};

struct fixture {
    struct arena *arena;
    struct text text;
};

static int arrange(void **state) {
    static struct fixture f;
    f.arena = arena_new();
    text_init(&f.text);
    *state = &f;
    return 0;
}

static int put_away(void **state) {
    struct fixture *f = *state;
    text_fini(&f->text);
    arena_free(f->arena);
    return 0;
}

static void an_order_comes_back_as_it_was_written(void **state) {
    struct fixture *f = *state;
    struct order read = {0};
    const char *problem = NULL;
    assert_int_equal(order_write(&sample, &f->text, f->arena, &problem), 0);
    assert_int_equal(
        order_read(f->text.bytes, f->text.size, f->arena, &read, &problem), 0);
    assert_string_equal(read.path, sample.path);
    assert_string_equal(read.text, sample.text);
    assert_string_equal(read.database, sample.database);
    assert_int_equal(read.cell, sample.cell);
    assert_int_equal(read.seed, sample.seed);
    assert_true(read.database_private);
    assert_string_equal(read.group, sample.group);
    assert_true(read.answers_on_stderr);
    assert_int_equal(read.divisor, 20);
    assert_string_equal(read.plant, sample.plant);
    assert_int_equal(read.includes_count, 1);
    assert_string_equal(read.includes[0].path, includes[0].path);
    assert_string_equal(read.includes[0].text, includes[0].text);
    assert_int_equal(read.overrides_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(read.overrides[i].path, overrides[i].path);
        assert_string_equal(read.overrides[i].value, overrides[i].value);
    }
}

static void an_order_of_nothing_but_the_needed_comes_back(void **state) {
    struct fixture *f = *state;
    const struct order bare = {.path = "", .text = "", .database = ""};
    struct order read = sample;
    const char *problem = NULL;
    assert_int_equal(order_write(&bare, &f->text, f->arena, &problem), 0);
    assert_int_equal(
        order_read(f->text.bytes, f->text.size, f->arena, &read, &problem), 0);
    assert_int_equal(read.overrides_count, 0);
    assert_null(read.plant);
    assert_false(read.database_private);
    assert_false(read.answers_on_stderr);
}

static void what_is_not_utf8_is_refused_by_name(void **state) {
    struct fixture *f = *state;
    const struct scenario_override latin = {.path = "title", .value = "\xe9"};
    struct order orders[] = {sample, sample, sample};
    orders[0].path = "sc\xe9nario.yaml";
    orders[1].database = "/tmp/\xff/users.db";
    orders[2].overrides = &latin;
    orders[2].overrides_count = 1;
    for (size_t i = 0; i < 3; i++) {
        const char *problem = NULL;
        assert_int_equal(order_write(&orders[i], &f->text, f->arena, &problem),
                         -1);
        assert_non_null(strstr(problem, "must be UTF-8"));
        assert_int_equal(f->text.size, 0);
    }
}

/* Cut anywhere, it is no order; and what was there stays untouched. */
static void half_an_order_is_refused(void **state) {
    struct fixture *f = *state;
    const char *problem = NULL;
    assert_int_equal(order_write(&sample, &f->text, f->arena, &problem), 0);
    for (size_t size = 0; size < f->text.size; size++) {
        struct order read = {.cell = 99};
        problem = NULL;
        assert_int_equal(
            order_read(f->text.bytes, size, f->arena, &read, &problem), -1);
        assert_non_null(problem);
        assert_int_equal(read.cell, 99);
    }
}

static void an_order_with_wrong_members_is_refused(void **state) {
    struct fixture *f = *state;
    static const char *const wrong[] = {
        "[]",
        "{\"path\":\"a\"}",
        "{\"path\":\"a\",\"text\":\"\",\"overrides\":[[\"a\"]],\"includes\":[],"
        "\"cell\":0,"
        "\"seed\":0,\"database\":\"\",\"private\":false,"
        "\"answers_on_stderr\":false,\"divisor\":0}",
        "{\"path\":\"a\",\"text\":\"\",\"overrides\":[],\"includes\":[],"
        "\"cell\":0,"
        "\"seed\":0,\"database\":\"\",\"private\":false,"
        "\"answers_on_stderr\":false,\"divisor\":-1}",
        "{\"path\":\"a\",\"text\":\"\",\"overrides\":[],\"includes\":[],"
        "\"cell\":-1,"
        "\"seed\":0,\"database\":\"\",\"private\":false,"
        "\"answers_on_stderr\":false,\"divisor\":0}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct order read = {0};
        const char *problem = NULL;
        assert_int_equal(
            order_read(wrong[i], strlen(wrong[i]), f->arena, &read, &problem),
            -1);
        assert_non_null(problem);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, arrange, put_away)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(an_order_comes_back_as_it_was_written),
        TEST(an_order_of_nothing_but_the_needed_comes_back),
        TEST(what_is_not_utf8_is_refused_by_name),
        TEST(half_an_order_is_refused),
        TEST(an_order_with_wrong_members_is_refused),
    };
    return SUITE_RUN(tests, argc, argv);
}
