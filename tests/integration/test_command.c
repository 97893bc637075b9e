/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
/* Not tsan: the programs would have a thread of its own. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include "support/foreign.h"
#include "support/json_at.h"
#include "support/program.h"
#include "support/suite.h"

/* Programs of the user's: what plunge sees of them from outside. */

/* ---- Running them --------------------------------------------------------*/

/* @rest: the scenario's further lines. Returns its result, for json_decref().
 */
static json_t *run(struct program *program, const char *name,
                   const char *rest_text, int status) {
    char own[PATH_MAX];
    char text[2 * PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);
    assert_true(size > 0);
    own[size] = '\0';
    (void)snprintf(text, sizeof text,
                   "title: A program that is %s\n"
                   "database: {users: 3}\n"
                   "pool:\n"
                   "  subject: {command: [%s, " FOREIGN ", %s]}\n"
                   "%s",
                   name, own, name, rest_text);
    struct program_file path = program_file(program, "scenario.yaml");
    (void)program_write(program, "scenario.yaml", text);
    program_run(program, "run", "-o", program->folder, path.path, NULL);
    program_expect(program, status);
    return program_json(program, "result.json");
}

static const char *state_of(const json_t *result) {
    return json_text_at(result, "cells/0/outcome/state");
}

static void expect_detail(const json_t *result, const char *words) {
    const char *detail = json_text_at(result, "cells/0/outcome/detail");
    if (detail == NULL || strstr(detail, words) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", words,
                 detail == NULL ? "(none)" : detail);
    }
}

/* An entry of the kind whose identity and site have these words. */
static void expect_entry(const json_t *result, const char *kind,
                         const char *identity, const char *site) {
    const json_t *list = json_at(result, "cells/0/left_behind");
    size_t index;
    const json_t *entry;
    json_array_foreach(list, index, entry) {
        const char *where = json_text_at(entry, "site");
        if (strcmp(json_text_at(entry, "kind"), kind) == 0 &&
            strstr(json_text_at(entry, "identity"), identity) != NULL &&
            strstr(where == NULL ? "" : where, site) != NULL) {
            return;
        }
    }
    char *all = json_dumps(list, JSON_INDENT(1));
    fail_msg("no %s \"%s\" with \"%s\" in: %s", kind, identity, site, all);
}

/* Exactly @map is left, and this is how it is named. */
static void expect_left(struct program *program, const char *name,
                        const char *map, const char *kind, const char *identity,
                        const char *site) {
    char lines[256];
    (void)snprintf(lines, sizeof lines, "expect:\n  - \"left_behind == %s\"\n",
                   map);
    json_t *result = run(program, name, lines, 0);
    assert_string_equal(state_of(result), "completed");
    assert_string_equal(json_text_at(result, "cells/0/program/read_at"),
                        "closed");
    expect_entry(result, kind, identity, site);
    json_decref(result);
}

/* ---- What is left --------------------------------------------------------*/

static void a_thread_is_named(void **state) {
    expect_left(*state, "thread", "{thread: 1}", "thread", "thread test_",
                "first seen at closed");
}

static void a_descriptor_is_named_with_its_mode_and_position(void **state) {
    expect_left(*state, "fd", "{fd: 1}", "fd", "/etc/passwd",
                "first seen at closed; read, at 0");
}

static void a_deleted_file_that_is_open_is_a_descriptor(void **state) {
    expect_left(*state, "deleted", "{fd: 1}", "fd", "/tmp/nameless (deleted)",
                "read and write, at 5");
}

static void a_socket_is_named(void **state) {
    expect_left(*state, "socket", "{socket: 1}", "socket", "socket",
                "read and write");
}

static void a_child_is_named_and_ended(void **state) {
    expect_left(*state, "child", "{process: 1}", "process", "(process ", "");
}

static void a_file_beside_the_database_is_named(void **state) {
    expect_left(*state, "file", "{file: 1}", "file", "users.db-journal (",
                "scenario.yaml:4)");
}

static void a_temporary_file_is_named(void **state) {
    expect_left(*state, "temporary", "{file: 1}", "file", "tmp/forgotten (",
                "$TMPDIR");
}

static void files_in_folders_are_found_and_empty_folders(void **state) {
    expect_left(*state, "folder", "{file: 2}", "file", "tmp/folder/empty (",
                "$TMPDIR");
}

