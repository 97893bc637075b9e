/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "base/result_json.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "support/suite.h"

struct fixture {
    struct arena *arena;
    struct text text;
};

static int set_up(void **state) {
    static struct fixture fixture;
    fixture.arena = arena_new();
    text_init(&fixture.text);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    arena_free(fixture->arena);
    text_fini(&fixture->text);
    return 0;
}

/* A cell of which everything is known, all of it different. */
static struct result_parameter parameters[] = {
    {.path = "pool.max", .number = 4, .text = "4"},
    {.path = "load.keys", .word = "uniform", .text = "uniform"},
    {.path = "load.misses", .number = 0.1, .text = "10%"},
};

static struct result_phase phases[] = {
    {
        .name = "warm",
        .duration_s = 0.25,
        .in_flight_peak = 1,
    },
    {
        .name = "steady",
        .measured = true,
        .duration_s = 10.000000000000002,
        .submitted = 1010,
        .completed = 1000,
        .failed = 4,
        .rejected = 5,
        .cancelled = 1,
        .wrong = 2,
        .completed_in_window = 999,
        .in_flight_peak = 100,
        .throughput_per_s = 99.9,
        .latency = {1000, 1, 2.5, 3, 4, 5, 6, 7, 8},
        .service = {1001, 11, 12.5, 13, 14, 15, 16, 17, 18},
        .lateness = {1002, 21, 22.5, 23, 24, 25, 26, 27, 28},
        .staged = true,
        .stages.of =
            {
                [RESULT_LAG] = {1003, 31, 32.5, 33, 34, 35, 36, 37, 38},
                [RESULT_CALLBACK] = {1004, 41, 42.5, 43, 44, 45, 46, 47, 48},
            },
        .tail = {true, 10, 99.9, 6, {1, 2, 3, NAN, 5, 6.5}},
        .histogram = "HISTFAAAlatency",
        .service_histogram = "HISTFAAAservice",
    },
};

static struct result_leftover leftovers[] = {
    {RESULT_THREAD, "plunge-db/2 (thread 4711)", "opened at a.c:31 (main)", 1,
     8192, 7, 1.5, "open a.c:12\nmain a.c:31"},
    {RESULT_SETTING, "locale", NULL, 2, RESULT_UNKNOWN, 0, 0},
};

static struct result_finding findings[] = {
    {"memcheck", "leak", "8 bytes \"lost\"\n\tfor good", "main\nopen"},
};

static struct result_slope slopes[] = {
    {"threads", 3, 3.0000001, "leak", 3, NAN, 1, 998, 3},
    {"rss", -0.5, NAN, "undecided", -0.75, 64, 0.999, 5000, 0},
};

static const struct result_cell full_cell = {
    .subject = "dbpool",
    .label = "pool.max=4",
    .reference = true,
    .parameters = parameters,
    .parameters_count = 3,
    .block = 2,
    .outcome = {RESULT_OVER_LIMIT, 9, "took 61 s, limits.time is 60 s"},
    .database = {1000000, 123456789, 1.25, true, "some.db"},
    .phases = phases,
    .phases_count = 2,
    .cycles = {.planned = 1000,
               .completed = 20,
               .predicted_cycle = 22,
               .is_predicted = true,
               .predicted = {"threads", "budget", 64, 1, 2, 3, 22, 4, "will"},
               .exhausted = {true, "threads", "budget", 21, 5,
                             "can't start new thread", 11},
               .recovery = {true, false, 22, 11, RESULT_HELD_NO, 7, "why"}},
    .leftovers = leftovers,
    .leftovers_count = 2,
    .under = {true, "memcheck", "3.19.0", true, 20, "cycles 100 -> 20", 4096,
              RESULT_UNKNOWN, "massif.out.0.0"},
    .findings = findings,
    .findings_count = 1,
    .slopes = slopes,
    .slopes_count = 2,
    .resources = {{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}},
    .cost = {1500.5, 0, 0.01, 2},
    .error = "disk I/O error",
    .ledger_disputed = "the kernel shows thread 12, nobody started it",
};

