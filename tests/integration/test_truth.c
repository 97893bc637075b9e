/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/file.h"
#include "support/json_at.h"
#include "support/program.h"
#include "support/scratch.h"
#include "support/suite.h"

/* That what a run says is so: answers are checked, counts add up, seeds decide
 * everything, and the database that is shared stays as it is. */

/* Databases are generated into the test's own folder. */
static int set_up(void **state) {
    (void)program_setup(state);
    struct program_file cache = program_file(*state, "cache");
    return setenv("PLUNGE_CACHE", cache.path, 1);
}

static int tear_down(void **state) {
    (void)unsetenv("PLUNGE_CACHE");
    return program_teardown(state);
}

/* Its result, for json_decref(). @seed: NULL for none. */
static json_t *run_seeded(struct program *program, const char *text, char *seed,
                          int status) {
    struct program_file path = program_file(program, "scenario.yaml");
    (void)program_write(program, "scenario.yaml", text);
    program_run(program, "run", "-q", "-o", program->folder, path.path,
                seed == NULL ? NULL : "--seed", seed, NULL);
    program_expect(program, status);
    return program_json(program, "result.json");
}

static json_t *run(struct program *program, const char *text, int status) {
    return run_seeded(program, text, NULL, status);
}

static void expect_counts(const json_t *phase, json_int_t completed,
                          json_int_t wrong) {
    assert_int_equal(json_int_at(phase, "completed"), completed);
    assert_int_equal(json_int_at(phase, "wrong"), wrong);
    assert_int_equal(
        json_int_at(phase, "submitted"),
        json_int_at(phase, "completed") + json_int_at(phase, "failed") +
            json_int_at(phase, "rejected") + json_int_at(phase, "cancelled"));
}

/* ---- Nobody --------------------------------------------------------------*/

static void a_login_of_nobody_is_answered_and_completed(void **state) {
    struct program *program = *state;
    json_t *result = run(program,
                         "title: Two and nobody\n"
                         "database: {users: 3}\n"
                         "load: {in_flight: 3, lookups: 6, show: answers,\n"
                         "  keys: [yoen, who, mohamed]}\n"
                         "expect:\n"
                         "  - completed == 6\n"
                         "  - errors == 0\n",
                         0);
    expect_counts(json_at(result, "cells/0/phases/0"), 6, 0);
    program_expect_words(&program->out, "nobody is connected under 'who'\n");
    json_decref(result);
}

static void an_empty_database_answers_every_lookup(void **state) {
    struct program *program = *state;
    static const char *const subjects[] = {"dbpool", "direct", "uvwork",
                                           "null"};
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        char text[256];
        (void)snprintf(text, sizeof text,
                       "title: Nobody at all\n"
                       "database: {users: 0}\n"
                       "pool: {subject: \"%s\"}\n"
                       "load: {in_flight: 5, lookups: 70}\n"
                       "expect:\n"
                       "  - errors == 0\n",
                       subjects[i]);
        json_t *result = run(program, text, 0);
        assert_string_equal(json_text_at(result, "cells/0/subject"),
                            subjects[i]);
        expect_counts(json_at(result, "cells/0/phases/0"), 70, 0);
        assert_int_equal(json_int_at(result, "cells/0/database/users"), 0);
        json_decref(result);
    }
}

/* ---- libuv's own threads -------------------------------------------------*/

/* As many as the scenario says, whatever the environment does; they are there
 * before the first cycle and after the last. */
static void uvwork_leaves_nothing_but_libuvs_threads(void **state) {
    struct program *program = *state;
    assert_int_equal(setenv("UV_THREADPOOL_SIZE", "7", 1), 0);
    json_t *result = run(program,
                         "title: Lookups as libuv's own work\n"
                         "database: {users: 100}\n"
                         "pool: {subject: uvwork, max: 2}\n"
                         "load: {in_flight: 50, lookups: 500}\n"
                         "cycles: 3\n"
                         "expect:\n"
                         "  - errors == 0\n"
                         "  - threads == 3\n"
                         "  - threads per cycle == 0\n"
                         "  - fds per cycle == 0\n"
                         "  - left_behind == nothing\n",
                         0);
    (void)unsetenv("UV_THREADPOOL_SIZE");
    expect_counts(json_at(result, "cells/0/phases/0"), 1500, 0);
    assert_int_equal(json_int_at(result, "cells/0/resources/before/threads"),
                     3);
    assert_int_equal(json_int_at(result, "cells/0/resources/after/threads"), 3);
    json_decref(result);
}

/* ---- Answers that are not true -------------------------------------------*/