static void a_lock_is_named_with_its_range(void **state) {
    expect_left(*state, "lock", "{fd: 1, lock: 1}", "lock",
                "lock POSIX WRITE of ", "by way of fd ");
    expect_left(*state, "lock", "{fd: 1, lock: 1}", "lock", ", 10 to 14", "");
}

static void a_lock_of_a_whole_file_is_named(void **state) {
    expect_left(*state, "flock", "{fd: 1, lock: 1}", "lock",
                "lock FLOCK READ of ", "first seen at closed");
}

static void a_mapped_file_is_named(void **state) {
    expect_left(*state, "map", "{map: 1}", "map", "/tmp/nameless (deleted)",
                "first seen at closed");
}

static void a_timer_is_named(void **state) {
    expect_left(*state, "timer", "{timer: 1}", "timer", "of clock 1, none", "");
}

static void a_handler_of_a_signal_is_named(void **state) {
    expect_left(*state, "signal", "{signal: 1}", "signal",
                "signal SIGUSR1 is handled", "");
}

static void shared_memory_is_named_where_it_was_seen(void **state) {
    char name[64];
    (void)snprintf(name, sizeof name, "/command-test-%ld", (long)getpid());
    assert_int_equal(setenv("COMMAND_TEST_SHM", name, 1), 0);
    expect_left(*state, "shm", "{shm: 1}", "shm", name,
                "seen open or mapped by the program");
    (void)unsetenv("COMMAND_TEST_SHM");
    assert_int_equal(shm_unlink(name), 0);
}

static void shared_memory_of_system_v_is_named(void **state) {
    struct program *program = *state;
    expect_left(program, "system_v", "{shm: 1}", "shm", "shm of System V, id ",
                "made by the program");
    json_t *result = program_json(program, "result.json");
    const char *identity =
        json_text_at(result, "cells/0/left_behind/0/identity");
    int id = atoi(strstr(identity, "id ") + 3);
    json_decref(result);
    assert_int_equal(shmctl(id, IPC_RMID, NULL), 0);
}

/* ---- What is not ---------------------------------------------------------*/

static void expect_nothing(struct program *program, const char *name) {
    json_t *result = run(program, name, "", 0);
    assert_string_equal(state_of(result), "completed");
    assert_int_equal(json_left(json_at(result, "cells/0"), NULL), 0);
    json_decref(result);
}

static void what_was_given_back_is_not_left(void **state) {
    expect_nothing(*state, "nothing");
}

static void what_is_there_at_ready_is_not_left(void **state) {
    expect_nothing(*state, "prepared");
}

static void a_thread_in_its_last_instructions_is_not_left(void **state) {
    expect_nothing(*state, "late_thread");
}

static void a_child_that_follows_its_parent_is_not_left(void **state) {
    expect_left(*state, "follower", "{fd: 2}", "fd", "pipe", "");
}

static void the_database_counts_where_it_is_kept(void **state) {
    json_t *result = run(*state, "nothing",
                         "expect:\n  - \"left_behind == {file: 1}\"\n"
                         "sweep: {database.temporary: [kept]}\n",
                         0);
    expect_entry(result, "file", "users.db (", "");
    json_decref(result);
}

/* ---- Moments -------------------------------------------------------------*/

static void without_markers_the_baseline_is_a_bare_process(void **state) {
#ifdef __SANITIZE_THREAD__
    skip(); /* it has a thread of its own. */
#endif
    json_t *result =
        run(*state, "bare",
            "expect:\n  - \"left_behind == {thread: 1, fd: 1, socket: 1}\"\n"
            "  - threads == 2\n"
            "  - rss > 0B\n"
            "  - duration > 0s\n",
            0);
    assert_string_equal(json_text_at(result, "cells/0/program/read_at"),
                        "quiet");
    expect_entry(result, "thread", "thread", "first seen at quiet");
    json_decref(result);
}

static void
each_thing_is_named_with_the_moment_of_its_first_sight(void **state) {
    json_t *result = run(
        *state, "staged",
        "expect:\n  - \"left_behind == {thread: 1, fd: 1, socket: 1}\"\n", 0);
    expect_entry(result, "fd", "/etc/passwd", "first seen at opened");
    expect_entry(result, "socket", "", "first seen at answered");
    expect_entry(result, "thread", "", "first seen at quiet");
    program_validate(*state, "result.json");
    json_decref(result);
}

static void what_follows_a_marker_has_not_happened(void **state) {
    for (int i = 0; i < 5; i++) {
        expect_left(*state, "hasty", "{fd: 1}", "fd", "/etc/passwd", "");
    }
}

