/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "ledger/outside.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/result.h"
#include "ledger/entries.h"
#include "ledger/kinds.h"
#include "ledger/ledger.h"
#include "ledger/proc_text.h"
#include "ledger/vital.h"
#include "support/suite.h"

/* Another process, which does as it is told: 'o' opens a file, 'b' begins to be
 * busy. It answers each with a byte. */
struct fixture {
    struct arena *arena;
    pid_t pid;
    int orders;
    int answers;
    int given[OUTSIDE_GIVEN_COUNT];
    struct result_cell cell;
};

_Noreturn static void obey(int orders, int answers) {
    char order = 0;
    while (read(orders, &order, 1) == 1) {
        if (order == 'o' && open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0) {
            _exit(1);
        }
        if (write(answers, &order, 1) != 1) {
            _exit(2);
        }
        for (volatile unsigned i = 0; order == 'b'; i++) {
        }
    }
    _exit(0);
}

static int set_up(void **state) {
    static struct fixture f;
    int orders[2];
    int answers[2];
    f = (struct fixture){.arena = arena_new()};
    result_cell_init(&f.cell);
    if (pipe2(orders, O_CLOEXEC) != 0 || pipe2(answers, O_CLOEXEC) != 0) {
        return -1;
    }
    f.pid = fork();
    if (f.pid == 0) {
        obey(orders[0], answers[1]);
    }
    (void)close(answers[1]);
    memcpy(f.given, (int[]){0, 1, 2, orders[0]}, sizeof f.given);
    f.orders = orders[1];
    f.answers = answers[0];
    *state = &f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    (void)kill(f->pid, SIGKILL);
    (void)waitpid(f->pid, NULL, 0);
    (void)close(f->orders);
    (void)close(f->given[3]);
    (void)close(f->answers);
    arena_free(f->arena);
    return 0;
}

static void tell(const struct fixture *f, char order) {
    char answer = 0;
    assert_int_equal(write(f->orders, &order, 1), 1);
    assert_int_equal(read(f->answers, &answer, 1), 1);
    assert_int_equal(answer, order);
}

static void left_since(struct fixture *f, struct ledger *const *ledgers,
                       size_t count, bool bare) {
    static const char *const names[] = {"first", "second", "third"};
    struct outside_reading readings[3] = {{NULL, NULL}};
    for (size_t i = 0; i < count; i++) {
        readings[i] = (struct outside_reading){names[i], ledgers[i]};
    }
    outside_left(readings, count, bare, f->arena, &f->cell);
    for (size_t i = 0; i < count; i++) {
        ledger_free(ledgers[i]);
    }
}

static void what_was_there_is_not_left(void **state) {
    struct fixture *f = *state;
    struct ledger *ledgers[] = {outside_take(f->pid), outside_take(f->pid)};
    assert_true(ledgers[0]->count > 4);
    assert_int_equal(ledgers[1]->disputes_count, 0);
    left_since(f, ledgers, 2, false);
    assert_int_equal(f->cell.leftovers_count, 0);
}

static void a_site_is_since_when_it_has_been_there(void **state) {
    struct fixture *f = *state;
    struct ledger *ledgers[3];
    ledgers[0] = outside_take(f->pid);
    tell(f, 'o');
    ledgers[1] = outside_take(f->pid);
    tell(f, 'o');
    ledgers[2] = outside_take(f->pid);
    left_since(f, ledgers, 3, false);
    assert_int_equal(f->cell.leftovers_count, 2);
    assert_string_equal(f->cell.leftovers[0].site,
                        "first seen at second; read, at 0");
    assert_string_equal(f->cell.leftovers[1].site,
                        "first seen at third; read, at 0");
}

