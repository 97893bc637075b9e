/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "command/live.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/result.h"
#include "base/text.h"
#include "cell/cell.h"
#include "run/run.h"
#include "support/suite.h"

struct fixture {
    struct live live;
    struct cell_progress cell;
    struct run_sight sight;
    struct text text;
    uint64_t now_ns;
};

static int set_up(void **state) {
    static struct fixture f;
    f = (struct fixture){
        .cell = {.answered = 100,
                 .phase = "steady",
                 .in_flight = 10000,
                 .waiting = 9998,
                 .p50_ns = 812000,
                 .p99_ns = 1420000,
                 .usage = {.threads = 6,
                           .fds = 24,
                           .rss_bytes = 40055603,
                           .heap_bytes = RESULT_UNKNOWN}},
        .sight = {.what = "block 2 of 5: dbpool pool.max=8",
                  .fraction = 0.4321,
                  .left_s = 12,
                  .cell = &f.cell},
        .now_ns = 5 * CLOCK_NS_PER_S,
    };
    text_init(&f.text);
    live_init(&f.live);
    *state = &f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    text_fini(&f->text);
    return 0;
}

static void look(struct fixture *f) {
    live_look(&f->live, &f->sight, f->now_ns);
}

/* A second later so many more are answered. */
static void pass_second(struct fixture *f, uint64_t more, uint64_t p99_ns) {
    f->now_ns += CLOCK_NS_PER_S;
    f->cell.answered += more;
    f->cell.p99_ns = p99_ns;
    look(f);
}

static void expect(struct fixture *f, unsigned width, const char *block) {
    text_fini(&f->text);
    text_init(&f->text);
    unsigned count = live_append(&f->live, &f->sight, width, &f->text);
    assert_string_equal(f->text.bytes, block);
    unsigned ends = 0;
    for (const char *at = f->text.bytes; *at != '\0'; at++) {
        ends += *at == '\n';
    }
    assert_int_equal(count, ends);
}

static void all_that_is_known_is_shown(void **state) {
    struct fixture *f = *state;
    look(f);
    pass_second(f, 1000, 1420000);
    pass_second(f, 2000, 710000);
    pass_second(f, 4000, 2840000);
    expect(f, 80,
           "block 2 of 5: dbpool pool.max=8, steady\n"
           "  [##########..............]  43 %   12.0 s left   7,100 answered\n"
           "  rate    4,000/s       ▃▅█\n"
           "  p50     812 us        ███\n"
           "  p99     2.84 ms       ▅▃█\n"
           "  10,000 in flight, 9,998 waiting; 6 threads, 24 fds, RSS 38.2 "
           "MiB\n");
}

static void what_nobody_knows_is_left_out(void **state) {
    struct fixture *f = *state;
    f->cell = (struct cell_progress){
        .in_flight = RESULT_UNKNOWN,
        .waiting = RESULT_UNKNOWN,
        .p50_ns = RESULT_UNKNOWN,
        .p99_ns = RESULT_UNKNOWN,
        .usage = {.threads = 2,
                  .fds = RESULT_UNKNOWN,
                  .rss_bytes = RESULT_UNKNOWN,
                  .heap_bytes = RESULT_UNKNOWN},
    };
    f->sight.left_s = (double)NAN;
    look(f);
    pass_second(f, 0, RESULT_UNKNOWN);
    expect(f, 80,
           "block 2 of 5: dbpool pool.max=8\n"
           "  [##########..............]  43 %   0 answered\n"
           "  rate    0/s           ▁\n"
           "  p50     -              \n"
           "  p99     -              \n"
           "  2 threads\n");
}

static void a_rate_is_that_of_the_time_that_has_passed(void **state) {
    struct fixture *f = *state;
    look(f);
    f->now_ns += CLOCK_NS_PER_S / 2;
    f->cell.answered += 500;
    look(f);
    assert_true(f->live.rate == RESULT_UNKNOWN);
    f->now_ns += 3 * CLOCK_NS_PER_S / 2;
    f->cell.answered += 500;
    look(f);
    assert_int_equal(f->live.rate, 500);
}

