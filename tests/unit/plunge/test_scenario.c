/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "scenario/scenario.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "scenario/expectation.h"
#include "scenario/prediction.h"
#include "support/files_in.h"
#include "unit/plunge/scenario_fixture.h"

#define GOLDEN "tests/golden/scenario/"
#define GOLDEN_BYTES_MAX ((size_t)1024 * 1024)

/* ---- Golden files: NAME.yaml, and NAME.txt with what is told of it -------
 *
 * PLUNGE_GOLDEN_UPDATE=1 writes the texts; then read the difference. */

static void show_keys(const struct scenario_phase *phase, struct text *text) {
    static const char *const kinds[] = {"uniform", "latest", "sequential",
                                        "zipf",    "hot",    "list"};
    const struct scenario_keys *keys = &phase->keys;
    if (keys->kind != SCENARIO_KEYS_UNIFORM || phase->misses != 0) {
        text_format(text,
                    "    keys %s, exponent %g, hot %" PRIu64 " get %" PRIu64
                    ", misses %" PRIu64 "\n",
                    kinds[keys->kind], keys->exponent, keys->hot_users,
                    keys->hot_lookups, phase->misses);
    }
    if (scenario_phase_is_mixed(phase)) {
        const uint64_t *weights = phase->operations.weights;
        text_format(text,
                    "    lookup %" PRIu64 ", rename %" PRIu64
                    ", sign up %" PRIu64 ", sign off %" PRIu64
                    ", transfer %" PRIu64 ", scan %" PRIu64 "\n",
                    weights[SCENARIO_LOOKUP], weights[SCENARIO_RENAME],
                    weights[SCENARIO_SIGN_UP], weights[SCENARIO_SIGN_OFF],
                    weights[SCENARIO_TRANSFER], weights[SCENARIO_SCAN]);
    }
    for (size_t i = 0; i < keys->logins_count; i++) {
        text_format(text, "    login %s\n", keys->logins[i]);
    }
}

static void show_loop(const struct scenario_phase *phase, struct text *text) {
    static const char *const kinds[] = {
        [SCENARIO_RATE_CONSTANT] = "constant", [SCENARIO_RATE_RAMP] = "ramp",
        [SCENARIO_RATE_STAIRS] = "stairs",     [SCENARIO_RATE_SPIKE] = "spike",
        [SCENARIO_RATE_SINE] = "sine",
    };
    const struct scenario_rate *rate = &phase->rate;
    if (rate->kind != SCENARIO_RATE_NONE) {
        text_format(text,
                    "    rate %s %" PRIu64 "/s %" PRIu64 "/s, steps %" PRIu64
                    ", at %" PRIu64 " ns, length %" PRIu64 " ns, %s\n",
                    kinds[rate->kind], rate->base_per_s, rate->other_per_s,
                    rate->steps, rate->at_ns, rate->length_ns,
                    phase->arrival == SCENARIO_POISSON ? "poisson" : "uniform");
    }
    if (phase->think.kind != SCENARIO_THINK_NONE) {
        text_format(text, "    think %s%" PRIu64 " ns\n",
                    phase->think.kind == SCENARIO_THINK_EXPONENTIAL
                        ? "exponential "
                        : "",
                    phase->think.ns);
    }
}

static void show_phase(const struct scenario_phase *phase, struct text *text) {
    text_format(text,
                "  phase %s: in_flight %" PRIu64 ", for %" PRIu64
                " ns, lookups %" PRIu64 "%s%s, line %u\n",
                phase->name, phase->in_flight, phase->for_ns, phase->lookups,
                !phase->measure      ? ", unmeasured"
                : phase->from_steady ? ", measured when steady"
                                     : "",
                phase->show_answers ? ", answers shown" : "", phase->line);
    show_keys(phase, text);
    show_loop(phase, text);
}

