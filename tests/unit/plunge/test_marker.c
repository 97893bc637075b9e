/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "cell/marker.h"

#include <string.h>

#include "base/arena.h"
#include "support/suite.h"

struct fixture {
    struct arena *arena;
    struct markers markers;
    const char *problem;
};

static int set_up(void **state) {
    static struct fixture f;
    f = (struct fixture){.arena = arena_new()};
    markers_init(&f.markers);
    *state = &f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    markers_fini(&f->markers);
    arena_free(f->arena);
    return 0;
}

static bool feed(struct fixture *f, const char *text) {
    return markers_feed(&f->markers, text, strlen(text), f->arena, &f->problem);
}

static void expect_refused(struct fixture *f, const char *text,
                           const char *words) {
    assert_false(feed(f, text));
    if (strstr(f->problem, words) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", words, f->problem);
    }
}

static void all_four_are_seen_in_their_order(void **state) {
    struct fixture *f = *state;
    static const char *const lines[] = {"plunge: ready\n", "plunge: opened\n",
                                        "plunge: answered\n",
                                        "plunge: closed\n"};
    for (int i = 0; i < MARKER_COUNT; i++) {
        assert_false(f->markers.seen[i]);
        assert_true(feed(f, lines[i]));
        assert_true(f->markers.seen[i]);
        assert_int_equal(f->markers.last, i);
    }
}

static void any_may_be_left_out(void **state) {
    struct fixture *f = *state;
    assert_true(feed(f, "plunge: opened\nplunge: closed\n"));
    assert_false(f->markers.seen[MARKER_READY]);
    assert_true(f->markers.seen[MARKER_OPENED]);
    assert_false(f->markers.seen[MARKER_ANSWERED]);
    assert_true(f->markers.seen[MARKER_CLOSED]);
}

static void a_line_may_come_in_pieces(void **state) {
    struct fixture *f = *state;
    assert_true(feed(f, "plun"));
    assert_true(feed(f, "ge: rea"));
    assert_true(feed(f, "dy"));
    assert_false(f->markers.seen[MARKER_READY]);
    assert_true(feed(f, "\n"));
    assert_true(f->markers.seen[MARKER_READY]);
}

static void blanks_and_carriage_returns_do_not_matter(void **state) {
    struct fixture *f = *state;
    assert_true(feed(f, "plunge:ready\nplunge:\t opened \r\n"));
    assert_int_equal(f->markers.last, MARKER_OPENED);
    assert_int_equal(f->markers.strange_count, 0);
}

static void other_lines_are_counted_and_mean_nothing(void **state) {
    struct fixture *f = *state;
    assert_true(feed(f, "hello\n\nready\nplunge: ready\n plunge: opened\n"));
    assert_int_equal(f->markers.strange_count, 4);
    assert_int_equal(f->markers.last, MARKER_READY);
}

static void a_line_without_an_end_takes_no_memory(void **state) {
    struct fixture *f = *state;
    char piece[1000];
    memset(piece, 'x', sizeof piece - 1);
    piece[sizeof piece - 1] = '\0';
    for (int i = 0; i < 1000; i++) {
        assert_true(feed(f, piece));
    }
    assert_true(f->markers.line.size <= 4096);
    assert_true(feed(f, "\nplunge: ready\n"));
    assert_int_equal(f->markers.strange_count, 1);
    assert_int_equal(f->markers.last, MARKER_READY);
}

static void a_marker_that_is_none_is_refused(void **state) {
    struct fixture *f = *state;
    expect_refused(f, "plunge: redy\n", "\"plunge: redy\" to descriptor 3");
}

static void one_that_is_empty_is_refused(void **state) {
    expect_refused(*state, "plunge:\n", "which is no marker");
}

static void one_that_comes_again_is_refused(void **state) {
    struct fixture *f = *state;
    assert_true(feed(f, "plunge: opened\n"));
    expect_refused(f, "plunge: opened\n", "\"plunge: opened\" twice");
}

static void one_that_comes_too_late_is_refused(void **state) {
    struct fixture *f = *state;
    assert_true(feed(f, "plunge: answered\n"));
    expect_refused(f, "plunge: ready\n",
                   "\"plunge: ready\" after \"plunge: answered\"");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(all_four_are_seen_in_their_order),
        TEST(any_may_be_left_out),
        TEST(a_line_may_come_in_pieces),
        TEST(blanks_and_carriage_returns_do_not_matter),
        TEST(other_lines_are_counted_and_mean_nothing),
        TEST(a_line_without_an_end_takes_no_memory),
        TEST(a_marker_that_is_none_is_refused),
        TEST(one_that_is_empty_is_refused),
        TEST(one_that_comes_again_is_refused),
        TEST(one_that_comes_too_late_is_refused),
    };
    return SUITE_RUN(tests, argc, argv);
}
