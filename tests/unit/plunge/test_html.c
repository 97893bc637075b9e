/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "report/html.h"

#include <math.h>
#include <string.h>

#include <expat.h>

#include "base/arena.h"
#include "base/result_json.h"
#include "base/text.h"
#include "measure/histogram.h"
#include "report/html_assets.h"
#include "support/sample.h"
#include "support/suite.h"

#define HOSTILE "\"><script>alert('1')</script>&amp;]]><!--"

struct fixture {
    struct sample sample;
    struct text page;
};

static struct result_expectation expectations[] = {
    {"errors == 0", 2, RESULT_HELD_YES, "0 errors", "0 is == 0", false},
    {"p99 < 1ms", 3, RESULT_HELD_NO, "4.00 ms", "4.00 ms is not", false},
};

static int set_up(void **state) {
    static struct fixture fixture;
    sample_init(&fixture.sample);
    text_init(&fixture.page);
    struct result *result = &fixture.sample.result;
    result->scenario.path = "scenarios/sample.yaml";
    result->scenario.title = "A sample";
    result->scenario.text = "expect:\n  - errors == 0\n  - p99 < 1ms\n";
    result->expectations = expectations;
    result->expectations_count = 2;
    *state = &fixture;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    text_fini(&fixture->page);
    sample_fini(&fixture->sample);
    return 0;
}

static void write_page(struct fixture *f) {
    text_clear(&f->page);
    html_write(&f->sample.result, f->sample.arena, &f->page);
}

static const char *find(const struct fixture *f, const char *words) {
    const char *found = strstr(f->page.bytes, words);
    if (found == NULL) {
        fail_msg("no %s in the page", words);
    }
    return found;
}

static size_t count_of(const struct fixture *f, const char *words) {
    size_t count = 0;
    const char *from = f->page.bytes;
    while ((from = strstr(from, words)) != NULL) {
        from += strlen(words);
        count++;
    }
    return count;
}

/* By a parser that is not ours. */
static void expect_well_formed(const struct fixture *f) {
    XML_Parser parser = XML_ParserCreate("UTF-8");
    assert_non_null(parser);
    if (XML_Parse(parser, f->page.bytes, (int)f->page.size, 1) !=
        XML_STATUS_OK) {
        fail_msg("line %lu: %s", XML_GetCurrentLineNumber(parser),
                 XML_ErrorString(XML_GetErrorCode(parser)));
    }
    XML_ParserFree(parser);
}

/* ---- Parts of a result ---------------------------------------------------*/

static struct result_series_point *make_series(struct fixture *f,
                                               size_t count) {
    struct result_series_point *points =
        arena_alloc(f->sample.arena, count * sizeof *points);
    for (size_t i = 0; i < count; i++) {
        points[i] = (struct result_series_point){
            .t_s = (double)i,
            .duration_s = 1,
            .completed = 1000 + i,
            .p50_ns = 2000000,
            .p99_ns = 4000000,
            .max_ns = 9000000 + i * 1000,
            .rss_bytes = 10000000 + i,
            .threads = 5,
            .fds = 12,
            .in_flight = 99.5,
            .cpu_s = 0.75,
            .context_switches = 4000,
            .spread = "80:1,12,123,1234,12345,1234,123,12,1,,,,,1",
        };
    }
    return points;
}

static const char *make_histogram(struct fixture *f) {
    struct histogram histogram;
    struct text encoded;
    histogram_init(&histogram);
    text_init(&encoded);
    for (uint64_t i = 1; i <= 20000; i++) {
        histogram_record(&histogram, i * i);
    }
    histogram_encode(&histogram, &encoded);
    const char *copy = arena_text(f->sample.arena, encoded.bytes);
    text_fini(&encoded);
    histogram_fini(&histogram);
    return copy;
}

static void make_steps(struct fixture *f, struct result_cell *cell,
                       size_t count) {
    cell->cycles.steps =
        arena_alloc(f->sample.arena, count * sizeof *cell->cycles.steps);
    cell->cycles.steps_count = count;
    for (size_t i = 0; i < count; i++) {
        cell->cycles.steps[i] = (struct result_step){
            .cycle = i + 1, .held = {1 + 3 * i, 9 + i, 1 << 20, 4096 * i}};
    }
}

static void fill(struct fixture *f, struct result_cell *cell, size_t points) {
    struct result_phase *phase = &cell->phases[0];
    phase->series = make_series(f, points);
    phase->series_count = points;
    phase->histogram = make_histogram(f);
    phase->service_histogram = phase->histogram;
    make_steps(f, cell, points < 257 ? points : 257);
}

/* ---- What is in it -------------------------------------------------------*/

static void the_verdict_is_the_first_thing(void **state) {
    struct fixture *f = *state;
    f->sample.result.verdict = RESULT_FAIL;
    write_page(f);
    const char *body = find(f, "<body>");
    const char *after = strstr(body, "</a>\n") + 5; /* the skip link */
    const char *verdict = strstr(body, "<strong>fail</strong>");
    assert_memory_equal(after, "<header class=\"banner fail\">", 28);
    const char *title = strstr(body, "<h1>A sample</h1>");
    const char *words = strstr(body, "1 of 2 expectations held, 1 failed");
    const char *first = strstr(body, "<section");
    assert_non_null(verdict);
    assert_true(verdict < title && title < words && words < first);
    assert_true(strncmp(first, "<section id=\"expectations\"", 26) == 0);
}