/* Where it is not as always. */
static void show_form(const struct scenario_database *database,
                      struct text *text) {
    if (database->page_size == 4096 && database->journal == SCENARIO_WAL &&
        !database->without_rowid && database->bio_median == 0 &&
        database->file == NULL) {
        return;
    }
    if (database->file != NULL) {
        text_format(text, "  file %s: %s; %s\n", database->file,
                    database->query, database->keys);
        return;
    }
    text_format(text, "  pages of %" PRIu64 ", journal %s%s, bio %" PRIu64,
                database->page_size,
                database->journal == SCENARIO_WAL ? "wal" : "delete",
                database->without_rowid ? ", without rowid" : "",
                database->bio_median);
    text_format(text, " sigma %g\n", database->bio_sigma);
}

static void show_cell(const struct scenario_cell *cell, struct text *text) {
    const struct scenario_settings *settings = &cell->settings;
    text_format(text, "cell [%s]%s\n", cell->label,
                cell->reference ? ", a reference" : "");
    text_format(text,
                "  database: users %" PRIu64 ", seed %" PRIu64
                "%s, line %u; private copy: %s\n",
                settings->database.users, settings->database.seed,
                settings->database.temporary == SCENARIO_KEPT ? ", kept" : "",
                settings->database.line,
                scenario_wants_private_copy(settings) ? "yes" : "no");
    show_form(&settings->database, text);
    text_format(text, "  pool: %s, %u..%u, %s, batch %u, line %u\n",
                scenario_subject_name(settings->pool.subject),
                settings->pool.min, settings->pool.max,
                scenario_shutdown_name(settings->pool.shutdown),
                settings->pool.batch, settings->pool.line);
    for (size_t i = 0; i < settings->phases_count; i++) {
        show_phase(&settings->phases[i], text);
    }
    text_format(text,
                "  cycles %" PRIu64 "; limits: threads %" PRIu64
                ", time %" PRIu64 " ns, stall %" PRIu64 " ns\n",
                settings->cycles, settings->limits.threads,
                settings->limits.time_ns, settings->limits.stall_ns);
    if (settings->limits.fds != 0 ||
        settings->limits.by != SCENARIO_BY_BUDGET) {
        text_format(text,
                    "  limits: fds %" PRIu64 ", by %s, memory %" PRIu64 "\n",
                    settings->limits.fds, scenario_by_name(settings->limits.by),
                    settings->limits.memory_bytes);
    }
    const struct prediction_basis basis = {.threads = 1};
    struct result_cycles cycles = {0};
    prediction_make(settings, &basis, &cycles);
    text_format(text, "  exhausted at (base 1): %" PRIu64 "\n",
                cycles.predicted_cycle);
}

static void show(const struct scenario *scenario, struct text *text) {
    text_format(text, "%s: %s, blocks %u\n", scenario->name, scenario->title,
                scenario->blocks);
    for (size_t i = 0; i < scenario->cells_count; i++) {
        show_cell(&scenario->cells[i], text);
    }
    for (size_t i = 0; i < scenario->expectations_count; i++) {
        text_format(text, "%u: %s\n", scenario->expectations[i].line,
                    scenario->expectations[i].text);
    }
}

static void tell(const char *path, bool good, struct text *text) {
    const struct scenario_source source = {.path = path};
    struct arena *arena = arena_new();
    struct scenario *scenario = NULL;
    struct problems problems;
    int error_number = 0;
    const enum scenario_read_status status =
        scenario_read(&source, arena, &scenario, &problems, &error_number);
    if (status == SCENARIO_OK) {
        show(scenario, text);
    } else {
        problems_render(&problems, text);
    }
    const bool expected = status == (good ? SCENARIO_OK : SCENARIO_WRONG);
    arena_free(arena);
    if (!expected) {
        fail_msg("%s: status %d\n%s", path, (int)status, text->bytes);
    }
}

