/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "base/result.h"

#include <math.h>

#include "support/suite.h"

static void every_word_finds_its_way_back(void **state) {
    (void)state;
    for (enum result_kind kind = 0; kind < RESULT_KINDS_COUNT; kind++) {
        enum result_kind back = RESULT_KINDS_COUNT;
        assert_true(result_kind_parse(result_kind_name(kind), &back));
        assert_int_equal(back, kind);
    }
    for (enum result_verdict verdict = 0; verdict <= RESULT_PARTIAL;
         verdict++) {
        enum result_verdict back = RESULT_PARTIAL + 1;
        assert_true(result_verdict_parse(result_verdict_name(verdict), &back));
        assert_int_equal(back, verdict);
    }
    for (enum result_state each = 0; each <= RESULT_OVER_LIMIT; each++) {
        enum result_state back = RESULT_OVER_LIMIT + 1;
        assert_true(result_state_parse(result_state_name(each), &back));
        assert_int_equal(back, each);
    }
}

static void another_word_is_refused_and_changes_nothing(void **state) {
    (void)state;
    enum result_kind kind = RESULT_SHM;
    assert_false(result_kind_parse("ghost", &kind));
    assert_false(result_kind_parse("", &kind));
    assert_false(result_kind_parse("threads", &kind));
    assert_int_equal(kind, RESULT_SHM);
}

static void a_new_cell_knows_nothing(void **state) {
    (void)state;
    struct result_cell cell;
    result_cell_init(&cell);
    assert_string_equal(cell.label, "");
    assert_int_equal(cell.phases_count, 0);
    assert_int_equal(cell.database.users, RESULT_UNKNOWN);
    assert_true(isnan(cell.database.generate_s));
    assert_int_equal(cell.resources.before.threads, RESULT_UNKNOWN);
    assert_int_equal(cell.resources.peak.heap_bytes, RESULT_UNKNOWN);
    assert_true(isnan(cell.cost.syscalls));
    assert_false(cell.cycles.exhausted.happened);
    assert_null(cell.error);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_finds_its_way_back),
        cmocka_unit_test(another_word_is_refused_and_changes_nothing),
        cmocka_unit_test(a_new_cell_knows_nothing),
    };
    return SUITE_RUN(tests, argc, argv);
}
