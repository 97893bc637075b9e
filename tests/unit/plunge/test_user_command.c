/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "scenario/user_command.h"

#include <stdio.h>

#include "base/clock.h"
#include "scenario/expectation.h"
#include "unit/plunge/scenario_fixture.h"

#define MINE FIXTURE_HEAD "pool: {subject: {command: [./mine, --flag]}}\n"

static const struct scenario_settings *first(const struct fixture *f) {
    return &f->scenario->cells[0].settings;
}

static void a_command_is_a_program_and_its_arguments(void **state) {
    struct fixture *f = *state;
    read_good(f, FIXTURE_HEAD "pool:\n"
                              "  subject:\n"
                              "    command: [./mine, --flag, '', 17]\n");
    const struct scenario_pool *pool = &first(f)->pool;
    assert_int_equal(pool->subject, SCENARIO_COMMAND);
    assert_int_equal(pool->command.arguments_count, 4);
    assert_string_equal(pool->command.arguments[0], "./mine");
    assert_string_equal(pool->command.arguments[1], "--flag");
    assert_string_equal(pool->command.arguments[2], "");
    assert_string_equal(pool->command.arguments[3], "17");
    assert_null(pool->command.arguments[4]);
    assert_int_equal(pool->command.line, 5);
    assert_string_equal(scenario_subject_name(pool->subject), "command");
}

static void it_gets_a_copy_of_its_own(void **state) {
    struct fixture *f = *state;
    read_good(f, MINE);
    assert_true(scenario_wants_private_copy(first(f)));
}

static void all_that_is_implied_is_that_nothing_is_left(void **state) {
    struct fixture *f = *state;
    read_good(f, MINE);
    assert_int_equal(f->scenario->expectations_count, 1);
    assert_string_equal(f->scenario->expectations[0].text,
                        "left_behind == nothing");
    read_good(f, MINE "expect:\n  - left_behind.thread == 3\n");
    assert_int_equal(f->scenario->expectations_count, 1);
}

/* Nobody knows how long it may be busy: the time limit is the only one. */
static void without_a_stall_limit_there_is_the_time_limit(void **state) {
    struct fixture *f = *state;
    read_good(f, MINE);
    assert_int_equal(first(f)->limits.time_ns, 60 * CLOCK_NS_PER_S);
    assert_int_equal(first(f)->limits.stall_ns, 60 * CLOCK_NS_PER_S);
    read_good(f, MINE "limits: {time: 20s, stall: 3s}\n");
    assert_int_equal(first(f)->limits.stall_ns, 3 * CLOCK_NS_PER_S);
}

static void commands_can_be_swept(void **state) {
    struct fixture *f = *state;
    read_good(f, FIXTURE_HEAD "sweep:\n"
                              "  pool.subject:\n"
                              "    - {command: [./one]}\n"
                              "    - {command: [./other, -v]}\n");
    assert_int_equal(f->scenario->cells_count, 2);
    assert_string_equal(f->scenario->cells[1].label,
                        "pool.subject={command: [./other, -v]}");
    assert_string_equal(
        f->scenario->cells[1].settings.pool.command.arguments[0], "./other");
}

/* Held from outside. */
static void it_has_limits_of_all_that_it_holds(void **state) {
    struct fixture *f = *state;
    read_good(f, MINE "limits: {threads: 9, fds: 20, memory: 1MiB}\n");
    assert_int_equal(first(f)->limits.threads, 9);
    assert_int_equal(first(f)->limits.fds, 20);
    assert_int_equal(first(f)->limits.memory_bytes, 1 << 20);
    /* Missing threads are not what is wrong with it. */
    read_text(f, MINE "limits: {by: pids}\n");
    assert_told(f, "limits.by: contradicts pool.subject, a command");
    assert_not_told(f, "which is missing");
}

/* The one needs the load that the other refuses. */
static void not_beside_other_subjects(void **state) {
    struct fixture *f = *state;
    static const char sweep[] =
        "sweep:\n  pool.subject: [dbpool, {command: [./one]}]\n";
    char text[256];
    (void)snprintf(text, sizeof text, FIXTURE_HEAD "%s", sweep);
    read_text(f, text);
    assert_told(f, "load: missing");
    (void)snprintf(text, sizeof text, FIXTURE_HEAD FIXTURE_LOAD "%s", sweep);
    read_text(f, text);
    assert_told(f, "load: contradicts pool.subject, a command");
}

static void the_command_line_sets_a_command(void **state) {
    struct fixture *f = *state;
    const char *const overrides[] = {"pool.subject={command: [./mine]}", NULL};
    read_with(f, FIXTURE_HEAD, overrides);
    assert_string_equal(f->told, "");
    assert_int_equal(first(f)->pool.subject, SCENARIO_COMMAND);
}

struct wrong {
    const char *text;
    const char *told;
};

static void expect_told(struct fixture *f, const struct wrong *wrong,
                        size_t count) {
    for (size_t i = 0; i < count; i++) {
        read_text(f, wrong[i].text);
        assert_told(f, wrong[i].told);
        assert_not_told(f, "load: missing");
    }
}

#define EXPECT_TOLD(f, wrong)                                                  \
    expect_told(f, wrong, sizeof(wrong) / sizeof *(wrong))