static void assert_golden(const char *path, bool good) {
    struct text told;
    struct text golden;
    text_init(&told);
    text_init(&golden);
    tell(path, good, &told);
    char beside[512];
    (void)snprintf(beside, sizeof beside, "%.*s.txt", (int)strlen(path) - 5,
                   path);
    if (getenv("PLUNGE_GOLDEN_UPDATE") != NULL) {
        assert_int_equal(file_write(beside, told.bytes, told.size), 0);
    }
    if (file_read(beside, GOLDEN_BYTES_MAX, &golden) != 0) {
        fail_msg("%s is missing", beside);
    }
    assert_string_equal(told.bytes, golden.bytes);
    text_fini(&told);
    text_fini(&golden);
}

static void assert_good(void *data, const char *path) {
    (void)data;
    assert_golden(path, true);
}

static void assert_bad(void *data, const char *path) {
    (void)data;
    assert_golden(path, false);
}

static void ignore(void *data, const char *path) {
    (void)data;
    (void)path;
}

static void assert_golden_folder(const char *folder, bool good) {
    const size_t count =
        files_in(folder, ".yaml", good ? assert_good : assert_bad, NULL);
    assert_int_not_equal(count, 0);
    /* No text without its scenario. */
    assert_int_equal(count, files_in(folder, ".txt", ignore, NULL));
}

static void every_bad_file_is_told_as_agreed(void **state) {
    (void)state;
    assert_golden_folder(GOLDEN "bad", false);
}

static void every_good_file_is_read_as_agreed(void **state) {
    (void)state;
    assert_golden_folder(GOLDEN "good", true);
}

/* ---- Reading --------------------------------------------------------- */

static void what_is_not_given_has_its_default(void **state) {
    struct fixture *f = *state;
    read_good(f, FIXTURE_HEAD "load: {in_flight: 3, for: 5s}\ncycles: 3\n");
    const struct scenario_settings *settings = &f->scenario->cells[0].settings;
    assert_int_equal(f->scenario->blocks, 1);
    assert_int_equal(settings->database.seed, 1);
    assert_int_equal(settings->database.temporary, SCENARIO_REMOVED);
    assert_false(settings->database.temporary_given);
    assert_int_equal(settings->pool.subject, SCENARIO_DBPOOL);
    assert_int_equal(settings->pool.min, 3);
    assert_int_equal(settings->pool.max, 5);
    assert_int_equal(settings->pool.shutdown, SCENARIO_CLEAN);
    assert_int_equal(settings->pool.batch, 100);
    assert_string_equal(settings->phases[0].name, "main");
    assert_true(settings->phases[0].measure);
    assert_false(settings->phases[0].show_answers);
    assert_int_equal(settings->phases[0].keys.kind, SCENARIO_KEYS_UNIFORM);
    assert_int_equal(settings->limits.threads, 0);
    assert_true(settings->limits.stall_ns == UINT64_C(10000000000));
    assert_true(scenario_planned_ns(settings) == UINT64_C(15000000000));
    assert_true(settings->limits.time_ns == UINT64_C(90000000000));
}

static void a_plan_without_end_does_not_wrap(void **state) {
    struct fixture *f = *state;
    read_good(f, FIXTURE_HEAD "load: {in_flight: 3, for: 8760h}\ncycles: 1G\n");
    const struct scenario_settings *settings = &f->scenario->cells[0].settings;
    assert_true(scenario_planned_ns(settings) == UINT64_MAX);
    assert_true(settings->limits.time_ns > UINT64_MAX / 8);
    assert_true(settings->limits.time_ns < UINT64_MAX / 2);
}

static void a_small_max_alone_lowers_min(void **state) {
    struct fixture *f = *state;
    read_good(f, FIXTURE_HEAD FIXTURE_LOAD "pool: {max: 2}\n");
    assert_int_equal(f->scenario->cells[0].settings.pool.min, 2);
    read_text(f, FIXTURE_HEAD FIXTURE_LOAD "pool: {min: 3, max: 2}\n");
    assert_told(f, "t.yaml:4:13: pool.min: 3 is more than pool.max, which is "
                   "2 in line 4");
    read_text(f, FIXTURE_HEAD FIXTURE_LOAD "pool: {min: 6}\n");
    assert_told(f, "pool.max, which is 5 by default");
}