static void an_expectation_is_marked_in_the_margin_of_its_line(void **state) {
    struct fixture *f = *state;
    write_page(f);
    find(f, "<tr id=\"line-3\"><td class=\"margin\"><span class=\"held no\">");
    find(f, "<tr id=\"line-2\"><td class=\"margin\"><span class=\"held yes\">");
    find(f, "<tr id=\"line-1\"><td class=\"margin\"></td>");
    find(f, "<a href=\"#line-3\">line 3</a>");
    find(f, "<code>  - p99 &lt; 1ms</code><span class=\"measured\">4.00 ms<");
}

static void every_chart_has_a_text_and_its_data(void **state) {
    struct fixture *f = *state;
    fill(f, &f->sample.result.cells[0], 30);
    write_page(f);
    expect_well_formed(f);
    const size_t charts = count_of(f, "<canvas ");
    assert_in_range(charts, 9, 12);
    assert_int_equal(count_of(f, "role=\"img\" tabindex=\"0\" aria-label=\""),
                     charts);
    assert_int_equal(count_of(f, "{\"id\":\"chart-"), charts);
    find(f, "\"kind\":\"heat\"");
    find(f, "[0,1,\"80:1,12,123,");
    find(f, "after cycle 30</th><td class=\"number\">88</td>");
}

static void no_figure_is_in_a_chart_alone(void **state) {
    struct fixture *f = *state;
    fill(f, &f->sample.result.cells[0], 30);
    write_page(f);
    find(f, "<caption id=\"table-1\">What was expected");
    find(f, "29.00 s</td><td class=\"number\">1,029/s</td>");
    find(f, "Latency by percentile, the histograms of all blocks added");
    find(f, "<details open=\"\" class=\"figures\">");
}

/* ---- What comes from others ----------------------------------------------*/

static void make_hostile(struct fixture *f) {
    struct result *result = &f->sample.result;
    struct result_cell *cell = &result->cells[0];
    fill(f, cell, 5);
    result->scenario.title = HOSTILE;
    result->scenario.path = HOSTILE "\xff\x01";
    result->scenario.text = HOSTILE "\n\xc3(" HOSTILE;
    result->version = HOSTILE;
    result->started_at = HOSTILE;
    cell->label = HOSTILE;
    cell->error = HOSTILE;
    cell->ledger_disputed = HOSTILE;
    cell->outcome.state = RESULT_CRASHED;
    cell->outcome.detail = HOSTILE "\xed\xa0\x80";
    cell->phases[0].name = HOSTILE;
    sample_add_leftover(&f->sample, cell, RESULT_THREAD, 2);
    cell->leftovers[0].identity = HOSTILE;
    cell->leftovers[0].site = HOSTILE;
    cell->leftovers[0].stack = HOSTILE "\n" HOSTILE;
    sample_add_slope(&f->sample, cell, HOSTILE, 3);
}

static size_t programs_count(void) {
    return html_asset_charts().size == 0 ? 1 : 2;
}

static void nothing_of_others_becomes_markup(void **state) {
    struct fixture *f = *state;
    write_page(f);
    const size_t scripts = count_of(f, "<script");
    make_hostile(f);
    write_page(f);
    expect_well_formed(f);
    assert_int_equal(count_of(f, "<script"), scripts);
    assert_int_equal(scripts, 2 + programs_count());
    assert_int_equal(count_of(f, "</script"), scripts);
    assert_null(strstr(f->page.bytes, "<script>alert"));
    find(f, "<h1>&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;");
}

static void the_data_is_the_result(void **state) {
    struct fixture *f = *state;
    struct result *read = NULL;
    const char *problem = "";
    static const char begin[] =
        "<script type=\"application/json\" id=\"result\">";
    make_hostile(f);
    write_page(f);
    const char *data = find(f, begin) + sizeof begin - 1;
    const size_t size = (size_t)(strstr(data, "</script>") - data);
    assert_int_equal(
        result_json_read(data, size, f->sample.arena, &read, &problem), 0);
    assert_string_equal(read->scenario.title, HOSTILE);
    assert_int_equal(read->cells[0].phases[0].series_count, 5);
    assert_string_equal(read->cells[0].phases[0].histogram,
                        f->sample.result.cells[0].phases[0].histogram);
}

static void it_asks_for_nothing(void **state) {
    struct fixture *f = *state;
    fill(f, &f->sample.result.cells[0], 30);
    write_page(f);
    assert_null(strstr(f->page.bytes, " src="));
    assert_null(strstr(f->page.bytes, "<link"));
    assert_null(strstr(f->page.bytes, "url("));
    assert_null(strstr(f->page.bytes, "@import"));
    assert_int_equal(count_of(f, "href=\""), count_of(f, "href=\"#"));
    find(f, "content=\"default-src 'none';");
    assert_int_equal(count_of(f, "'sha256-"), 1 + programs_count());
}