static void a_new_cell_begins_anew(void **state) {
    struct fixture *f = *state;
    look(f);
    pass_second(f, 1000, 1);
    assert_int_equal(f->live.rates.count, 1);
    static const char again[] = "block 2 of 5: dbpool pool.max=8";
    f->sight.what = again;
    f->cell.answered = 10;
    look(f);
    assert_int_equal(f->live.rates.count, 0);
    assert_true(f->live.rate == RESULT_UNKNOWN);
    pass_second(f, 7, 1);
    assert_int_equal(f->live.rate, 7);
}

static void a_label_that_is_too_long_is_cut_between_characters(void **state) {
    struct fixture *f = *state;
    f->cell.phase = NULL;
    f->sight.what = "0123456789012345678901234567890123456é89";
    look(f);
    (void)live_append(&f->live, &f->sight, 1, &f->text);
    assert_memory_equal(f->text.bytes,
                        "0123456789012345678901234567890123456é8\n", 41);
    text_fini(&f->text);
    text_init(&f->text);
    f->sight.what = "012345678901234567890123456789012345678é";
    (void)live_append(&f->live, &f->sight, 40, &f->text);
    assert_memory_equal(f->text.bytes,
                        "012345678901234567890123456789012345678\n", 40);
}

static void no_line_is_wider_than_the_terminal(void **state) {
    struct fixture *f = *state;
    f->cell.in_flight = UINT64_MAX / 2;
    f->cell.waiting = UINT64_MAX / 2;
    look(f);
    pass_second(f, UINT64_MAX / 4, 1420000);
    for (unsigned width = LIVE_WIDTH_MIN; width < 100; width++) {
        text_fini(&f->text);
        text_init(&f->text);
        (void)live_append(&f->live, &f->sight, width, &f->text);
        unsigned columns = 0;
        for (const char *at = f->text.bytes; *at != '\0'; at++) {
            columns = *at == '\n' ? 0 : columns + ((*at & 0xC0) != 0x80);
            assert_true(columns <= width);
        }
    }
}

static void bars_are_shares_of_the_highest_that_is_shown(void **state) {
    struct fixture *f = *state;
    struct strip strip = {.count = 0};
    strip_append(&strip, 10, &f->text);
    assert_string_equal(f->text.bytes, "");
    strip_put(&strip, 1000000);
    for (uint64_t i = 0; i <= 8; i++) {
        strip_put(&strip, i);
    }
    strip_put(&strip, RESULT_UNKNOWN);
    strip_append(&strip, 10, &f->text);
    assert_string_equal(f->text.bytes, "▁▂▃▄▅▆▇██ ");
}

static void only_the_newest_are_kept(void **state) {
    struct fixture *f = *state;
    struct strip strip = {.count = 0};
    for (uint64_t i = 0; i < (uint64_t)3 * STRIP_VALUES_MAX; i++) {
        strip_put(&strip, i % 2 == 0 ? 0 : 8);
    }
    strip_append(&strip, (size_t)2 * STRIP_VALUES_MAX, &f->text);
    assert_int_equal(f->text.size, STRIP_VALUES_MAX * strlen("█"));
    assert_memory_equal(f->text.bytes, "▁█▁█", strlen("▁█▁█"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(all_that_is_known_is_shown),
        TEST(what_nobody_knows_is_left_out),
        TEST(a_rate_is_that_of_the_time_that_has_passed),
        TEST(a_new_cell_begins_anew),
        TEST(a_label_that_is_too_long_is_cut_between_characters),
        TEST(no_line_is_wider_than_the_terminal),
        TEST(bars_are_shares_of_the_highest_that_is_shown),
        TEST(only_the_newest_are_kept),
    };
    return SUITE_RUN(tests, argc, argv);
}