static struct result_fact facts[] = {
    {.name = "kernel", .text = "Linux 6.1"},
    {.name = "cores", .number = 2},
    {.name = "a_load", .number = 0.07},
};

static struct result_expectation expectations[] = {
    {"errors == 0", 12, RESULT_HELD_YES, "0", "in every block"},
    {"wrong == 0", 0, RESULT_HELD_NO, "2", "2 answers were wrong"},
    {"p99 < 1ms", 13, RESULT_HELD_UNDECIDED, NULL, NULL},
};

static struct result_audit audit[] = {
    {"sums", true, "1,010 = 1,010"},
    {"lateness", false, NULL},
};

static const struct result full_result = {
    .version = "0.1.0",
    .scenario = {"scenarios/rush.yaml", "R\xc3\xbcsh", "00ff", "title: Rush\n"},
    .seed = (UINT64_C(1) << 53) - 1,
    .started_at = "2026-09-24T10:00:00Z",
    .environment = facts,
    .environment_count = 3,
    .verdict = RESULT_UNDECIDED,
    .expectations = expectations,
    .expectations_count = 3,
    .audit = audit,
    .audit_count = 2,
    .cells = (struct result_cell *)&full_cell,
    .cells_count = 1,
};

static void assert_text(const char *left, const char *right) {
    if (right == NULL) {
        assert_null(left);
    } else {
        assert_non_null(left);
        assert_string_equal(left, right);
    }
}

/* To the last bit; unknown is unknown. */
static void assert_number(double left, double right) {
    assert_true(left == right || (isnan(left) && isnan(right)));
}

static void assert_latency(const struct result_latency *left,
                           const struct result_latency *right) {
    assert_int_equal(left->count, right->count);
    assert_int_equal(left->min, right->min);
    assert_number(left->mean, right->mean);
    assert_int_equal(left->p50, right->p50);
    assert_int_equal(left->p90, right->p90);
    assert_int_equal(left->p99, right->p99);
    assert_int_equal(left->p99_9, right->p99_9);
    assert_int_equal(left->p99_99, right->p99_99);
    assert_int_equal(left->max, right->max);
}

static void assert_stages(const struct result_phase *left,
                          const struct result_phase *right) {
    const struct result_tail *a = &left->tail;
    const struct result_tail *b = &right->tail;
    assert_int_equal(left->staged, right->staged);
    assert_int_equal(a->given, b->given);
    for (size_t i = 0; i < RESULT_STAGES_COUNT; i++) {
        assert_latency(&left->stages.of[i], &right->stages.of[i]);
        if (a->given) {
            assert_number(a->mean_ns[i], b->mean_ns[i]);
        }
    }
    if (a->given) {
        assert_int_equal(a->count, b->count);
        assert_number(a->percentile, b->percentile);
        assert_int_equal(a->from_ns, b->from_ns);
    }
}

static void assert_phase(const struct result_phase *left,
                         const struct result_phase *right) {
    assert_text(left->name, right->name);
    assert_int_equal(left->measured, right->measured);
    assert_number(left->duration_s, right->duration_s);
    assert_int_equal(left->submitted, right->submitted);
    assert_int_equal(left->completed, right->completed);
    assert_int_equal(left->failed, right->failed);
    assert_int_equal(left->rejected, right->rejected);
    assert_int_equal(left->cancelled, right->cancelled);
    assert_int_equal(left->wrong, right->wrong);
    assert_int_equal(left->completed_in_window, right->completed_in_window);
    assert_int_equal(left->in_flight_peak, right->in_flight_peak);
    assert_number(left->throughput_per_s, right->throughput_per_s);
    assert_latency(&left->latency, &right->latency);
    assert_latency(&left->service, &right->service);
    assert_latency(&left->lateness, &right->lateness);
    assert_stages(left, right);
    assert_text(left->histogram, right->histogram);
    assert_text(left->service_histogram, right->service_histogram);
}