/* ---- Always the same, and never too much ---------------------------------*/

static void a_saved_result_gives_the_same_page(void **state) {
    struct fixture *f = *state;
    struct text json;
    struct text again;
    struct result *read = NULL;
    const char *problem = "";
    fill(f, &f->sample.result.cells[0], 40);
    write_page(f);
    text_init(&json);
    text_init(&again);
    result_json_write(&f->sample.result, RESULT_JSON_INDENTED, &json);
    assert_int_equal(result_json_read(json.bytes, json.size, f->sample.arena,
                                      &read, &problem),
                     0);
    html_write(read, f->sample.arena, &again);
    assert_string_equal(again.bytes, f->page.bytes);
    text_fini(&json);
    text_fini(&again);
}

static void a_result_without_cells_is_a_page(void **state) {
    struct fixture *f = *state;
    f->sample.result.cells_count = 0;
    f->sample.result.verdict = RESULT_PARTIAL;
    f->sample.result.scenario.title = NULL;
    f->sample.result.scenario.text = NULL;
    write_page(f);
    expect_well_formed(f);
    find(f, "<strong>partial</strong>");
    find(f, "<h1>unknown</h1>");
}

static void what_is_not_known_is_no_chart(void **state) {
    struct fixture *f = *state;
    struct result_cell *cell = &f->sample.result.cells[0];
    result_cell_init(cell);
    cell->subject = "dbpool";
    cell->label = "";
    write_page(f);
    expect_well_formed(f);
    assert_null(strstr(f->page.bytes, "<canvas"));
}

static void make_large(struct fixture *f, size_t cells, size_t points) {
    for (size_t i = 1; i < cells; i++) {
        const char *label = arena_format(f->sample.arena, "pool.max=%zu", i);
        (void)sample_add_cell(&f->sample, label, 0);
    }
    for (size_t i = 0; i < cells; i++) {
        struct result_cell *cell = &f->sample.result.cells[i];
        fill(f, cell, points);
        for (size_t j = 0; j < 1000; j++) {
            sample_add_leftover(&f->sample, cell, RESULT_FD, 1);
            cell->leftovers[j].site = "opened at a.c:31 (main)";
        }
    }
}

static void a_large_result_is_no_large_page(void **state) {
    struct fixture *f = *state;
    make_large(f, 12, 600);
    write_page(f);
    expect_well_formed(f);
    assert_in_range(f->page.size, 500000, HTML_SIZE_MAX);
    find(f, "Not drawn: there is more than a page can hold.");
    find(f, "too large for a page");
}

static void many_expectations_are_no_large_page(void **state) {
    struct fixture *f = *state;
    static struct result_expectation many[10000];
    for (size_t i = 0; i < 10000; i++) {
        many[i] = expectations[0];
    }
    f->sample.result.expectations = many;
    f->sample.result.expectations_count = 10000;
    write_page(f);
    assert_true(f->page.size <= HTML_SIZE_MAX);
    (void)find(f, " more expectations, which are in the data.");
    expect_well_formed(f);
}

static void many_phases_are_no_large_page(void **state) {
    struct fixture *f = *state;
    char name[2000];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    for (size_t i = 0; i < 600; i++) {
        (void)sample_add_phase(&f->sample, &f->sample.result.cells[0],
                               arena_format(f->sample.arena, "%zu%s", i, name));
    }
    write_page(f);
    assert_true(f->page.size <= HTML_SIZE_MAX);
    (void)find(f, " more phases, which are in the data.");
    expect_well_formed(f);
}

static void what_cannot_be_cut_is_left_out(void **state) {
    struct fixture *f = *state;
    const size_t size = 4000000;
    char *text = arena_alloc(f->sample.arena, size + 1);
    for (size_t i = 0; i < size; i++) {
        text[i] = (i % 40 == 39) != 0 ? '\n' : '<';
    }
    f->sample.result.scenario.text = text;
    f->sample.result.scenario.title = text;
    write_page(f);
    expect_well_formed(f);
    assert_in_range(f->page.size, 500000, HTML_SIZE_MAX);
    find(f, "And more lines, which are in the data.");
    assert_null(strstr(f->page.bytes, "id=\"result\""));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(the_verdict_is_the_first_thing),
        TEST(an_expectation_is_marked_in_the_margin_of_its_line),
        TEST(every_chart_has_a_text_and_its_data),
        TEST(no_figure_is_in_a_chart_alone),
        TEST(nothing_of_others_becomes_markup),
        TEST(the_data_is_the_result),
        TEST(it_asks_for_nothing),
        TEST(a_saved_result_gives_the_same_page),
        TEST(a_result_without_cells_is_a_page),
        TEST(what_is_not_known_is_no_chart),
        TEST(a_large_result_is_no_large_page),
        TEST(many_expectations_are_no_large_page),
        TEST(many_phases_are_no_large_page),
        TEST(what_cannot_be_cut_is_left_out),
    };
    return SUITE_RUN(tests, argc, argv);
}