/* Its handlers and mapped files may be those of its language. */
static void from_a_bare_process_on_maps_and_signals_are_not_left(void **state) {
    struct fixture *f = *state;
    struct ledger *ledgers[] = {outside_take_bare(f->pid, f->given),
                                outside_take(f->pid)};
    size_t kinds[RESULT_KINDS_COUNT] = {0};
    for (size_t i = 0; i < ledgers[1]->count; i++) {
        kinds[ledgers[1]->entries[i].key.kind]++;
    }
    assert_int_equal(kinds[RESULT_THREAD], 1);
    assert_true(kinds[RESULT_FD] > 4);
    left_since(f, ledgers, 2, true);
    /* What is behind its descriptor 3 is, where that is what was given. */
    size_t given = f->given[3] == 3 ? 4 : 3;
    assert_int_equal(f->cell.leftovers_count, kinds[RESULT_FD] - given);
}

static void a_process_that_has_gone_is_disputed(void **state) {
    struct fixture *f = *state;
    struct vital vital;
    assert_true(vital_take(f->pid, &vital));
    assert_int_equal(vital.threads, 1);
    assert_true(vital.rss_peak_bytes >= vital.rss_bytes);
    assert_int_equal(kill(f->pid, SIGKILL), 0);
    assert_int_equal(waitpid(f->pid, NULL, 0), f->pid);
    assert_false(vital_take(f->pid, &vital));
    assert_false(vital_is_stopped(f->pid));
    struct ledger *ledgers[] = {outside_take_bare(f->pid, f->given),
                                outside_take(f->pid)};
    assert_int_equal(ledgers[0]->count, OUTSIDE_GIVEN_COUNT);
    left_since(f, ledgers, 2, true);
    assert_non_null(strstr(f->cell.ledger_disputed, "cannot be read"));
}

static void who_runs_is_busy_and_who_is_stopped_is_not(void **state) {
    struct fixture *f = *state;
    struct vital vital;
    tell(f, 'b');
    assert_true(vital_take(f->pid, &vital));
    assert_true(vital.busy);
    assert_false(vital_is_stopped(f->pid));
    assert_int_equal(kill(f->pid, SIGSTOP), 0);
    assert_int_equal(waitpid(f->pid, NULL, WUNTRACED), f->pid);
    assert_true(vital_is_stopped(f->pid));
    assert_true(vital_take(f->pid, &vital));
    assert_false(vital.busy);
}

static void a_field_is_found_at_the_beginning_of_its_line(void **state) {
    (void)state;
    static const char text[] = "xpos:\t1\npos:\t22\nlast:  3";
    assert_int_equal(strncmp(proc_field(text, "pos"), "22\n", 3), 0);
    assert_string_equal(proc_field(text, "last"), "3");
    assert_null(proc_field(text, "po"));
    assert_null(proc_field(NULL, "pos"));
}

static void locks_are_read_as_the_kernel_writes_them(void **state) {
    struct fixture *f = *state;
    struct ledger *ledger = entries_new();
    (void)f;
    static const char fdinfo[] =
        "pos:\t0\n"
        "lock:\t1: POSIX  ADVISORY  READ 3239 fe:00:4711 128 128\n"
        "lock:\t2: OFDLCK ADVISORY  WRITE -1 fe:00:4711 0 EOF\n"
        "lock:\tnonsense\n";
    kinds_locks(fdinfo, 9, "/a.db", ledger);
    kinds_locks(fdinfo, 10, "/a.db", ledger);
    assert_int_equal(ledger->count, 2);
    assert_string_equal(ledger->entries[0].identity,
                        "lock POSIX READ of /a.db, 128 to 128");
    assert_string_equal(ledger->entries[1].identity,
                        "lock OFDLCK WRITE of /a.db, 0 to EOF");
    assert_string_equal(ledger->entries[1].site, "by way of fd 9");
    ledger_free(ledger);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(what_was_there_is_not_left),
        TEST(a_site_is_since_when_it_has_been_there),
        TEST(from_a_bare_process_on_maps_and_signals_are_not_left),
        TEST(a_process_that_has_gone_is_disputed),
        TEST(who_runs_is_busy_and_who_is_stopped_is_not),
        TEST(a_field_is_found_at_the_beginning_of_its_line),
        TEST(locks_are_read_as_the_kernel_writes_them),
    };
    return SUITE_RUN(tests, argc, argv);
}
