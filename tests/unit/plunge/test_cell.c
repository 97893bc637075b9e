/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "cell/cell.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/result.h"
#include "base/result_json.h"
#include "base/text.h"
#include "cell/handover.h"
#include "cell/order.h"
#include "cell/prepare.h"
#include "ledger/symbol.h"
#include "load/load.h"
#include "scenario/expectation.h"
#include "scenario/scenario.h"
#include "support/suite.h"

/* The supervisor starts this very program again: as a child it plays the part
 * that the "scenario" it is ordered to run has for its path. */

/* ---- The parts -----------------------------------------------------------*/

struct part {
    struct arena *arena;
    struct handover handover;
    struct order order;
    struct text said; /* comes back as the cell's error */
};

static void part_hand_over(struct part *part, enum result_state state) {
    struct result_cell cell;
    result_cell_init(&cell);
    cell.outcome.state = state;
    cell.cycles.completed = 1;
    cell.error = part->said.size == 0 ? NULL : part->said.bytes;
    struct text text;
    text_init(&text);
    result_json_write_cell(&cell, &text);
    if (handover_write(&part->handover, HANDOVER_RESULT, &text) != 0) {
        abort();
    }
    text_fini(&text);
}

static int play_through(struct part *part) {
    part_hand_over(part, RESULT_COMPLETED);
    return 0;
}

static int play_abort(struct part *part) {
    atomic_store(&part->handover.board->cycles, 41);
    abort();
}

static int play_status_after_result(struct part *part) {
    part_hand_over(part, RESULT_COMPLETED);
    return 23;
}

static int play_half_a_result(struct part *part) {
    struct text text;
    text_init(&text);
    text_append(&text, "{\"subject\": \"dbpool\", \"pha");
    (void)handover_write(&part->handover, HANDOVER_RESULT, &text);
    text_fini(&text);
    return 0;
}

static int play_forever(struct part *part) {
    (void)part;
    while (pause() < 0) {
    }
    return 0;
}

/* What it hands over tells whether it was looked at. */
__attribute__((noinline)) static int play_hang(struct part *part) {
    struct load_board *board = part->handover.board;
    atomic_store(&board->is_stalled, true);
    while (!atomic_load(&board->stall_is_seen)) {
        (void)sched_yield();
    }
    part_hand_over(part, RESULT_HUNG);
    return 0;
}

static int play_orphan(struct part *part) {
    if (fork() == 0) {
        (void)setsid();
        (void)play_forever(part);
    }
    return play_through(part);
}

static int play_until_asked(struct part *part) {
    interrupt_install();
    atomic_store(&part->handover.board->answered, 1);
    while (interrupt_pending() == 0) {
        const struct timespec tick = {.tv_nsec = (long)CLOCK_NS_PER_MS};
        (void)nanosleep(&tick, NULL);
    }
    part_hand_over(part, RESULT_INTERRUPTED);
    return 0;
}

static int play_tell_order(struct part *part) {
    text_format(&part->said, "cell %zu seed %llu private %d stderr %d text %s",
                part->order.cell, (unsigned long long)part->order.seed,
                part->order.database_private, part->order.answers_on_stderr,
                part->order.text);
    return play_through(part);
}

static int play_tell_place(struct part *part) {
    int death = 0;
    struct rlimit core = {1, 1};
    (void)prctl(PR_GET_PDEATHSIG, &death);
    (void)getrlimit(RLIMIT_CORE, &core);
    text_format(&part->said, "leads %d death %d core %lu tunables %s",
                getsid(0) == getpid(), death, (unsigned long)core.rlim_max,
                getenv("GLIBC_TUNABLES"));
    return play_through(part);
}

/* All but the one that looks. Two of the three files were given back. */
static int play_tell_descriptors(struct part *part) {
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL) {
        return 1;
    }
    for (int fd = 0; fd < 100; fd++) {
        if (fd != dirfd(folder) && fcntl(fd, F_GETFD) >= 0) {
            text_format(&part->said, "%d ", fd);
        }
    }
    (void)closedir(folder);
    return play_through(part);
}

static const struct {
    const char *name;
    int (*play)(struct part *part);
} parts[] = {
    {"through", play_through},
    {"abort", play_abort},
    {"status after result", play_status_after_result},
    {"half a result", play_half_a_result},
    {"forever", play_forever},
    {"hang", play_hang},
    {"orphan", play_orphan},
    {"until asked", play_until_asked},
    {"tell order", play_tell_order},
    {"tell place", play_tell_place},
    {"tell descriptors", play_tell_descriptors},
};