static void what_leaves_something_gets_a_private_copy(void **state) {
    struct fixture *f = *state;
    const struct {
        const char *text;
        bool private_copy;
    } samples[] = {
        {FIXTURE_HEAD FIXTURE_LOAD, false},
        {FIXTURE_HEAD FIXTURE_LOAD "pool: {shutdown: twice}\n", false},
        {FIXTURE_HEAD FIXTURE_LOAD "pool: {shutdown: missing}\n", true},
        {FIXTURE_HEAD FIXTURE_LOAD "pool: {shutdown: uncalled}\n", true},
        {"title: t\ndatabase: {users: 3, temporary: removed}\n" FIXTURE_LOAD,
         true},
        {"title: t\ndatabase: {users: 3, temporary: kept}\n" FIXTURE_LOAD,
         true},
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        read_good(f, samples[i].text);
        assert_int_equal(
            scenario_wants_private_copy(&f->scenario->cells[0].settings),
            samples[i].private_copy);
    }
}

static bool expects(const struct fixture *f, const char *text) {
    size_t count = 0;
    for (size_t i = 0; i < f->scenario->expectations_count; i++) {
        const struct expectation *e = &f->scenario->expectations[i];
        count += strcmp(e->text, text) == 0;
    }
    assert_in_range(count, 0, 1);
    return count == 1;
}

static void what_goes_without_saying_is_expected(void **state) {
    struct fixture *f = *state;
    read_good(f, FIXTURE_HEAD FIXTURE_LOAD);
    assert_int_equal(f->scenario->expectations_count, 3);
    assert_true(expects(f, "wrong == 0"));
    assert_true(expects(f, "exhausted == nothing"));
    assert_true(expects(f, "left_behind == nothing"));
    assert_int_equal(f->scenario->expectations[0].line, 0);
}

static void what_is_said_is_not_implied(void **state) {
    struct fixture *f = *state;
    read_good(f, FIXTURE_HEAD FIXTURE_LOAD
              "expect: [wrong == 0, exhausted == threads, "
              "left_behind.fd <= 3]\n");
    assert_int_equal(f->scenario->expectations_count, 3);
    assert_int_equal(f->scenario->expectations[2].line, 4);
    read_good(f, FIXTURE_HEAD FIXTURE_LOAD "expect: [wrong <= 3]\n");
    assert_true(expects(f, "wrong == 0"));
}

static void leftovers_are_judged_where_none_belong(void **state) {
    struct fixture *f = *state;
    read_good(f, FIXTURE_HEAD FIXTURE_LOAD "pool: {shutdown: missing}\n");
    assert_false(expects(f, "left_behind == nothing"));
    read_good(f, FIXTURE_HEAD FIXTURE_LOAD
              "sweep: {pool.shutdown: [missing, uncalled]}\n");
    assert_false(expects(f, "left_behind == nothing"));
    read_good(f,
              "title: t\ndatabase: {users: 3, temporary: kept}\n" FIXTURE_LOAD);
    assert_false(expects(f, "left_behind == nothing"));
    read_good(f, FIXTURE_HEAD FIXTURE_LOAD "pool: {shutdown: twice}\n");
    assert_true(expects(f, "left_behind == nothing"));
}

static void the_command_line_sets_any_key(void **state) {
    struct fixture *f = *state;
    const char *const overrides[] = {"pool.max=8", "title=a: b # c",
                                     "load.keys=[yoen, x]", "blocks=4"};
    const char *const with_end[] = {overrides[0], overrides[1], overrides[2],
                                    overrides[3], NULL};
    read_with(f, FIXTURE_HEAD FIXTURE_LOAD "pool: {max: 4}\n", with_end);
    assert_string_equal(f->told, "");
    assert_string_equal(f->scenario->title, "a: b # c");
    assert_int_equal(f->scenario->blocks, 4);
    assert_int_equal(f->scenario->cells[0].settings.pool.max, 8);
    const struct scenario_keys *keys =
        &f->scenario->cells[0].settings.phases[0].keys;
    assert_int_equal(keys->logins_count, 2);
    assert_string_equal(keys->logins[1], "x");
}

