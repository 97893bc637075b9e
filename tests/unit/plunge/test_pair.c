/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "cell/pair.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/result.h"
#include "base/result_json.h"
#include "base/text.h"
#include "cell/build.h"
#include "cell/cell.h"
#include "cell/handover.h"
#include "cell/order.h"
#include "cell/prepare.h"
#include "cell/slices.h"
#include "load/load.h"
#include "scenario/scenario.h"
#include "support/suite.h"

/* Both sides are this very program: as a child it plays the part that the
 * scenario has for its path. It is in its phase until it was let go on so many
 * times, which is a turn each: no clock decides when a test is over. */

#define TURNS 9
#define ALONE_NS (3 * CLOCK_NS_PER_S)
#define STEADY 1 /* index of the phase that fits; 0 is a warm-up */

static volatile sig_atomic_t went_on;

static void on_going_on(int number) {
    (void)number;
    went_on = went_on + 1;
}

/* ---- The parts -----------------------------------------------------------*/

struct part {
    struct arena *arena;
    struct handover handover;
    struct order order;
};

static void part_hand_over(struct part *part, uint64_t wrong) {
    struct result_phase phases[] = {{.name = "warm", .wrong = 2 * wrong},
                                    {.name = "steady", .wrong = wrong}};
    struct result_cell cell;
    result_cell_init(&cell);
    cell.outcome.state = RESULT_COMPLETED;
    cell.phases = phases;
    cell.phases_count = 2;
    struct text text;
    text_init(&text);
    result_json_write_cell(&cell, &text);
    (void)handover_write(&part->handover, HANDOVER_RESULT, &text);
    text_fini(&text);
}

/* An answer costs as much processor time as the seed says. */
static void part_answer(struct part *part) {
    for (volatile uint64_t i = 0; i < part->order.seed * 1000; i++) {
    }
    atomic_fetch_add(&part->handover.board->answered, 1);
}

/* Whether it is to be gone on with: until the end of @turns. On a busy machine
 * two of them may have been one for us, and the other one is through before:
 * then nobody stops us any more. */
static bool part_goes_on(int turns) {
    static int seen;
    static uint64_t seen_ns;
    const uint64_t now_ns = clock_now_ns();
    if (seen_ns == 0 || went_on != seen) {
        seen = went_on;
        seen_ns = now_ns;
    }
    return went_on < turns && interrupt_pending() == 0 &&
           (went_on == 0 || now_ns - seen_ns < ALONE_NS);
}

/* Goes on being answered through its phase. */
static void part_be_in_phase(struct part *part, int turns) {
    (void)signal(SIGCONT, on_going_on);
    atomic_store(&part->handover.board->phase, STEADY);
    while (part_goes_on(turns)) {
        part_answer(part);
    }
    atomic_store(&part->handover.board->phase, STEADY + 1);
}

static void play_through(struct part *part) {
    part_be_in_phase(part, TURNS);
    part_hand_over(part, 0);
}

/* Its answers are wrong unless it was never answered while somebody else had a
 * slice or two, twice. */
static void play_stood_still(struct part *part) {
    unsigned pauses = 0;
    int turns = 0;
    (void)signal(SIGCONT, on_going_on);
    atomic_store(&part->handover.board->phase, STEADY);
    uint64_t last_ns = clock_now_ns();
    while (part_goes_on(TURNS)) {
        part_answer(part);
        const uint64_t now_ns = clock_now_ns();
        if (went_on != turns) {
            turns = went_on;
            pauses += now_ns - last_ns >= SLICE_NS ? 1 : 0;
        }
        last_ns = now_ns;
    }
    atomic_store(&part->handover.board->phase, STEADY + 1);
    part_hand_over(part, pauses >= 2 ? 0 : 1);
}

/* Who is asked with 2 is the other one. */
static bool is_other(const struct part *part) {
    return part->order.seed == 2;
}

static void play_wrong(struct part *part) {
    part_be_in_phase(part, TURNS);
    part_hand_over(part, is_other(part) ? 1 : 0);
}