static void assert_predicted(const struct result_prediction *a,
                             const struct result_prediction *b) {
    assert_text(a->resource, b->resource);
    assert_text(a->mechanism, b->mechanism);
    assert_int_equal(a->limit, b->limit);
    assert_int_equal(a->base, b->base);
    assert_int_equal(a->shared, b->shared);
    assert_int_equal(a->per_pool, b->per_pool);
    assert_int_equal(a->pool, b->pool);
    assert_int_equal(a->number, b->number);
    assert_text(a->statement, b->statement);
}

static void assert_recovery(const struct result_recovery *a,
                            const struct result_recovery *b) {
    assert_int_equal(a->tried, b->tried);
    assert_int_equal(a->ok, b->ok);
    assert_int_equal(a->pools, b->pools);
    assert_int_equal(a->closed, b->closed);
    assert_int_equal(a->went_on, b->went_on);
    assert_int_equal(a->left_behind, b->left_behind);
    assert_text(a->why, b->why);
}

static void assert_cycles(const struct result_cycles *left,
                          const struct result_cycles *right) {
    assert_int_equal(left->planned, right->planned);
    assert_int_equal(left->completed, right->completed);
    assert_int_equal(left->predicted_cycle, right->predicted_cycle);
    assert_int_equal(left->is_predicted, right->is_predicted);
    if (right->is_predicted) {
        assert_predicted(&left->predicted, &right->predicted);
    }
    if (right->recovery.tried) {
        assert_recovery(&left->recovery, &right->recovery);
    }
    const struct result_exhaustion *a = &left->exhausted;
    const struct result_exhaustion *b = &right->exhausted;
    assert_int_equal(a->happened, b->happened);
    if (b->happened) {
        assert_text(a->resource, b->resource);
        assert_text(a->mechanism, b->mechanism);
        assert_int_equal(a->at_cycle, b->at_cycle);
        assert_int_equal(a->number, b->number);
        assert_text(a->error, b->error);
        assert_int_equal(a->error_number, b->error_number);
    }
}

static void assert_leftover(const struct result_leftover *left,
                            const struct result_leftover *right) {
    assert_int_equal(left->kind, right->kind);
    assert_text(left->identity, right->identity);
    assert_text(left->site, right->site);
    assert_text(left->stack, right->stack);
    assert_int_equal(left->count, right->count);
    assert_int_equal(left->bytes, right->bytes);
    assert_int_equal(left->cycle, right->cycle);
    assert_number(left->late_ms, right->late_ms);
}

static void assert_usage(const struct result_usage *left,
                         const struct result_usage *right) {
    assert_int_equal(left->threads, right->threads);
    assert_int_equal(left->fds, right->fds);
    assert_int_equal(left->rss_bytes, right->rss_bytes);
    assert_int_equal(left->heap_bytes, right->heap_bytes);
}

static void assert_cell_parts(const struct result_cell *left,
                              const struct result_cell *right) {
    assert_int_equal(left->parameters_count, right->parameters_count);
    for (size_t i = 0; i < right->parameters_count; i++) {
        const struct result_parameter *a = &left->parameters[i];
        const struct result_parameter *b = &right->parameters[i];
        assert_text(a->path, b->path);
        assert_text(a->word, b->word);
        if (b->word == NULL) {
            assert_number(a->number, b->number);
        }
        assert_text(a->text, b->text);
    }
    assert_int_equal(left->phases_count, right->phases_count);
    for (size_t i = 0; i < right->phases_count; i++) {
        assert_phase(&left->phases[i], &right->phases[i]);
    }
    assert_int_equal(left->leftovers_count, right->leftovers_count);
    for (size_t i = 0; i < right->leftovers_count; i++) {
        assert_leftover(&left->leftovers[i], &right->leftovers[i]);
    }
    assert_int_equal(left->findings_count, right->findings_count);
    for (size_t i = 0; i < right->findings_count; i++) {
        assert_text(left->findings[i].tool, right->findings[i].tool);
        assert_text(left->findings[i].kind, right->findings[i].kind);
        assert_text(left->findings[i].text, right->findings[i].text);
        assert_text(left->findings[i].stack, right->findings[i].stack);
    }
    assert_int_equal(left->slopes_count, right->slopes_count);
    for (size_t i = 0; i < right->slopes_count; i++) {
        assert_text(left->slopes[i].metric, right->slopes[i].metric);
        assert_number(left->slopes[i].per_cycle, right->slopes[i].per_cycle);
        assert_number(left->slopes[i].upper_bound,
                      right->slopes[i].upper_bound);
        assert_text(left->slopes[i].verdict, right->slopes[i].verdict);
        assert_number(left->slopes[i].lower_bound,
                      right->slopes[i].lower_bound);
        assert_number(left->slopes[i].limit, right->slopes[i].limit);
        assert_number(left->slopes[i].confidence, right->slopes[i].confidence);
        assert_int_equal(left->slopes[i].cycles, right->slopes[i].cycles);
        assert_int_equal(left->slopes[i].first_cycle,
                         right->slopes[i].first_cycle);
    }
}