static void who_waits_for_a_busy_child_is_not_quiet(void **state) {
    json_t *result =
        run(*state, "patient", "expect:\n  - \"left_behind == {fd: 1}\"\n", 0);
    json_decref(result);
}

static void descriptor_3_may_be_closed(void **state) {
#ifdef __SANITIZE_THREAD__
    skip(); /* it has a thread of its own. */
#endif
    /* The socket has its number, and is not what was there. */
    json_t *result =
        run(*state, "mute", "expect:\n  - \"left_behind == {socket: 1}\"\n", 0);
    json_decref(result);
}

/* ---- Ends ----------------------------------------------------------------*/

static void who_does_not_hear_sigterm_is_killed(void **state) {
    json_t *result = run(*state, "stubborn", "", 0);
    expect_detail(result, "SIGTERM did not end it within 2 s, SIGKILL did");
    json_decref(result);
}

static void expect_crash(struct program *program, const char *name,
                         const char *words) {
    json_t *result = run(program, name, "", 3);
    assert_string_equal(state_of(result), "crashed");
    expect_detail(result, words);
    program_validate(program, "result.json");
    json_decref(result);
}

static void a_crash_is_told_with_its_signal_and_moment(void **state) {
    expect_crash(*state, "killed",
                 "ended by signal 9 (Killed) after \"plunge: opened\"");
}

static void a_status_is_told(void **state) {
    expect_crash(*state, "failing",
                 "ended with status 7 before its first marker");
}

static void who_ends_without_being_read_is_told(void **state) {
    expect_crash(*state, "done",
                 "ended by itself (status 0) after \"plunge: answered\"");
}

static void a_marker_that_is_none_is_told(void **state) {
    expect_crash(*state, "misspelt", "\"plunge: redy\" to descriptor 3");
}

static void markers_in_a_wrong_order_are_told(void **state) {
    expect_crash(*state, "disordered",
                 "\"plunge: ready\" after \"plunge: opened\"");
}

static void lines_that_are_none_of_ours_are_counted(void **state) {
    struct program *program = *state;
    json_t *result = run(program, "talkative", "", 0);
    expect_detail(result, "2 lines on descriptor 3 did not begin with");
    program_expect_words(&program->out, "said on standard output\n");
    program_expect_words(&program->err, "said on standard error\n");
    json_decref(result);
}

static void under_json_its_output_goes_to_standard_error(void **state) {
    struct program *program = *state;
    json_decref(run(program, "talkative", "", 0));
    struct program_file path = program_file(program, "scenario.yaml");
    program_run(program, "run", "--json", "-o", program->folder, path.path,
                NULL);
    program_expect(program, 0);
    program_expect_words(&program->err, "said on standard output\n");
    assert_int_equal(program->out.bytes[0], '{');
}

static void who_is_busy_for_too_long_is_over_its_limit(void **state) {
    json_t *result = run(*state, "busy", "limits: {time: 300ms}\n", 1);
    assert_string_equal(state_of(result), "over_limit");
    expect_detail(result, "took longer than limits.time (300 ms)");
    json_decref(result);
}

static void who_says_nothing_for_too_long_hangs(void **state) {
    json_t *result = run(*state, "busy", "limits: {stall: 300ms}\n", 3);
    assert_string_equal(state_of(result), "hung");
    expect_detail(result, "wrote no marker for limits.stall (300 ms)");
    json_decref(result);
}

/* What it holds then is shown all the same. */
static void who_has_too_many_threads_is_over_its_limit(void **state) {
    json_t *result = run(*state, "crowded", "limits: {threads: 5}\n", 1);
    assert_string_equal(state_of(result), "over_limit");
    expect_detail(result, "more than limits.threads (5)");
    assert_true(json_left(json_at(result, "cells/0"), "thread") >= 5);
    json_decref(result);
}

static void expect_too_much(struct program *program, const char *name,
                            const char *limits, const char *words) {
    json_t *result = run(program, name, limits, 1);
    assert_string_equal(state_of(result), "over_limit");
    expect_detail(result, words);
    program_validate(program, "result.json");
    json_decref(result);
}

static void who_has_too_many_descriptors_is_over_its_limit(void **state) {
    expect_too_much(*state, "greedy", "limits: {fds: 32}\n",
                    "descriptors, more than limits.fds (32); killed");
    expect_too_much(*state, "greedy_once", "limits: {fds: 32}\n",
                    "descriptors, more than limits.fds (32)");
    json_decref(run(*state, "greedy_once", "limits: {fds: 64}\n", 0));
}

