/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/grammar.h"

#include <string.h>

#include "base/arena.h"
#include "scenario/suggest.h"
#include "scenario/unit.h"

#define ITEMS_COUNT(array) (sizeof(array) / sizeof *(array))
#define NAMES_MAX 64

#define FIGURE (GRAMMAR_SUBJECT | GRAMMAR_BASELINE)
#define TIMING (GRAMMAR_IN_PHASE | FIGURE)
#define COUNTED (GRAMMAR_IN_PHASE | GRAMMAR_BASELINE)
#define USAGE (GRAMMAR_PER_CYCLE | FIGURE)

static const struct grammar_metric metrics[] = {
    {"throughput", EXPECTATION_THROUGHPUT, GRAMMAR_RATE, TIMING},
    {"errors", EXPECTATION_ERRORS, GRAMMAR_COUNT, COUNTED},
    {"wrong", EXPECTATION_WRONG, GRAMMAR_COUNT, COUNTED},
    {"rejected", EXPECTATION_REJECTED, GRAMMAR_COUNT, COUNTED},
    {"completed", EXPECTATION_COMPLETED, GRAMMAR_COUNT, COUNTED},
    {"left_behind", EXPECTATION_LEFT_BEHIND, GRAMMAR_COUNT,
     GRAMMAR_NOTHING | GRAMMAR_KINDS | GRAMMAR_BASELINE},
    {"threads", EXPECTATION_THREADS, GRAMMAR_COUNT, USAGE},
    {"fds", EXPECTATION_FDS, GRAMMAR_COUNT, USAGE},
    {"rss", EXPECTATION_RSS, GRAMMAR_SIZE, USAGE},
    {"heap", EXPECTATION_HEAP, GRAMMAR_SIZE, USAGE},
    {"exhausted", EXPECTATION_EXHAUSTED, GRAMMAR_NONE,
     GRAMMAR_NOTHING | GRAMMAR_RESOURCE},
    {"exhausted_at", EXPECTATION_EXHAUSTED_AT, GRAMMAR_COUNT,
     GRAMMAR_PREDICTED},
    {"error", EXPECTATION_ERROR, GRAMMAR_NONE, GRAMMAR_WORDS},
    {"duration", EXPECTATION_DURATION, GRAMMAR_DURATION, TIMING},
    {"instructions", EXPECTATION_INSTRUCTIONS, GRAMMAR_NUMBER, FIGURE},
    {"allocations", EXPECTATION_ALLOCATIONS, GRAMMAR_NUMBER, FIGURE},
    {"syscalls", EXPECTATION_SYSCALLS, GRAMMAR_NUMBER, FIGURE},
    {"context_switches", EXPECTATION_CONTEXT_SWITCHES, GRAMMAR_NUMBER, FIGURE},
};

static const struct grammar_metric latency = {"latency", EXPECTATION_LATENCY,
                                              GRAMMAR_DURATION, TIMING};
static const struct grammar_metric service = {"service", EXPECTATION_SERVICE,
                                              GRAMMAR_DURATION, TIMING};
static const struct grammar_metric one_kind = {
    "left_behind", EXPECTATION_LEFT_BEHIND, GRAMMAR_COUNT,
    GRAMMAR_NOTHING | GRAMMAR_BASELINE};

/* In the order of the enum. */
static const char *const statistics[] = {"p50",    "p90", "p99", "p99.9",
                                         "p99.99", "max", "min", "mean"};

static const struct {
    const char *text;
} examples[] = {
    [GRAMMAR_NONE] = {""},
    [GRAMMAR_COUNT] = {"a count such as 10k"},
    [GRAMMAR_NUMBER] = {"a number such as 2.5"},
    [GRAMMAR_DURATION] = {"a duration such as 50ms"},
    [GRAMMAR_SIZE] = {"a size such as 64MiB"},
    [GRAMMAR_RATE] = {"a rate such as 50k/s"},
};

static bool find_statistic(const char *word,
                           enum expectation_statistic *statistic_out) {
    for (size_t i = 0; i < ITEMS_COUNT(statistics); i++) {
        if (strcmp(statistics[i], word) == 0) {
            *statistic_out = (enum expectation_statistic)i;
            return true;
        }
    }
    return false;
}

/* What @word has behind @prefix; NULL: it begins otherwise. */
static const char *behind(const char *word, const char *prefix) {
    const size_t size = strlen(prefix);
    return strncmp(word, prefix, size) == 0 ? word + size : NULL;
}

static const char *advise(const char *word, struct arena *arena) {
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < ITEMS_COUNT(metrics); i++) {
        names[count++] = metrics[i].name;
    }
    for (size_t i = 0; i < ITEMS_COUNT(statistics); i++) {
        names[count++] = statistics[i];
        names[count++] = arena_format(arena, "service.%s", statistics[i]);
    }
    for (int kind = 0; kind < RESULT_KINDS_COUNT && count < NAMES_MAX; kind++) {
        names[count++] = arena_format(arena, "left_behind.%s",
                                      result_kind_name((enum result_kind)kind));
    }
    const char *advice = suggest_advice(arena, word, names, count);
    return advice != NULL
               ? advice
               : "there are throughput, p50 to p99.99, max, min, mean, "
                 "service.p99, errors, wrong, rejected, completed, "
                 "left_behind, threads, fds, rss, heap, exhausted, "
                 "exhausted_at, error, duration, instructions, allocations, "
                 "syscalls, context_switches";
}

static const struct grammar_metric *find(const char *word,
                                         struct expectation *expectation) {
    const char *rest = NULL;
    if (find_statistic(word, &expectation->statistic)) {
        return &latency;
    }
    rest = behind(word, "service.");
    if (rest != NULL && find_statistic(rest, &expectation->statistic)) {
        return &service;
    }
    rest = behind(word, "left_behind.");
    if (rest != NULL && result_kind_parse(rest, &expectation->kind)) {
        expectation->kind_given = true;
        return &one_kind;
    }
    for (size_t i = 0; i < ITEMS_COUNT(metrics); i++) {
        if (strcmp(metrics[i].name, word) == 0) {
            return &metrics[i];
        }
    }
    return NULL;
}

const struct grammar_metric *grammar_find(const char *word, struct arena *arena,
                                          struct expectation *expectation,
                                          const char **advice_out) {
    const struct grammar_metric *metric = find(word, expectation);
    if (metric == NULL) {
        *advice_out = advise(word, arena);
        return NULL;
    }
    expectation->metric = metric->metric;
    return metric;
}

bool grammar_value(enum grammar_unit unit, const char *text,
                   double *value_out) {
    uint64_t exact = 0;
    enum unit_status status = UNIT_MALFORMED;
    switch (unit) {
    case GRAMMAR_NONE:
        return false;
    case GRAMMAR_NUMBER:
        return unit_number(text, value_out) == UNIT_OK;
    case GRAMMAR_COUNT:
        status = unit_count(text, &exact);
        break;
    case GRAMMAR_DURATION:
        status = unit_duration(text, &exact);
        break;
    case GRAMMAR_SIZE:
        status = unit_size(text, &exact);
        break;
    case GRAMMAR_RATE:
        status = unit_rate(text, &exact);
        break;
    }
    if (status != UNIT_OK) {
        return false;
    }
    *value_out = (double)exact;
    return true;
}

const char *grammar_unit_example(enum grammar_unit unit) {
    return examples[unit].text;
}