static int play(void) {
    struct part part = {.arena = arena_new()};
    struct text order;
    const char *problem = NULL;
    text_init(&order);
    text_init(&part.said);
    if (handover_join(&part.handover, &order) != 0 ||
        order_read(order.bytes, order.size, part.arena, &part.order,
                   &problem) != 0) {
        return 99;
    }
    text_fini(&order);
    int status = 98;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strcmp(parts[i].name, part.order.path) == 0) {
            status = parts[i].play(&part);
        }
    }
    text_fini(&part.said);
    handover_fini(&part.handover);
    arena_free(part.arena);
    return status;
}

/* ---- The supervisor's side -----------------------------------------------*/

struct fixture {
    struct arena *arena;
    struct result_parameter parameter;
    struct scenario_cell cells[2];
    struct scenario scenario;
    struct cell_database database;
    struct cell_order order;
    struct result_cell cell;
    const char *problem;
};

static int arrange(void **state) {
    static struct fixture f;
    f = (struct fixture){
        .arena = arena_new(),
        .parameter = {.path = "pool.max", .number = 8, .text = "8"},
        .scenario = {.text = "title: x\n", .cells_count = 2, .blocks = 3},
        .database = {.path = "/nowhere/users.db",
                     .facts = {.users = 3, .bytes = 4096, .cached = true}},
        .order = {.cell = 1, .block = 2, .seed = 5},
    };
    f.cells[1] = (struct scenario_cell){
        .settings = {.database = {.users = 3, .line = 3},
                     .pool = {.subject = SCENARIO_DIRECT},
                     .cycles = 4,
                     .limits = {.time_ns = 60 * CLOCK_NS_PER_S,
                                .stall_ns = 60 * CLOCK_NS_PER_S}},
        .parameters = &f.parameter,
        .parameters_count = 1,
        .label = "pool.max=8",
        .reference = true,
    };
    f.scenario.cells = f.cells;
    f.order.scenario = &f.scenario;
    f.order.database = &f.database;
    *state = &f;
    return 0;
}

static int put_away(void **state) {
    struct fixture *f = *state;
    arena_free(f->arena);
    return 0;
}