static void assert_under(const struct result_under *left,
                         const struct result_under *right) {
    assert_int_equal(left->given, right->given);
    if (!right->given) {
        return;
    }
    assert_text(left->tool, right->tool);
    assert_text(left->version, right->version);
    assert_int_equal(left->finds, right->finds);
    assert_int_equal(left->divisor, right->divisor);
    assert_text(left->scaling, right->scaling);
    assert_int_equal(left->still_reachable_bytes, right->still_reachable_bytes);
    assert_int_equal(left->possibly_lost_bytes, right->possibly_lost_bytes);
    assert_text(left->output, right->output);
}

static void assert_cell(const struct result_cell *left,
                        const struct result_cell *right) {
    assert_text(left->subject, right->subject);
    assert_text(left->label, right->label);
    assert_int_equal(left->reference, right->reference);
    assert_int_equal(left->block, right->block);
    assert_int_equal(left->outcome.state, right->outcome.state);
    assert_int_equal(left->outcome.signal, right->outcome.signal);
    assert_text(left->outcome.detail, right->outcome.detail);
    assert_int_equal(left->database.users, right->database.users);
    assert_int_equal(left->database.bytes, right->database.bytes);
    assert_number(left->database.generate_s, right->database.generate_s);
    assert_int_equal(left->database.cached, right->database.cached);
    assert_cell_parts(left, right);
    assert_under(&left->under, &right->under);
    assert_cycles(&left->cycles, &right->cycles);
    assert_usage(&left->resources.before, &right->resources.before);
    assert_usage(&left->resources.after, &right->resources.after);
    assert_usage(&left->resources.peak, &right->resources.peak);
    assert_number(left->cost.instructions, right->cost.instructions);
    assert_number(left->cost.allocations, right->cost.allocations);
    assert_number(left->cost.syscalls, right->cost.syscalls);
    assert_number(left->cost.context_switches, right->cost.context_switches);
    assert_text(left->error, right->error);
    assert_text(left->ledger_disputed, right->ledger_disputed);
}

static void assert_result(const struct result *left,
                          const struct result *right) {
    assert_text(left->version, right->version);
    assert_text(left->scenario.path, right->scenario.path);
    assert_text(left->scenario.title, right->scenario.title);
    assert_text(left->scenario.sha256, right->scenario.sha256);
    assert_text(left->scenario.text, right->scenario.text);
    assert_int_equal(left->seed, right->seed);
    assert_text(left->started_at, right->started_at);
    assert_int_equal(left->environment_count, right->environment_count);
    for (size_t i = 0; i < right->environment_count; i++) {
        assert_text(left->environment[i].name, right->environment[i].name);
        assert_text(left->environment[i].text, right->environment[i].text);
        if (right->environment[i].text == NULL) {
            assert_number(left->environment[i].number,
                          right->environment[i].number);
        }
    }
    assert_int_equal(left->verdict, right->verdict);
    assert_int_equal(left->expectations_count, right->expectations_count);
    for (size_t i = 0; i < right->expectations_count; i++) {
        const struct result_expectation *a = &left->expectations[i];
        const struct result_expectation *b = &right->expectations[i];
        assert_text(a->text, b->text);
        assert_int_equal(a->line, b->line);
        assert_int_equal(a->held, b->held);
        assert_text(a->measured, b->measured);
        assert_text(a->why, b->why);
    }
    assert_int_equal(left->audit_count, right->audit_count);
    for (size_t i = 0; i < right->audit_count; i++) {
        assert_text(left->audit[i].check, right->audit[i].check);
        assert_int_equal(left->audit[i].ok, right->audit[i].ok);
        assert_text(left->audit[i].detail, right->audit[i].detail);
    }
    assert_int_equal(left->cells_count, right->cells_count);
    for (size_t i = 0; i < right->cells_count; i++) {
        assert_cell(&left->cells[i], &right->cells[i]);
    }
}