static void who_has_too_much_memory_is_over_its_limit(void **state) {
    expect_too_much(*state, "fat", "limits: {memory: 200MiB}\n",
                    "of memory, more than limits.memory (200 MiB); killed");
    json_t *result =
        run(*state, "fat", "limits: {memory: 800MiB, time: 1s}\n", 1);
    expect_detail(result, "took longer than limits.time");
    json_decref(result);
}

/* ---- Programs that cannot be ---------------------------------------------*/

static void run_command(struct program *program, const char *command,
                        int status) {
    char text[512];
    (void)snprintf(text, sizeof text,
                   "title: No program\n"
                   "database: {users: 3}\n"
                   "pool: {subject: {command: %s}}\n",
                   command);
    struct program_file path = program_file(program, "scenario.yaml");
    (void)program_write(program, "scenario.yaml", text);
    program_run(program, "run", "-o", program->folder, path.path, NULL);
    program_expect(program, status);
}

static void a_program_that_is_not_there_is_3(void **state) {
    struct program *program = *state;
    run_command(program, "[./nowhere-to-be-found]", 3);
    program_expect_words(
        &program->err, "scenario.yaml: line 3: pool.subject: cannot execute "
                       "\"./nowhere-to-be-found\": No such file or directory");
}

static void a_file_that_is_no_program_is_3(void **state) {
    struct program *program = *state;
    run_command(program, "[scenarios/tutorial.yaml]", 3);
    program_expect_words(&program->err, "Permission denied: make it "
                                        "executable");
}

static void a_command_that_is_no_list_is_2(void **state) {
    struct program *program = *state;
    run_command(program, "./mine", 2);
    program_expect_words(&program->err, "scenario.yaml:3:27: pool.subject: ");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], FOREIGN) == 0) {
        return foreign_be(argv[2]);
    }
    const struct CMUnitTest tests[] = {
        TEST(a_thread_is_named),
        TEST(a_descriptor_is_named_with_its_mode_and_position),
        TEST(a_deleted_file_that_is_open_is_a_descriptor),
        TEST(a_socket_is_named),
        TEST(a_child_is_named_and_ended),
        TEST(a_file_beside_the_database_is_named),
        TEST(a_temporary_file_is_named),
        TEST(files_in_folders_are_found_and_empty_folders),
        TEST(a_lock_is_named_with_its_range),
        TEST(a_lock_of_a_whole_file_is_named),
        TEST(a_mapped_file_is_named),
        TEST(a_timer_is_named),
        TEST(a_handler_of_a_signal_is_named),
        TEST(shared_memory_is_named_where_it_was_seen),
        TEST(shared_memory_of_system_v_is_named),
        TEST(what_was_given_back_is_not_left),
        TEST(what_is_there_at_ready_is_not_left),
        TEST(a_thread_in_its_last_instructions_is_not_left),
        TEST(a_child_that_follows_its_parent_is_not_left),
        TEST(the_database_counts_where_it_is_kept),
        TEST(without_markers_the_baseline_is_a_bare_process),
        TEST(each_thing_is_named_with_the_moment_of_its_first_sight),
        TEST(what_follows_a_marker_has_not_happened),
        TEST(who_waits_for_a_busy_child_is_not_quiet),
        TEST(descriptor_3_may_be_closed),
        TEST(who_does_not_hear_sigterm_is_killed),
        TEST(a_crash_is_told_with_its_signal_and_moment),
        TEST(a_status_is_told),
        TEST(who_ends_without_being_read_is_told),
        TEST(a_marker_that_is_none_is_told),
        TEST(markers_in_a_wrong_order_are_told),
        TEST(lines_that_are_none_of_ours_are_counted),
        TEST(under_json_its_output_goes_to_standard_error),
        TEST(who_is_busy_for_too_long_is_over_its_limit),
        TEST(who_says_nothing_for_too_long_hangs),
        TEST(who_has_too_many_threads_is_over_its_limit),
        TEST(who_has_too_many_descriptors_is_over_its_limit),
        TEST(who_has_too_much_memory_is_over_its_limit),
        TEST(a_program_that_is_not_there_is_3),
        TEST(a_file_that_is_no_program_is_3),
        TEST(a_command_that_is_no_list_is_2),
    };
    return SUITE_RUN(tests, argc, argv);
}