static void the_command_line_makes_a_section(void **state) {
    struct fixture *f = *state;
    const char *const overrides[] = {"limits.threads=64", "pool.min=1", NULL};
    read_with(f, FIXTURE_HEAD FIXTURE_LOAD, overrides);
    assert_string_equal(f->told, "");
    assert_int_equal(f->scenario->cells[0].settings.limits.threads, 64);
    assert_int_equal(f->scenario->cells[0].settings.pool.min, 1);
    assert_int_equal(f->scenario->cells[0].settings.pool.line, 1);
}

static void the_last_word_of_the_command_line_counts(void **state) {
    struct fixture *f = *state;
    const char *const overrides[] = {"load.in_flight=8",
                                     "load.main.in_flight=9", NULL};
    read_with(f, FIXTURE_HEAD FIXTURE_LOAD, overrides);
    assert_int_equal(f->scenario->cells[0].settings.phases[0].in_flight, 9);
}

static void a_bad_option_is_named(void **state) {
    struct fixture *f = *state;
    const char *const overrides[] = {"pool.max=abc", "pol.max=3",
                                     "load.stedy.for=1s", "pool=3"};
    const char *const with_end[] = {overrides[0], overrides[1], overrides[2],
                                    overrides[3], NULL};
    read_with(f, FIXTURE_HEAD FIXTURE_LOAD, with_end);
    assert_told(f, "-s pool.max=abc: pool.max: expected a count such as 5, got "
                   "\"abc\"\n");
    assert_told(f, "-s pol.max=3: unknown key \"pol.max\"\n      did you mean "
                   "\"pool.max\"?\n");
    assert_told(f, "-s load.stedy.for=1s: no phase is called \"stedy\"");
    assert_told(f, "-s pool=3: pool is a mapping");
    assert_int_equal(f->problems.count, 4);
}

static void an_option_that_is_not_yaml_is_named(void **state) {
    struct fixture *f = *state;
    const char *const overrides[] = {"load.keys=[a", "load.show=\033[31m\xff",
                                     "pool.min=", NULL};
    read_with(f, FIXTURE_HEAD FIXTURE_LOAD, overrides);
    assert_told(f, "-s load.keys=[a: not YAML");
    assert_told(f, "-s load.show=?[31m?: load.show: expected answers");
    assert_told(f, "-s pool.min=: pool.min: expected a count such as 3, got "
                   "nothing");
}

static void required_sections_are_not_made_up(void **state) {
    struct fixture *f = *state;
    const char *const overrides[] = {"load.in_flight=3", "database.users=3",
                                     NULL};
    read_with(f, "title: t\n", overrides);
    assert_told(f, "t.yaml:1:1: database: missing");
    assert_told(f, "t.yaml:1:1: load: missing");
    assert_int_equal(f->problems.count, 2);
}

static void a_swept_key_need_not_be_given(void **state) {
    struct fixture *f = *state;
    read_good(f, "title: t\ndatabase: {seed: 2}\nload: {in_flight: 3}\n"
                 "sweep: {database.users: [0, 5], load.for: [1s]}\n");
    assert_int_equal(f->scenario->cells[1].settings.database.users, 5);
}

static void the_file_is_known_by_name_and_hash(void **state) {
    struct fixture *f = *state;
    read_good(f, FIXTURE_HEAD FIXTURE_LOAD);
    assert_string_equal(f->scenario->name, "t");
    assert_string_equal(f->scenario->path, "folder/t.yaml");
    assert_string_equal(f->scenario->text, FIXTURE_HEAD FIXTURE_LOAD);
    /* printf '...' | sha256sum */
    assert_string_equal(f->scenario->sha256,
                        "7ea709663efebc83d6c6d6d9be3571c9"
                        "9d18758ca10e62d5f6c05d62c3733dd9");
}