/* The first has a turn before that, and goes on after it. */
static void play_crash(struct part *part) {
    part_be_in_phase(part, 2);
    if (is_other(part)) {
        (void)raise(SIGKILL);
    }
    part_hand_over(part, 0);
}

static void play_never_there(struct part *part) {
    if (!is_other(part)) {
        atomic_store(&part->handover.board->phase, STEADY);
        part_answer(part);
    }
    part_hand_over(part, 0);
}

/* Only a signal ends it. */
static void play_forever(struct part *part) {
    part_be_in_phase(part, INT32_MAX);
    part_hand_over(part, 0);
}

static int play(void) {
    static const struct {
        const char *name;
        void (*play)(struct part *part);
    } parts[] = {
        {"through", play_through},
        {"wrong", play_wrong},
        {"crash", play_crash},
        {"forever", play_forever},
        {"never there", play_never_there},
        {"stood still", play_stood_still},
    };
    struct part part = {.arena = arena_new()};
    struct text order;
    const char *problem = NULL;
    text_init(&order);
    interrupt_install();
    if (handover_join(&part.handover, &order) != 0 ||
        order_read(order.bytes, order.size, part.arena, &part.order,
                   &problem) != 0) {
        return 99;
    }
    text_fini(&order);
    atomic_store(&part.handover.board->process, getpid());
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strcmp(parts[i].name, part.order.path) == 0) {
            parts[i].play(&part);
        }
    }
    handover_fini(&part.handover);
    arena_free(part.arena);
    return 0;
}

/* ---- The supervisor's side -----------------------------------------------*/

struct fixture {
    struct arena *arena;
    struct scenario_phase phases[2];
    struct scenario_cell cell;
    struct scenario scenario;
    struct cell_database database;
    struct cell_order orders[2];
    struct result_slices *results;
    size_t count;
    unsigned told;
};

static int arrange(void **state) {
    static struct fixture f;
    f = (struct fixture){
        .arena = arena_new(),
        .phases = {{.name = "warm", .for_ns = 1},
                   {.name = "steady", .lookups = 1000, .measure = true}},
        .scenario = {.text = "title: x\n", .cells_count = 1, .blocks = 1},
        .database = {.path = "/nowhere/users.db"},
    };
    f.cell = (struct scenario_cell){
        .settings = {.pool = {.subject = SCENARIO_DIRECT},
                     .phases = f.phases,
                     .phases_count = 2,
                     .cycles = 1,
                     .limits = {.time_ns = 60 * CLOCK_NS_PER_S,
                                .stall_ns = 60 * CLOCK_NS_PER_S}},
        .label = "pool.max=8",
    };
    f.scenario.cells = &f.cell;
    for (uint64_t i = 0; i < 2; i++) {
        f.orders[i] = (struct cell_order){.scenario = &f.scenario,
                                          .block = 3,
                                          .seed = i + 1,
                                          .database = &f.database,
                                          .is_exact = true};
    }
    *state = &f;
    return 0;
}

static int put_away(void **state) {
    struct fixture *f = *state;
    arena_free(f->arena);
    return 0;
}

static void run_parts(struct fixture *f, const char *part,
                      cell_progress_cb progress) {
    const char *problem = NULL;
    f->scenario.path = part;
    if (pair_run(f->orders, 7, progress, f, f->arena, &f->results, &f->count,
                 &problem) != 0) {
        fail_msg("%s", problem);
    }
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    /* The warm-up is none. */
    assert_int_equal(f->count, 1);
    assert_string_equal(f->results[0].phase, "steady");
}

static void both_take_turns_and_are_counted(void **state) {
    struct fixture *f = *state;
    run_parts(f, "through", NULL);
    const struct result_slices *result = &f->results[0];
    assert_null(result->why);
    assert_string_equal(result->subject, "direct");
    assert_string_equal(result->label, "pool.max=8");
    assert_int_equal(result->block, 3);
    /* Each was in its phase for eight turns, but for those of both at once. */
    assert_in_range(result->quadruples, 2, TURNS / 2 + 1);
    assert_true(result->throughput_per_s > 0);
    assert_true(result->other_throughput_per_s > 0);
}