static void run_part(struct fixture *f, const char *part,
                     cell_progress_cb progress) {
    f->scenario.path = part;
    if (cell_run(&f->order, progress, f, f->arena, &f->cell, &f->problem) !=
        0) {
        fail_msg("%s", f->problem);
    }
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void a_child_that_ends_well_has_completed(void **state) {
    struct fixture *f = *state;
    run_part(f, "through", NULL);
    assert_int_equal(f->cell.outcome.state, RESULT_COMPLETED);
    assert_null(f->cell.outcome.detail);
    assert_int_equal(f->cell.cycles.completed, 1);
    assert_int_equal(f->cell.leftovers_count, 0);
}

static void what_the_scenario_says_is_filled_in(void **state) {
    struct fixture *f = *state;
    run_part(f, "through", NULL);
    assert_string_equal(f->cell.subject, "direct");
    assert_string_equal(f->cell.label, "pool.max=8");
    assert_true(f->cell.reference);
    assert_int_equal(f->cell.block, 2);
    assert_int_equal(f->cell.parameters_count, 1);
    assert_string_equal(f->cell.parameters[0].path, "pool.max");
    assert_int_equal(f->cell.database.users, 3);
    assert_int_equal(f->cell.database.bytes, 4096);
    assert_int_equal(f->cell.cycles.planned, 4);
}

static void the_order_arrives_as_it_was_given(void **state) {
    struct fixture *f = *state;
    f->order.answers_on_stderr = true;
    run_part(f, "tell order", NULL);
    assert_string_equal(f->cell.error,
                        "cell 1 seed 5 private 0 stderr 1 text title: x\n");
}

static void a_crash_has_its_signal_and_its_last_cycle(void **state) {
    struct fixture *f = *state;
    run_part(f, "abort", NULL);
    assert_int_equal(f->cell.outcome.state, RESULT_CRASHED);
    assert_int_equal(f->cell.outcome.signal, SIGABRT);
    assert_int_equal(f->cell.cycles.completed, 41);
    assert_string_equal(f->cell.subject, "direct");
}

static void a_bad_status_keeps_what_was_measured(void **state) {
    struct fixture *f = *state;
    run_part(f, "status after result", NULL);
    assert_int_equal(f->cell.outcome.state, RESULT_CRASHED);
    assert_non_null(strstr(f->cell.outcome.detail, "status 23"));
    assert_int_equal(f->cell.cycles.completed, 1);
}

static void half_a_result_is_none(void **state) {
    struct fixture *f = *state;
    run_part(f, "half a result", NULL);
    assert_int_equal(f->cell.outcome.state, RESULT_CRASHED);
    assert_int_equal(f->cell.phases_count, 0);
}

static void a_child_that_hangs_is_looked_at_thread_by_thread(void **state) {
    struct fixture *f = *state;
    run_part(f, "hang", NULL);
    assert_int_equal(f->cell.outcome.state, RESULT_HUNG);
    assert_int_equal(f->cell.findings_count, 1);
    const struct result_finding *finding = &f->cell.findings[0];
    assert_string_equal(finding->tool, "plunge");
    assert_string_equal(finding->kind, "hang");
    assert_non_null(strstr(finding->text, " (thread "));
    if (symbol_is_available()) {
        assert_non_null(
            strstr(finding->stack, "play_hang tests/unit/plunge/test_cell.c:"));
    }
}

static void a_child_over_its_time_is_ended(void **state) {
    struct fixture *f = *state;
    f->cells[1].settings.limits.time_ns = 1;
    run_part(f, "forever", NULL);
    assert_int_equal(f->cell.outcome.state, RESULT_OVER_LIMIT);
}

static void an_orphan_is_reported_and_ended(void **state) {
    struct fixture *f = *state;
    run_part(f, "orphan", NULL);
    assert_int_equal(f->cell.outcome.state, RESULT_COMPLETED);
    assert_int_equal(f->cell.leftovers_count, 1);
    assert_int_equal(f->cell.leftovers[0].kind, RESULT_PROCESS);
}

static void a_child_leads_a_session_and_dies_with_us(void **state) {
    struct fixture *f = *state;
    run_part(f, "tell place", NULL);
    assert_string_equal(f->cell.error, "leads 1 death 9 core 0 tunables "
                                       "glibc.pthread.stack_cache_size=0");
}

static void one_arena_only_where_memory_is_asked_about(void **state) {
    struct fixture *f = *state;
    struct expectation expectation = {.metric = EXPECTATION_RSS};
    f->scenario.expectations = &expectation;
    f->scenario.expectations_count = 1;
    assert_int_equal(setenv("GLIBC_TUNABLES", "glibc.malloc.check=0", 1), 0);
    run_part(f, "tell place", NULL);
    assert_int_equal(unsetenv("GLIBC_TUNABLES"), 0);
    assert_non_null(strstr(f->cell.error,
                           " glibc.malloc.check=0:glibc.pthread."
                           "stack_cache_size=0:glibc.malloc.arena_max=1"));
    assert_non_null(strstr(f->cell.outcome.detail, "one malloc arena"));
}

/* Neither the supervisor's, nor those that somebody else let it inherit. */
static void a_child_has_no_descriptors_but_its_own(void **state) {
    struct fixture *f = *state;
    int inherited = open("/dev/null", O_RDONLY); // NOLINT: not O_CLOEXEC
    assert_true(inherited > 2);
    run_part(f, "tell descriptors", NULL);
    assert_int_equal(close(inherited), 0);
    assert_string_equal(f->cell.error, "0 1 2 4 ");
}

static void a_path_that_is_not_utf8_is_refused(void **state) {
    struct fixture *f = *state;
    f->scenario.path = "\xe9";
    assert_int_equal(
        cell_run(&f->order, NULL, NULL, f->arena, &f->cell, &f->problem), -1);
    assert_non_null(strstr(f->problem, "UTF-8"));
}

static void interrupt_once_it_runs(void *data,
                                   const struct cell_progress *progress) {
    (void)data;
    if (progress->answered != 0 && interrupt_pending() == 0) {
        (void)raise(SIGINT);
    }
}

static void an_interrupted_child_hands_over_what_it_has(void **state) {
    struct fixture *f = *state;
    interrupt_install();
    run_part(f, "until asked", interrupt_once_it_runs);
    assert_int_equal(f->cell.outcome.state, RESULT_INTERRUPTED);
    assert_int_equal(f->cell.cycles.completed, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, arrange, put_away)

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], CELL_COMMAND) == 0) {
        return play();
    }
    const struct CMUnitTest tests[] = {
        TEST(a_child_that_ends_well_has_completed),
        TEST(what_the_scenario_says_is_filled_in),
        TEST(the_order_arrives_as_it_was_given),
        TEST(a_crash_has_its_signal_and_its_last_cycle),
        TEST(a_bad_status_keeps_what_was_measured),
        TEST(half_a_result_is_none),
        TEST(a_child_that_hangs_is_looked_at_thread_by_thread),
        TEST(a_child_over_its_time_is_ended),
        TEST(an_orphan_is_reported_and_ended),
        TEST(a_child_leads_a_session_and_dies_with_us),
        TEST(one_arena_only_where_memory_is_asked_about),
        TEST(a_child_has_no_descriptors_but_its_own),
        TEST(a_path_that_is_not_utf8_is_refused),
        /* Last: an interruption stays for the life of a process. */
        TEST(an_interrupted_child_hands_over_what_it_has),
    };
    return SUITE_RUN(tests, argc, argv);
}
