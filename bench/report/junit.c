/* SPDX-License-Identifier: Apache-2.0 */
#include "report/junit.h"

#include <inttypes.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/text.h"
#include "report/cases.h"
#include "report/escape.h"
#include "report/name.h"

struct suite {
    const struct result *result;
    const char *name;
    const struct test_case *cases;
    size_t cases_count;
};

struct sums {
    size_t tests;
    size_t of[CASE_OPEN + 1];
    double time_s;
};

static void add_up(const struct suite *suite, struct sums *sums) {
    for (size_t i = 0; i < suite->cases_count; i++) {
        sums->tests++;
        sums->of[suite->cases[i].state]++;
        sums->time_s += suite->cases[i].time_s;
    }
}

static void append_attribute(struct text *text, const char *name,
                             const char *value) {
    text_format(text, " %s=\"", name);
    escape_xml(text, value);
    text_append(text, "\"");
}

static void append_sums(struct text *text, const struct sums *sums) {
    text_format(text,
                " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
                "skipped=\"%zu\" time=\"%.3f\"",
                sums->tests, sums->of[CASE_FAILED], sums->of[CASE_ERROR],
                sums->of[CASE_OPEN], sums->time_s);
}

static void append_property(struct text *text, const char *name,
                            const char *value) {
    text_append(text, "   <property");
    append_attribute(text, "name", name);
    append_attribute(text, "value", value);
    text_append(text, "/>\n");
}

static void append_properties(const struct suite *suite, struct arena *arena,
                              struct text *text) {
    const struct result *result = suite->result;
    text_append(text, "  <properties>\n");
    append_property(text, "plunge",
                    result->version == NULL ? "" : result->version);
    if (result->merge.given) {
        append_property(text, "shards", name_of_seeds(result, arena));
    } else {
        append_property(text, "seed",
                        arena_format(arena, "%" PRIu64, result->seed));
    }
    append_property(text, "verdict", result_verdict_name(result->verdict));
    append_property(text, "command", name_of_command(result, arena));
    text_append(text, "  </properties>\n");
}

/* GitLab has shown the body, others show the message: both say all of it. */
static void append_answer(const struct suite *suite,
                          const struct test_case *item, struct arena *arena,
                          struct text *text) {
    static const char *const elements[] = {
        [CASE_FAILED] = "failure",
        [CASE_ERROR] = "error",
        [CASE_OPEN] = "skipped",
    };
    const char *element = elements[item->state];
    const char *message = case_message(item, arena);
    text_format(text, "   <%s", element);
    append_attribute(text, "message", message);
    if (item->state == CASE_OPEN) {
        text_append(text, "/>\n");
        return;
    }
    append_attribute(text, "type",
                     item->state == CASE_ERROR ? "measurement" : "promise");
    text_append(text, ">");
    escape_xml(text, item->name);
    text_append(text, "\n");
    escape_xml(text, message);
    text_append(text, "\n\n");
    escape_xml(text, name_of_command(suite->result, arena));
    text_format(text, "\n</%s>\n", element);
}

static void append_case(const struct suite *suite, const struct test_case *item,
                        struct arena *arena, struct text *text) {
    const char *path = suite->result->scenario.path;
    text_append(text, "  <testcase");
    append_attribute(
        text, "classname",
        *item->group == '\0'
            ? suite->name
            : arena_format(arena, "%s.%s", suite->name, item->group));
    append_attribute(text, "name", item->name);
    if (path != NULL && *path != '\0') {
        append_attribute(text, "file", path);
    }
    if (item->line != 0) {
        text_format(text, " line=\"%u\"", item->line);
    }
    text_format(text, " time=\"%.3f\"", item->time_s);
    if (item->state == CASE_GOOD) {
        text_append(text, "/>\n");
        return;
    }
    text_append(text, ">\n");
    append_answer(suite, item, arena, text);
    text_append(text, "  </testcase>\n");
}

/* "2026-09-24T10:00:00": with a zone, some readers refuse it. */
#define STAMP_SIZE 19

static void append_suite(const struct suite *suite, struct arena *arena,
                         struct text *text) {
    const char *started_at = suite->result->started_at;
    struct sums sums = {.tests = 0};
    add_up(suite, &sums);
    text_append(text, " <testsuite");
    append_attribute(text, "name", suite->name);
    append_sums(text, &sums);
    if (started_at != NULL && *started_at != '\0') {
        append_attribute(text, "timestamp",
                         arena_format(arena, "%.*s", STAMP_SIZE, started_at));
    }
    text_append(text, ">\n");
    append_properties(suite, arena, text);
    for (size_t i = 0; i < suite->cases_count; i++) {
        append_case(suite, &suite->cases[i], arena, text);
    }
    text_append(text, " </testsuite>\n");
}

void junit_write(const struct result *const *results, size_t results_count,
                 struct arena *arena, struct text *text) {
    struct suite *suites = arena_alloc(arena, results_count * sizeof *suites);
    struct sums sums = {.tests = 0};
    for (size_t i = 0; i < results_count; i++) {
        suites[i].result = results[i];
        suites[i].name = name_of_scenario(results[i], arena);
        suites[i].cases = case_list(results[i], arena, &suites[i].cases_count);
        add_up(&suites[i], &sums);
    }
    text_append(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                      "<testsuites name=\"plunge\"");
    append_sums(text, &sums);
    text_append(text, ">\n");
    for (size_t i = 0; i < results_count; i++) {
        append_suite(&suites[i], arena, text);
    }
    text_append(text, "</testsuites>\n");
}