/* The only database in the cache, for free(). */
static char *cached_database(const struct program *program) {
    struct program_file pattern = program_file(program, "cache/*.db");
    glob_t found;
    assert_int_equal(glob(pattern.path, 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, 1);
    char *path = strdup(found.gl_pathv[0]);
    globfree(&found);
    return path;
}

/* Behind plunge's back, and so that the file looks as it did. */
static void tamper(const struct program *program, const char *sql) {
    char *path = cached_database(program);
    sqlite3 *db;
    char *message = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) {
        fail_msg("%s: %s", sql, message);
    }
    assert_int_equal(sqlite3_wal_checkpoint_v2(
                         db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    free(path);
}

/* @text is true before, and @wrong of its answers are wrong afterwards. */
static void expect_wrong(struct program *program, const char *text,
                         const char *sql, json_int_t wrong) {
    json_t *result = run(program, text, 0);
    const json_t *phase = json_at(result, "cells/0/phases/0");
    json_int_t completed = json_int_at(phase, "completed");
    expect_counts(phase, completed, 0);
    json_decref(result);
    tamper(program, sql);
    result = run(program, text, 1);
    assert_true(json_is_true(json_at(result, "cells/0/database/cached")));
    expect_counts(json_at(result, "cells/0/phases/0"), completed, wrong);
    assert_string_equal(json_text_at(result, "verdict"), "fail");
    json_decref(result);
    program_validate(program, "result.json");
}

#define THREE                                                                  \
    "title: Three\n"                                                           \
    "database: {users: 3}\n"                                                   \
    "load: {in_flight: 3, lookups: 4, keys: [yoen, esteban, mohamed, who]}\n"

static void a_letter_of_a_name_is_seen(void **state) {
    expect_wrong(*state, THREE,
                 "UPDATE users SET name = 'Van der Welt' WHERE login = 'yoen'",
                 1);
}

static void a_name_of_another_is_seen(void **state) {
    expect_wrong(*state, THREE,
                 "UPDATE users SET name = 'Garcia Marquez', "
                 "forname = 'Estebán' WHERE login = 'mohamed'",
                 1);
}

static void a_user_who_is_gone_is_seen(void **state) {
    expect_wrong(*state, THREE, "DELETE FROM users WHERE login != 'yoen'", 2);
}

static void a_user_too_many_is_seen(void **state) {
    expect_wrong(*state, THREE, "INSERT INTO users VALUES ('who', 'Is', 'Who')",
                 1);
}

/* Every name stays a good one, and belongs to somebody else. */
static void names_moved_on_by_one_are_all_seen(void **state) {
    static const char *const subjects[] = {"dbpool", "direct"};
    for (size_t i = 0; i < 2; i++) {
        char text[256];
        (void)snprintf(text, sizeof text,
                       "title: A thousand\n"
                       "database: {users: 1k, seed: %zu}\n"
                       "pool: {subject: %s}\n"
                       "load: {in_flight: 100, lookups: 5k}\n",
                       i, subjects[i]);
        expect_wrong(*state, text,
                     "CREATE TEMP TABLE old AS SELECT rowid AS id, name, "
                     "forname FROM users;"
                     "UPDATE users SET (name, forname) = (SELECT name, forname "
                     "FROM old WHERE id = users.rowid % 1000 + 1)",
                     5000);
        struct program_file cache = program_file(*state, "cache");
        assert_int_equal(file_remove_tree(cache.path), 0);
    }
}

/* In a file of the other form, whose bios go on in other pages. */
static void a_wrong_byte_of_a_bio_is_seen(void **state) {
    static const char *const subjects[] = {"dbpool", "direct", "uvwork"};
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++) {
        char text[512];
        (void)snprintf(text, sizeof text,
                       "title: Bios\n"
                       "database: {users: 100, bio: {median: 3KiB, sigma: 1},\n"
                       "  journal: delete, page_size: 512B, without_rowid: "
                       "yes}\n"
                       "pool: {subject: %s}\n"
                       "load: {in_flight: 10, lookups: 1k}\n",
                       subjects[i]);
        expect_wrong(*state, text,
                     "UPDATE users SET bio = substr(bio, 1, length(bio) - 1) "
                     "|| CASE WHEN substr(bio, -1) = 'a' THEN 'b' ELSE 'a' "
                     "END",
                     1000);
        struct program_file cache = program_file(*state, "cache");
        assert_int_equal(file_remove_tree(cache.path), 0);
    }
}

static void the_harness_alone_has_bios_too(void **state) {
    json_t *result = run(*state,
                         "title: Bios\n"
                         "database: {users: 3, bio: {median: 3KiB}}\n"
                         "pool: {subject: \"null\"}\n"
                         "load: {in_flight: 3, lookups: 100}\n",
                         0);
    expect_counts(json_at(result, "cells/0/phases/0"), 100, 0);
    json_decref(result);
}

/* ---- Seeds ---------------------------------------------------------------*/

static char *answers_of(struct program *program, const char *text, char *seed) {
    json_decref(run_seeded(program, text, seed, 0));
    return strdup(program->out.bytes);
}

/* Whether the same seed shows the same, and how many of ten others do. */
static int count_alike(struct program *program, const char *text) {
    char *first = answers_of(program, text, "42");
    char *again = answers_of(program, text, "42");
    assert_true(strlen(first) > 0);
    assert_string_equal(first, again);
    free(again);
    int alike = 0;
    for (int i = 0; i < 10; i++) {
        char seed[16];
        (void)snprintf(seed, sizeof seed, "%d", i);
        char *other = answers_of(program, text, seed);
        alike += strcmp(first, other) == 0;
        free(other);
    }
    free(first);
    return alike;
}

static void a_seed_decides_who_is_looked_up(void **state) {
    assert_int_equal(count_alike(*state, "title: Who\n"
                                         "database: {users: 1k}\n"
                                         "load: {in_flight: 1, lookups: 20, "
                                         "show: answers}\n"),
                     0);
}

/* Each cell says who it is. By chance, one in 24^3 is the same. */
static void a_seed_decides_in_which_order_cells_run(void **state) {
    struct program *program = *state;
    assert_in_range(
        count_alike(program, "title: Order\n"
                             "database: {users: 3}\n"
                             "load: {in_flight: 1, lookups: 1, show: answers}\n"
                             "blocks: 3\n"
                             "sweep:\n"
                             "  load.keys: [[yoen], [esteban], [mohamed], "
                             "[who]]\n"),
        0, 1);
    json_t *result = program_json(program, "result.json");
    static const char *const keys[] = {"[yoen]", "[esteban]", "[mohamed]",
                                       "[who]"};
    assert_int_equal(json_array_size(json_at(result, "cells")), 12);
    for (int i = 0; i < 12; i++) {
        char place[64];
        (void)snprintf(place, sizeof place, "cells/%d/block", i);
        assert_int_equal(json_int_at(result, place), i / 4);
        (void)snprintf(place, sizeof place, "cells/%d/parameters/load.keys", i);
        assert_string_equal(json_text_at(result, place), keys[i % 4]);
    }
    assert_int_equal(json_int_at(result, "seed"), 9);
    json_decref(result);
}

static void references_are_listed_last_in_each_block(void **state) {
    struct program *program = *state;
    json_t *result = run(program,
                         "title: Compared\n"
                         "database: {users: 3}\n"
                         "load: {in_flight: 5, lookups: 100}\n"
                         "blocks: 2\n"
                         "sweep: {pool.max: [3, 4]}\n"
                         "expect:\n"
                         "  - throughput >= 0.000001 * direct\n",
                         0);
    assert_int_equal(json_array_size(json_at(result, "cells")), 8);
    for (int i = 0; i < 8; i++) {
        char place[64];
        (void)snprintf(place, sizeof place, "cells/%d/subject", i);
        assert_string_equal(json_text_at(result, place),
                            i % 4 < 2 ? "dbpool" : "direct");
        (void)snprintf(place, sizeof place, "cells/%d/block", i);
        assert_int_equal(json_int_at(result, place), i / 4);
        (void)snprintf(place, sizeof place, "cells/%d/parameters/pool.max", i);
        assert_int_equal(json_int_at(result, place), 3 + i % 2);
    }
    json_decref(result);
}

/* ---- Counts --------------------------------------------------------------*/

static void phases_and_cycles_are_counted_apart_and_added_up(void **state) {
    struct program *program = *state;
    json_t *result =
        run(program,
            "title: Phases\n"
            "database: {users: 1k}\n"
            "load:\n"
            "  - {phase: warm, in_flight: 7, lookups: 70, measure: no}\n"
            "  - {phase: steady, in_flight: 30, lookups: 500}\n"
            "  - {phase: last, in_flight: 2, lookups: 9}\n"
            "cycles: 4\n"
            "expect:\n"
            "  - completed == 2316\n"
            "  - completed in steady == 2000\n"
            "  - completed in last == 36\n",
            0);
    static const int completed[] = {280, 2000, 36};
    static const int peaks[] = {7, 30, 2};
    for (int i = 0; i < 3; i++) {
        char place[64];
        (void)snprintf(place, sizeof place, "cells/0/phases/%d", i);
        const json_t *phase = json_at(result, place);
        expect_counts(phase, completed[i], 0);
        assert_int_equal(json_int_at(phase, "in_flight_peak"), peaks[i]);
    }
    assert_true(
        json_is_null(json_at(result, "cells/0/phases/0/latency_ns")) ||
        json_is_null(json_at(result, "cells/0/phases/0/latency_ns/p50")));
    assert_true(json_int_at(result, "cells/0/phases/1/latency_ns/p50") > 0);
    json_decref(result);
}

/* ---- What is shared ------------------------------------------------------*/

/* A pool that stayed open leaves them, and the next to close takes them. */
static void expect_no_sidecar(const struct program *program) {
    struct program_file sidecars = program_file(program, "cache/*.db-*");
    glob_t found;
    assert_int_equal(glob(sidecars.path, 0, NULL, &found), GLOB_NOMATCH);
    globfree(&found);
}

/* What a cache with a thousand users has to hold. */
static struct program_file generate_twin(struct program *program) {
    struct program_file twin = program_file(program, "kept.db");
    program_run(program, "generate", "-q", "--users=1k", twin.path, NULL);
    program_expect(program, 0);
    return twin;
}

static void expect_untouched(struct program *program, const char *twin) {
    char *cached = cached_database(program);
    assert_true(scratch_same_bytes(twin, cached));
    free(cached);
    expect_no_sidecar(program);
}

static void no_shutdown_touches_the_cached_database(void **state) {
    struct program *program = *state;
    static const char *const shutdowns[] = {"clean", "missing", "uncalled",
                                            "twice"};
    const struct program_file twin = generate_twin(program);
    for (size_t i = 0; i < 8; i++) {
        char text[256];
        (void)snprintf(text, sizeof text,
                       "title: Shut down or not\n"
                       "database: {users: 1k, temporary: %s}\n"
                       "pool: {shutdown: %s}\n"
                       "load: {in_flight: 9, lookups: 90}\n"
                       "expect:\n"
                       "  - errors == 0\n",
                       i < 4 ? "removed" : "kept", shutdowns[i % 4]);
        json_decref(run(program, text, 0));
        expect_untouched(program, twin.path);
    }
}

static void what_writes_has_a_copy_and_leaves_nothing(void **state) {
    struct program *program = *state;
    static const char *const subjects[] = {"dbpool", "direct", "null"};
    const struct program_file twin = generate_twin(program);
    for (size_t i = 0; i < 3; i++) {
        char text[512];
        (void)snprintf(text, sizeof text,
                       "title: Written\n"
                       "database: {users: 1k}\n"
                       "pool: {subject: \"%s\"}\n"
                       "load: {in_flight: 9, lookups: 60, operations: {lookup: "
                       "1, rename: 1, sign_up: 1, sign_off: 1, transfer: 1, "
                       "scan: 1}}\n"
                       "cycles: 3\n"
                       "expect:\n"
                       "  - errors == 0\n"
                       "  - completed == 180\n"
                       "  - left_behind == nothing\n",
                       subjects[i]);
        json_t *result = run(program, text, 0);
        program_validate(program, "result.json");
        assert_int_equal(
            json_int_at(result, "cells/0/phases/0/operations/transfer"), 30);
        json_decref(result);
        expect_untouched(program, twin.path);
    }
}

static void a_reference_is_closed_whatever_the_shutdown(void **state) {
    struct program *program = *state;
    static const char *const subjects[] = {"direct", "null"};
    for (size_t i = 0; i < 2; i++) {
        char text[256];
        (void)snprintf(text, sizeof text,
                       "title: Never shut down\n"
                       "database: {users: 1k}\n"
                       "pool: {subject: \"%s\", shutdown: missing}\n"
                       "load: {in_flight: 9, lookups: 90}\n"
                       "cycles: 5\n"
                       "expect:\n"
                       "  - left_behind == nothing\n",
                       subjects[i]);
        json_t *result = run(program, text, 0);
        assert_int_equal(json_left(json_at(result, "cells/0"), NULL), 0);
        json_decref(result);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_login_of_nobody_is_answered_and_completed),
        TEST(an_empty_database_answers_every_lookup),
        TEST(uvwork_leaves_nothing_but_libuvs_threads),
        TEST(a_letter_of_a_name_is_seen),
        TEST(a_name_of_another_is_seen),
        TEST(a_user_who_is_gone_is_seen),
        TEST(a_user_too_many_is_seen),
        TEST(names_moved_on_by_one_are_all_seen),
        TEST(a_wrong_byte_of_a_bio_is_seen),
        TEST(the_harness_alone_has_bios_too),
        TEST(a_seed_decides_who_is_looked_up),
        TEST(a_seed_decides_in_which_order_cells_run),
        TEST(references_are_listed_last_in_each_block),
        TEST(phases_and_cycles_are_counted_apart_and_added_up),
        TEST(no_shutdown_touches_the_cached_database),
        TEST(what_writes_has_a_copy_and_leaves_nothing),
        TEST(a_reference_is_closed_whatever_the_shutdown),
    };
    return SUITE_RUN(tests, argc, argv);
}
