/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "selftest/matrix.h"

#include <string.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/text.h"
#include "selftest/crew.h"
#include "selftest/defect.h"
#include "selftest/trial.h"
#include "support/suite.h"

/* Three trials of the first defect, and two clean runs. */
#define COUNT 5

struct fixture {
    struct arena *arena;
    struct crew_job jobs[COUNT];
    struct trial trials[COUNT];
    struct matrix matrix;
    struct text text;
};

static int set_up(void **state) {
    static struct fixture f;
    f = (struct fixture){.arena = arena_new()};
    text_init(&f.text);
    for (size_t i = 0; i < COUNT; i++) {
        f.jobs[i] = i < 3 ? (struct crew_job){.defect = &defects[0]}
                          : (struct crew_job){.clean = &cleans[0]};
        f.trials[i] = (struct trial){
            .state = TRIAL_DONE,
            .caught = i < 3,
            .kind_right = i < 3,
            .site_judged = i < 3,
            .site_right = i < 3,
        };
        (void)strcpy(f.trials[i].said, "something was said");
    }
    *state = &f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    text_fini(&f->text);
    arena_free(f->arena);
    return 0;
}

static enum matrix_verdict judge(struct fixture *f) {
    f->matrix = (struct matrix){.started_at = "now"};
    matrix_make(f->jobs, f->trials, COUNT, f->arena, &f->matrix);
    text_clear(&f->text);
    matrix_write_text(&f->matrix, false, f->arena, &f->text);
    return matrix_verdict(&f->matrix);
}

static bool says(const struct fixture *f, const char *words) {
    return strstr(f->text.bytes, words) != NULL;
}

static void all_caught_and_silence_is_a_pass(void **state) {
    struct fixture *f = *state;
    assert_int_equal(judge(f), MATRIX_PASS);
    assert_int_equal(f->matrix.rows_count, 1);
    assert_int_equal(f->matrix.rows[0].caught, 3);
    assert_int_equal(f->matrix.rows[0].clean_runs, 2);
    assert_true(says(f, "1 defects: 1 caught, by kind and site; 0 not"));
    assert_true(says(f, "1.00 (0.29..1.00)"));
    /* 1 - 0.05^(1/2) */
    assert_true(says(f, "0 false alarms; their share is below 78 %"));
}

/* One of three is enough: a detector that sometimes sees is not one. */
static void one_miss_is_a_failure_and_is_named(void **state) {
    struct fixture *f = *state;
    f->trials[1].caught = false;
    f->trials[1].kind_right = false;
    f->trials[1].site_right = false;
    (void)strcpy(f->trials[1].said, "nothing at all");
    assert_int_equal(judge(f), MATRIX_FAIL);
    assert_string_equal(matrix_row_verdict(&f->matrix.rows[0]), "missed");
    assert_true(says(f, "missed: a pool never closed (pool): expected pool"));
    assert_true(says(f, "plunge said: nothing at all"));
    assert_true(says(f, "2/3"));
}

static void a_wrong_kind_or_site_is_a_failure(void **state) {
    struct fixture *f = *state;
    f->trials[2].site_right = false;
    assert_int_equal(judge(f), MATRIX_FAIL);
    assert_true(says(f, "wrong site: a pool never closed"));
    f->trials[2].kind_right = false;
    assert_int_equal(judge(f), MATRIX_FAIL);
    assert_true(says(f, "wrong kind: a pool never closed"));
    f->trials[2].kind_right = true;
    f->trials[2].site_judged = false;
    assert_int_equal(judge(f), MATRIX_PASS);
}

static void a_false_alarm_is_a_failure_and_is_its_kinds(void **state) {
    struct fixture *f = *state;
    f->trials[4].alarms = 1u << defects[0].kind;
    (void)strcpy(f->trials[4].said, "pool 'nobody'");
    assert_int_equal(judge(f), MATRIX_FAIL);
    assert_int_equal(f->matrix.rows[0].false_alarms, 1);
    assert_true(says(f, "false alarm: dbpool: pool 'nobody'"));
    f->trials[4].alarms = 1u << TRIAL_ALARM_OTHER;
    assert_int_equal(judge(f), MATRIX_FAIL);
    assert_int_equal(f->matrix.rows[0].false_alarms, 0);
}

static void what_is_skipped_is_not_caught_and_says_why(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < 3; i++) {
        f->trials[i].state = TRIAL_SKIPPED;
    }
    assert_int_equal(judge(f), MATRIX_PASS);
    assert_int_equal(f->matrix.rows[0].caught, 0);
    assert_true(says(f, "0 caught, by kind and site; 0 not; 1 skipped"));
    assert_true(says(f, "skipped: a pool never closed (pool): something"));
}

static void what_breaks_or_is_not_reached_is_no_pass(void **state) {
    struct fixture *f = *state;
    f->trials[0].state = TRIAL_BROKEN;
    assert_int_equal(judge(f), MATRIX_ERROR);
    f->trials[1].state = TRIAL_NOT_BEGUN;
    assert_int_equal(judge(f), MATRIX_INTERRUPTED);
}

static void a_broken_clean_run_is_an_error(void **state) {
    struct fixture *f = *state;
    f->trials[3].state = TRIAL_BROKEN;
    assert_int_equal(judge(f), MATRIX_ERROR);
}

static void the_json_has_every_figure_of_the_table(void **state) {
    struct fixture *f = *state;
    (void)judge(f);
    text_clear(&f->text);
    matrix_write_json(&f->matrix, &f->text);
    json_t *json = json_loads(f->text.bytes, 0, NULL);
    assert_non_null(json);
    const char *schema = NULL;
    const char *verdict = NULL;
    const char *name = NULL;
    int caught = 0;
    int of = 0;
    double low = 0;
    int runs = 0;
    double below = 0;
    assert_int_equal(json_unpack(json,
                                 "{s:s, s:s, s:[{s:s, s:{s:i, s:i, s:f}}], "
                                 "s:{s:i, s:f}}",
                                 "schema", &schema, "verdict", &verdict,
                                 "defects", "name", &name, "caught", "count",
                                 &caught, "of", &of, "low", &low, "clean",
                                 "runs", &runs, "share_below", &below),
                     0);
    assert_string_equal(schema, "plunge-selftest/1");
    assert_string_equal(verdict, "pass");
    assert_string_equal(name, "pool");
    assert_int_equal(caught, 3);
    assert_int_equal(of, 3);
    assert_int_equal(runs, 2);
    assert_true(low > 0.29 && low < 0.30);
    assert_true(below > 0.77 && below < 0.78);
    json_decref(json);
}

int main(int argc, char **argv) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(all_caught_and_silence_is_a_pass),
        TEST(one_miss_is_a_failure_and_is_named),
        TEST(a_wrong_kind_or_site_is_a_failure),
        TEST(a_false_alarm_is_a_failure_and_is_its_kinds),
        TEST(what_is_skipped_is_not_caught_and_says_why),
        TEST(what_breaks_or_is_not_reached_is_no_pass),
        TEST(a_broken_clean_run_is_an_error),
        TEST(the_json_has_every_figure_of_the_table),
    };
    return SUITE_RUN(tests, argc, argv);
}