/* In processor time, which nobody else on the machine has a part in. */
static void who_needs_twice_as_much_is_seen_to(void **state) {
    struct fixture *f = *state;
    run_parts(f, "through", NULL);
    const struct result_slices *result = &f->results[0];
    assert_true(result->cpu_ns > 0);
    assert_true(result->other_cpu_ns > 1.4 * result->cpu_ns);
    assert_true(result->other_cpu_ns < 2.8 * result->cpu_ns);
    assert_true(result->cpu_ratio > 0 && result->cpu_ratio < 1 / 1.4);
}

static void who_stands_still_does_not_move(void **state) {
    struct fixture *f = *state;
    run_parts(f, "stood still", NULL);
    assert_null(f->results[0].why);
}

static void wrong_answers_compare_with_nothing(void **state) {
    struct fixture *f = *state;
    run_parts(f, "wrong", NULL);
    assert_string_equal(f->results[0].why,
                        "the other build gave wrong answers in warm");
    assert_int_equal(f->results[0].state, RESULT_COMPLETED);
    assert_int_equal(f->results[0].wrong, 0);
    assert_int_equal(f->results[0].other_wrong, 3);
}

static void a_crash_in_turns_is_told_of_whom(void **state) {
    struct fixture *f = *state;
    run_parts(f, "crash", NULL);
    assert_non_null(f->results[0].why);
    assert_non_null(strstr(f->results[0].why,
                           "the other build crashed: ended by signal 9"));
    assert_int_equal(f->results[0].wrong, 0);
    assert_true(f->results[0].other_wrong == RESULT_UNKNOWN);
}

static void who_never_comes_to_the_phase_is_not_waited_for(void **state) {
    struct fixture *f = *state;
    run_parts(f, "never there", NULL);
    assert_int_equal(f->results[0].quadruples, 0);
    assert_string_equal(f->results[0].why,
                        "both were never in it for four slices");
}

/* Whichever of the two is started first. */
static void who_is_alone_is_ended(void **state) {
    struct fixture *f = *state;
    static const struct build nowhere = {.program = "/nowhere/plunge"};
    f->scenario.path = "forever";
    for (size_t i = 0; i < 2; i++) {
        const char *problem = NULL;
        f->orders[i].build = &nowhere;
        assert_int_equal(pair_run(f->orders, 7, NULL, NULL, f->arena,
                                  &f->results, &f->count, &problem),
                         -1);
        assert_non_null(strstr(problem, "No such file or directory"));
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        f->orders[i].build = NULL;
    }
}

static void ask_to_stop(void *data, const struct cell_progress *progress) {
    struct fixture *f = data;
    if (progress->answered > 0 && f->told++ == 3) {
        (void)raise(SIGINT);
    }
}

static void an_interrupt_ends_both_wherever_they_stand(void **state) {
    struct fixture *f = *state;
    interrupt_install();
    run_parts(f, "forever", ask_to_stop);
    assert_int_equal(interrupt_pending(), SIGINT);
    assert_true(f->told > 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, arrange, put_away)

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], CELL_COMMAND) == 0) {
        return play();
    }
    const struct CMUnitTest tests[] = {
        TEST(both_take_turns_and_are_counted),
        TEST(who_needs_twice_as_much_is_seen_to),
        TEST(who_stands_still_does_not_move),
        TEST(wrong_answers_compare_with_nothing),
        TEST(a_crash_in_turns_is_told_of_whom),
        TEST(who_never_comes_to_the_phase_is_not_waited_for),
        TEST(who_is_alone_is_ended),
        /* The last: nothing takes an interrupt back. */
        TEST(an_interrupt_ends_both_wherever_they_stand),
    };
    return SUITE_RUN(tests, argc, argv);
}