static struct result *read_back(struct fixture *fixture) {
    struct result *result = NULL;
    const char *problem = NULL;
    if (result_json_read(fixture->text.bytes, fixture->text.size,
                         fixture->arena, &result, &problem) != 0) {
        fail_msg("%s", problem);
    }
    assert_null(problem);
    return result;
}

static struct result_cell read_cell(struct fixture *fixture, const char *json) {
    struct result_cell cell;
    const char *problem = NULL;
    if (result_json_read_cell(json, strlen(json), fixture->arena, &cell,
                              &problem) != 0) {
        fail_msg("%s", problem);
    }
    return cell;
}

static void assert_written(struct fixture *fixture, const char *part) {
    if (strstr(fixture->text.bytes, part) == NULL) {
        fail_msg("no %s in %s", part, fixture->text.bytes);
    }
}

static void a_result_comes_back_whole(void **state) {
    struct fixture *fixture = *state;
    result_json_write(&full_result, RESULT_JSON_INDENTED, &fixture->text);
    assert_result(read_back(fixture), &full_result);
}

static void a_cell_comes_back_whole(void **state) {
    struct fixture *fixture = *state;
    result_json_write_cell(&full_cell, &fixture->text);
    const struct result_cell cell = read_cell(fixture, fixture->text.bytes);
    assert_cell(&cell, &full_cell);
}

static void a_cell_of_which_nothing_is_known_comes_back_so(void **state) {
    struct fixture *fixture = *state;
    struct result_cell unknown;
    result_cell_init(&unknown);
    unknown.subject = "null";
    result_json_write_cell(&unknown, &fixture->text);
    const struct result_cell cell = read_cell(fixture, fixture->text.bytes);
    assert_cell(&cell, &unknown);
}

static void the_same_result_gives_the_same_bytes(void **state) {
    struct fixture *fixture = *state;
    result_json_write(&full_result, RESULT_JSON_INDENTED, &fixture->text);
    struct text again;
    text_init(&again);
    result_json_write(read_back(fixture), RESULT_JSON_INDENTED, &again);
    assert_string_equal(again.bytes, fixture->text.bytes);
    text_fini(&again);
}

static void a_line_is_one_line(void **state) {
    struct fixture *fixture = *state;
    result_json_write(&full_result, RESULT_JSON_LINE, &fixture->text);
    const char *end = strchr(fixture->text.bytes, '\n');
    assert_ptr_equal(end, fixture->text.bytes + fixture->text.size - 1);
    assert_result(read_back(fixture), &full_result);
}