static void what_is_no_command_is_refused(void **state) {
    static const struct wrong wrong[] = {
        {FIXTURE_HEAD "pool: {subject: {command: ./mine}}\n",
         "t.yaml:3:27: pool.subject: expected a list: a program and its "
         "arguments, got \"./mine\""},
        {FIXTURE_HEAD "pool: {subject: {command: []}}\n",
         "expected a program and its arguments, 1000 at most, got 0"},
        {FIXTURE_HEAD "pool: {subject: {command: ['', x]}}\n",
         "expected the name of a program, got \"\""},
        {FIXTURE_HEAD "pool: {subject: {command: [./mine, [x]]}}\n",
         "t.yaml:3:36: pool.subject: expected an argument, a text, got a list"},
        {FIXTURE_HEAD "pool: {subject: {command: [./mine], env: x}}\n",
         "unknown key \"env\""},
    };
    EXPECT_TOLD(*state, wrong);
}

static void other_mappings_are_refused(void **state) {
    struct fixture *f = *state;
    read_text(f, FIXTURE_HEAD FIXTURE_LOAD
              "pool: {subject: {comand: [./mine]}}\n");
    assert_told(f, "unknown key \"comand\"");
    assert_told(f, "there is: command");
    read_text(f, FIXTURE_HEAD FIXTURE_LOAD "pool: {subject: fast}\n");
    assert_told(f, "one of dbpool, direct, uvwork, null or {command: ");
}

static void what_is_its_own_affair_is_refused(void **state) {
    static const struct wrong wrong[] = {
        {MINE FIXTURE_LOAD, "load: contradicts pool.subject, a command"},
        {MINE "cycles: 3\n", "cycles: contradicts pool.subject, a command"},
        {FIXTURE_HEAD "pool: {subject: {command: [./mine]}, shutdown: clean}\n",
         "pool.shutdown: contradicts pool.subject, a command"},
        {MINE "limits: {threads: 9, by: nproc}\n",
         "t.yaml:4:26: limits.by: contradicts pool.subject, a command"},
    };
    EXPECT_TOLD(*state, wrong);
}

#define EXPECT(line) MINE "expect:\n  - " line "\n"
#define NOT_SEEN "t.yaml:5:5: expect: a command's lookups are not seen"

static void what_is_not_seen_cannot_be_expected(void **state) {
    static const struct wrong wrong[] = {
        {EXPECT("p99 < 50ms"), NOT_SEEN},
        {EXPECT("service.p50 < 1s"), NOT_SEEN},
        {EXPECT("mean < 1s"), NOT_SEEN},
        {EXPECT("throughput > 5/s"), NOT_SEEN},
        {EXPECT("errors == 0"), NOT_SEEN},
        {EXPECT("wrong == 0"), NOT_SEEN},
        {EXPECT("rejected == 0"), NOT_SEEN},
        {EXPECT("completed == 3"), NOT_SEEN},
        {EXPECT("error == \"no\""), NOT_SEEN},
        {EXPECT("instructions < 3"), NOT_SEEN},
        {EXPECT("heap < 3MiB"), "a command's heap is not seen from outside"},
        {EXPECT("exhausted == threads"), "asked for in vain"},
        {EXPECT("exhausted_at == 3"), "asked for in vain"},
        {EXPECT("threads per cycle == 3"), "a command's cycles are not seen"},
        {EXPECT("duration in main < 3s"), "a command has no phases"},
        {EXPECT("threads <= 2 * direct"), "compared with no other subject"},
        {EXPECT("left_behind.pool == 0"), "leftovers of the kind pool are not"},
        {EXPECT("\"left_behind == {thread: 3, heap: 1}\""),
         "leftovers of the kind heap are not"},
    };
    EXPECT_TOLD(*state, wrong);
}

static void what_is_seen_can_be_expected(void **state) {
    struct fixture *f = *state;
    read_good(f, MINE "expect:\n"
                      "  - left_behind <= 20\n"
                      "  - \"left_behind == {thread: 3, fd: 1, socket: 1, "
                      "map: any, file: 1, lock: 1, process: 1, timer: 1, "
                      "signal: 1, shm: 1}\"\n"
                      "  - left_behind.shm == 0\n"
                      "  - threads < 9\n"
                      "  - fds < 9\n"
                      "  - rss < 1GiB\n"
                      "  - duration < 10s\n");
    assert_int_equal(f->scenario->expectations_count, 7);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_command_is_a_program_and_its_arguments),
        TEST(it_gets_a_copy_of_its_own),
        TEST(all_that_is_implied_is_that_nothing_is_left),
        TEST(without_a_stall_limit_there_is_the_time_limit),
        TEST(it_has_limits_of_all_that_it_holds),
        TEST(commands_can_be_swept),
        TEST(not_beside_other_subjects),
        TEST(the_command_line_sets_a_command),
        TEST(what_is_no_command_is_refused),
        TEST(other_mappings_are_refused),
        TEST(what_is_its_own_affair_is_refused),
        TEST(what_is_not_seen_cannot_be_expected),
        TEST(what_is_seen_can_be_expected),
    };
    return SUITE_RUN(tests, argc, argv);
}