static void a_byte_order_mark_is_no_part_of_the_first_line(void **state) {
    struct fixture *f = *state;
    read_good(f, "\xef\xbb\xbf" FIXTURE_HEAD FIXTURE_LOAD);
    assert_string_equal(f->scenario->title, "t");
    read_text(f, "\xef\xbb\xbf"
                 "titel: t\n");
    assert_told(f, "t.yaml:1:1: unknown key \"titel\"");
}

static void a_missing_file_is_not_a_wrong_one(void **state) {
    struct fixture *f = *state;
    const struct scenario_source source = {.path = "/nowhere/x.yaml"};
    int error_number = 0;
    assert_int_equal(scenario_read(&source, f->arena, &f->scenario,
                                   &f->problems, &error_number),
                     SCENARIO_UNREADABLE);
    assert_int_equal(error_number, ENOENT);
    assert_int_equal(f->problems.count, 0);
}

static void a_huge_file_is_refused_unread(void **state) {
    struct fixture *f = *state;
    const size_t size = (size_t)1024 * 1024 + 1;
    char *text = arena_alloc(f->arena, size + 1);
    memset(text, '#', size);
    read_text(f, text);
    assert_told(f, "t.yaml:1:1: larger than 1 MiB");
    text[size - 1] = '\0';
    read_text(f, text);
    assert_told(f, "t.yaml:1:1: the file is empty");
}

static void no_prefix_of_a_scenario_breaks_the_reader(void **state) {
    struct fixture *f = *state;
    struct text whole;
    text_init(&whole);
    assert_int_equal(
        file_read(GOLDEN "good/rush.yaml", GOLDEN_BYTES_MAX, &whole), 0);
    while (whole.size > 0) {
        whole.bytes[--whole.size] = '\0';
        read_text(f, whole.bytes);
    }
    text_fini(&whole);
}

static void no_changed_byte_breaks_the_reader(void **state) {
    struct fixture *f = *state;
    const char marks[] = "\xff\t\n:-{[\"'*&!#0";
    struct text whole;
    text_init(&whole);
    assert_int_equal(
        file_read(GOLDEN "good/rush.yaml", GOLDEN_BYTES_MAX, &whole), 0);
    for (size_t i = 0; i < whole.size; i++) {
        const char kept = whole.bytes[i];
        whole.bytes[i] = marks[i % (sizeof marks - 1)];
        read_text(f, whole.bytes);
        whole.bytes[i] = kept;
    }
    text_fini(&whole);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bad_file_is_told_as_agreed),
        cmocka_unit_test(every_good_file_is_read_as_agreed),
        TEST(what_is_not_given_has_its_default),
        TEST(a_plan_without_end_does_not_wrap),
        TEST(a_small_max_alone_lowers_min),
        TEST(what_leaves_something_gets_a_private_copy),
        TEST(what_goes_without_saying_is_expected),
        TEST(what_is_said_is_not_implied),
        TEST(leftovers_are_judged_where_none_belong),
        TEST(the_command_line_sets_any_key),
        TEST(the_command_line_makes_a_section),
        TEST(the_last_word_of_the_command_line_counts),
        TEST(a_bad_option_is_named),
        TEST(an_option_that_is_not_yaml_is_named),
        TEST(required_sections_are_not_made_up),
        TEST(a_swept_key_need_not_be_given),
        TEST(the_file_is_known_by_name_and_hash),
        TEST(a_byte_order_mark_is_no_part_of_the_first_line),
        TEST(a_missing_file_is_not_a_wrong_one),
        TEST(a_huge_file_is_refused_unread),
        TEST(no_prefix_of_a_scenario_breaks_the_reader),
        TEST(no_changed_byte_breaks_the_reader),
    };
    return SUITE_RUN(tests, argc, argv);
}