static void fields_stand_in_the_order_of_the_schema(void **state) {
    struct fixture *fixture = *state;
    result_json_write(&full_result, RESULT_JSON_LINE, &fixture->text);
    static const char *const order[] = {
        "{\"schema\":\"plunge/1\",\"version\":\"0.1.0\",",
        "\"scenario\":{\"path\":",
        "\"seed\":9007199254740991,",
        "\"environment\":{\"kernel\":\"Linux 6.1\",\"cores\":2,",
        "\"verdict\":\"undecided\",\"expectations\":[{\"text\":",
        "\"held\":true,",
        "\"line\":null,\"held\":false,",
        "\"held\":null,\"measured\":null,\"why\":null}]",
        "\"parameters\":{\"pool.max\":4,\"load.keys\":\"uniform\",",
        "\"outcome\":{\"state\":\"over_limit\",\"signal\":9,",
        "\"latency_ns\":{\"count\":null,\"min\":null,\"mean\":null,",
        "\"stages_ns\":null,\"tail\":null,\"histogram\":null,",
        "\"steady\":null,\"series\":[]}",
        "\"latency_ns\":{\"count\":1000,\"min\":1,\"mean\":2.5,",
        "\"p99\":5,\"p99.9\":6,\"p99.99\":7,\"max\":8}",
        "\"lateness_ns\":{\"count\":1002,",
        "\"stages_ns\":{\"lag\":{\"count\":1003,",
        "\"callback\":{\"count\":1004,",
        "\"tail\":{\"percentile\":99.900000000000006,\"from_ns\":6,",
        "\"count\":10,\"mean_ns\":{\"lag\":1,\"queue\":2,\"pickup\":3,",
        "\"database\":null,\"handback\":5,\"callback\":6.5}}",
        "\"predicted_cycle\":22,\"predicted\":{\"resource\":\"threads\",",
        "\"exhausted\":{\"resource\":\"threads\",",
        "\"recovery\":{\"ok\":false,\"pools\":22,\"closed\":11,",
        "\"left_behind\":[{\"kind\":\"thread\",",
        "\"bytes\":null,\"cycle\":null,\"late_ms\":0,\"stack\":null}]",
        "\"upper_bound\":null,",
    };
    const char *from = fixture->text.bytes;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const char *found = strstr(from, order[i]);
        if (found == NULL) {
            fail_msg("no %s in %s", order[i], from);
        } else {
            from = found;
        }
    }
}

static void large_counts_keep_their_digits(void **state) {
    struct fixture *fixture = *state;
    struct result_cell cell = full_cell;
    cell.database.users = (UINT64_C(1) << 53) + 1;
    cell.database.bytes = RESULT_UNKNOWN - 1;
    result_json_write_cell(&cell, &fixture->text);
    assert_written(fixture, "\"users\":\"9007199254740993\"");
    const struct result_cell back = read_cell(fixture, fixture->text.bytes);
    assert_int_equal(back.database.users, cell.database.users);
    assert_int_equal(back.database.bytes, cell.database.bytes);
}

static void no_exhaustion_is_null(void **state) {
    struct fixture *fixture = *state;
    struct result_cell cell = full_cell;
    cell.cycles.exhausted.happened = false;
    cell.cycles.is_predicted = false;
    cell.cycles.recovery.tried = false;
    result_json_write_cell(&cell, &fixture->text);
    assert_written(fixture, "\"predicted\":null,\"exhausted\":null,"
                            "\"recovery\":null");
    const struct result_cell back = read_cell(fixture, fixture->text.bytes);
    assert_false(back.cycles.exhausted.happened);
    assert_false(back.cycles.is_predicted);
    assert_false(back.cycles.recovery.tried);
    assert_int_equal(back.cycles.predicted_cycle, 22);
}

static void bytes_that_are_no_text_are_replaced(void **state) {
    struct fixture *fixture = *state;
    struct result_cell cell = full_cell;
    cell.error = "a\xff\xc3(\xc3\xbc\xed\xa0\x80\xf0\x9f\x92\xa9\xe2\x82";
    result_json_write_cell(&cell, &fixture->text);
    const struct result_cell back = read_cell(fixture, fixture->text.bytes);
    assert_string_equal(back.error, "a\xef\xbf\xbd\xef\xbf\xbd(\xc3\xbc"
                                    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                                    "\xf0\x9f\x92\xa9\xef\xbf\xbd\xef\xbf\xbd");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_result_comes_back_whole),
        TEST(a_cell_comes_back_whole),
        TEST(a_cell_of_which_nothing_is_known_comes_back_so),
        TEST(the_same_result_gives_the_same_bytes),
        TEST(a_line_is_one_line),
        TEST(fields_stand_in_the_order_of_the_schema),
        TEST(large_counts_keep_their_digits),
        TEST(no_exhaustion_is_null),
        TEST(bytes_that_are_no_text_are_replaced),
    };
    return SUITE_RUN(tests, argc, argv);
}
