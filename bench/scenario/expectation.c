/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/expectation.h"

#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "scenario/grammar.h"
#include "scenario/problem.h"
#include "scenario/source.h"
#include "scenario/suggest.h"
#include "scenario/token.h"
#include "scenario/unit.h"

#define ITEMS_COUNT(array) (sizeof(array) / sizeof *(array))
#define MILLION 1e6

struct parser {
    const char *text;
    size_t offset; /* behind the token */
    struct token token;
    struct arena *arena;
    const struct grammar_metric *metric;
    const char *name; /* of the metric, as it is written */
    struct expectation *expectation;
    struct expectation_problem *problem;
};

/* In the order of the enum. */
static const char *const operators[] = {"==", "!=", "<", "<=", ">", ">="};

/* What people write for them. */
static const struct {
    const char *slip;
    const char *meant;
} operator_slips[] = {
    {"=", "=="},
    {"===", "=="},
    {"=<", "<="},
    {"=>", ">="},
    {"<>", "!="},
    {"!", "!="},
    {"\xe2\x89\xa4", "<="} /* U+2264 */,
    {"\xe2\x89\xa5", ">="} /* U+2265 */,
    {"\xe2\x89\xa0", "!="} /* U+2260 */,
};

static const struct {
    const char *name;
    enum scenario_subject subject;
} subjects[] = {
    {"dbpool", SCENARIO_DBPOOL},
    {"direct", SCENARIO_DIRECT},
    {"uvwork", SCENARIO_UVWORK},
    {"null", SCENARIO_NULL},
};

static const char *const resources[] = {"threads", "fds", "memory"};

static void advance(struct parser *parser) {
    parser->token = token_next(parser->text, &parser->offset, parser->arena);
}

__attribute__((format(printf, 3, 4))) static int
fail(struct parser *parser, const char *advice, const char *format, ...) {
    va_list list;
    va_start(list, format);
    *parser->problem = (struct expectation_problem){
        .offset = source_characters_count(parser->text, parser->token.offset),
        .message = arena_vformat(parser->arena, format, list),
        .advice = advice,
    };
    va_end(list);
    return -1;
}

/* expected @what, got the token */
static int fail_expected(struct parser *parser, const char *advice,
                         const char *what) {
    if (parser->token.kind == TOKEN_END) {
        return fail(parser, advice, "expected %s, got the end of the line",
                    what);
    }
    return fail(parser, advice, "expected %s, got %s", what,
                problem_quoted(parser->arena, parser->token.text));
}

static bool is_word(const struct parser *parser, const char *word) {
    return parser->token.kind == TOKEN_WORD &&
           strcmp(parser->token.text, word) == 0;
}

static bool is_mark(const struct parser *parser, const char *mark) {
    return parser->token.kind == TOKEN_MARK &&
           strcmp(parser->token.text, mark) == 0;
}

static bool has(const struct parser *parser, enum grammar_trait trait) {
    return (parser->metric->traits & trait) != 0;
}

static int parse_metric(struct parser *parser) {
    const char *advice = NULL;
    if (parser->token.kind != TOKEN_WORD) {
        return fail_expected(parser, NULL, "a metric such as p99");
    }
    parser->metric = grammar_find(parser->token.text, parser->arena,
                                  parser->expectation, &advice);
    if (parser->metric == NULL) {
        return fail(parser, advice, "unknown metric %s",
                    problem_quoted(parser->arena, parser->token.text));
    }
    parser->name = parser->token.text;
    advance(parser);
    return 0;
}

static int parse_phase(struct parser *parser) {
    if (!is_word(parser, "in")) {
        return 0;
    }
    if (!has(parser, GRAMMAR_IN_PHASE)) {
        return fail(parser, "leave it out: the figure is that of all phases",
                    "%s has no \"in PHASE\"", parser->name);
    }
    advance(parser);
    if (parser->token.kind != TOKEN_WORD) {
        return fail_expected(parser, NULL, "the name of a phase");
    }
    parser->expectation->phase = parser->token.text;
    advance(parser);
    return 0;
}

static int parse_per_cycle(struct parser *parser) {
    if (!is_word(parser, "per")) {
        return 0;
    }
    if (!has(parser, GRAMMAR_PER_CYCLE)) {
        return fail(parser, "there are threads, fds, rss and heap per cycle",
                    "%s has no \"per cycle\"", parser->name);
    }
    advance(parser);
    if (!is_word(parser, "cycle")) {
        return fail_expected(parser, NULL, "\"cycle\" after \"per\"");
    }
    parser->expectation->per_cycle = true;
    advance(parser);
    return 0;
}

/* not worse than baseline by 5% */
static int parse_baseline(struct parser *parser) {
    static const char *const words[] = {"not", "worse", "than", "baseline",
                                        "by"};
    if (!has(parser, GRAMMAR_BASELINE) || parser->expectation->per_cycle) {
        return fail(parser, "there is ==, !=, <, <=, >, >=",
                    "%s%s is not compared with a baseline", parser->name,
                    parser->expectation->per_cycle ? " per cycle" : "");
    }
    for (size_t i = 0; i < ITEMS_COUNT(words); i++) {
        if (!is_word(parser, words[i])) {
            return fail_expected(parser, NULL,
                                 "\"not worse than baseline by\" a share");
        }
        advance(parser);
    }
    uint64_t millionths = 0;
    if (parser->token.kind != TOKEN_NUMBER ||
        unit_share(parser->token.text, &millionths) != UNIT_OK) {
        return fail_expected(parser, NULL, "a share such as 5%");
    }
    parser->expectation->operand = EXPECTATION_BASELINE;
    parser->expectation->value = (double)millionths / MILLION;
    advance(parser);
    return 0;
}

static int parse_operator(struct parser *parser) {
    const char *text = parser->token.text;
    for (size_t i = 0; i < ITEMS_COUNT(operators); i++) {
        if (strcmp(operators[i], text) == 0 &&
            parser->token.kind == TOKEN_OPERATOR) {
            parser->expectation->op = (enum expectation_operator)i;
            advance(parser);
            return 0;
        }
    }
    const char *advice = "there is ==, !=, <, <=, >, >=";
    for (size_t i = 0; i < ITEMS_COUNT(operator_slips); i++) {
        if (strcmp(operator_slips[i].slip, text) == 0) {
            advice = arena_format(parser->arena, "did you mean \"%s\"?",
                                  operator_slips[i].meant);
        }
    }
    return fail_expected(parser, advice, "an operator such as ==");
}

/* What may stand on the right: for people (@text), and as @words. */
static size_t list_operands(
    const struct parser *parser, struct text *text,
    const char *words[ITEMS_COUNT(subjects) + ITEMS_COUNT(resources) + 2]) {
    size_t count = 0;
    const char *example = grammar_unit_example(parser->metric->unit);
    text_append(text, example);
    if (has(parser, GRAMMAR_SUBJECT)) {
        text_append(text, " or 0.8 * direct");
        for (size_t i = 0; i < ITEMS_COUNT(subjects); i++) {
            words[count++] = subjects[i].name;
        }
    }
    if (has(parser, GRAMMAR_PREDICTED)) {
        text_append(text, " or predicted");
        words[count++] = "predicted";
    }
    if (has(parser, GRAMMAR_RESOURCE)) {
        text_append(text, "threads, fds, memory");
        for (size_t i = 0; i < ITEMS_COUNT(resources); i++) {
            words[count++] = resources[i];
        }
    }
    if (has(parser, GRAMMAR_NOTHING)) {
        text_append(text, " or nothing");
        words[count++] = "nothing";
    }
    if (has(parser, GRAMMAR_KINDS)) {
        text_append(text, " or {pool: 1, thread: any}");
    }
    if (has(parser, GRAMMAR_WORDS)) {
        text_append(text, "a quoted text such as \"can't start new thread\"");
    }
    return count;
}

static int fail_operand(struct parser *parser) {
    const char *words[ITEMS_COUNT(subjects) + ITEMS_COUNT(resources) + 2];
    struct text text;
    text_init(&text);
    const size_t count = list_operands(parser, &text, words);
    const char *advice = NULL;
    if (parser->token.kind == TOKEN_WORD) {
        advice =
            suggest_advice(parser->arena, parser->token.text, words, count);
    }
    const int status =
        fail_expected(parser, advice, arena_text(parser->arena, text.bytes));
    text_fini(&text);
    return status;
}

static int parse_subject(struct parser *parser, double factor) {
    for (size_t i = 0; i < ITEMS_COUNT(subjects); i++) {
        if (is_word(parser, subjects[i].name)) {
            parser->expectation->operand = EXPECTATION_SUBJECT;
            parser->expectation->subject = subjects[i].subject;
            parser->expectation->value = factor;
            advance(parser);
            return 0;
        }
    }
    return fail_operand(parser);
}

/* 50ms, or the 0.8 of 0.8 * direct */
static int parse_number(struct parser *parser) {
    struct expectation *expectation = parser->expectation;
    const struct token number = parser->token;
    const size_t behind = parser->offset;
    advance(parser);
    double value = 0;
    if (is_mark(parser, "*") && has(parser, GRAMMAR_SUBJECT)) {
        if (unit_number(number.text, &value) != UNIT_OK) {
            parser->token = number;
            return fail_expected(parser, NULL, "a number such as 0.8");
        }
        advance(parser);
        return parse_subject(parser, value);
    }
    enum grammar_unit unit = parser->metric->unit;
    if (unit == GRAMMAR_COUNT && expectation->per_cycle) {
        unit = GRAMMAR_NUMBER; /* a slope has a fraction */
    }
    if (!grammar_value(unit, number.text, &value)) {
        parser->token = number;
        parser->offset = behind;
        return fail_operand(parser);
    }
    expectation->operand = EXPECTATION_VALUE;
    expectation->value = value;
    return 0;
}

static int parse_kind(struct parser *parser) {
    struct expectation *expectation = parser->expectation;
    struct expectation_kind entry = {.count = EXPECTATION_ANY};
    const char *names[RESULT_KINDS_COUNT];
    for (int i = 0; i < RESULT_KINDS_COUNT; i++) {
        names[i] = result_kind_name((enum result_kind)i);
    }
    if (parser->token.kind != TOKEN_WORD ||
        !result_kind_parse(parser->token.text, &entry.kind)) {
        return fail_expected(parser,
                             suggest_advice(parser->arena, parser->token.text,
                                            names, RESULT_KINDS_COUNT),
                             "a kind such as thread");
    }
    for (size_t i = 0; i < expectation->kinds_count; i++) {
        if (expectation->kinds[i].kind == entry.kind) {
            return fail(parser, NULL, "\"%s\" is given twice",
                        parser->token.text);
        }
    }
    advance(parser);
    if (!is_mark(parser, ":")) {
        return fail_expected(parser, NULL, "\":\" and a count");
    }
    advance(parser);
    if (!is_word(parser, "any") &&
        (parser->token.kind != TOKEN_NUMBER ||
         unit_count(parser->token.text, &entry.count) != UNIT_OK)) {
        return fail_expected(parser, NULL, "a count such as 3, or any");
    }
    advance(parser);
    expectation->kinds =
        arena_more(parser->arena, expectation->kinds, expectation->kinds_count,
                   sizeof *expectation->kinds);
    expectation->kinds[expectation->kinds_count++] = entry;
    return 0;
}

/* {pool: 1, thread: any} */
static int parse_kinds(struct parser *parser) {
    do {
        advance(parser);
        if (parse_kind(parser) != 0) {
            return -1;
        }
    } while (is_mark(parser, ","));
    if (!is_mark(parser, "}")) {
        return fail_expected(parser, NULL, "\",\" or \"}\"");
    }
    parser->expectation->operand = EXPECTATION_MAP;
    advance(parser);
    return 0;
}

static int take(struct parser *parser, enum expectation_operand operand) {
    parser->expectation->operand = operand;
    parser->expectation->word =
        operand == EXPECTATION_RESOURCE || operand == EXPECTATION_WORDS
            ? parser->token.text
            : NULL;
    advance(parser);
    return 0;
}

static int parse_operand(struct parser *parser) {
    if (parser->token.kind == TOKEN_NUMBER) {
        return parse_number(parser);
    }
    if (is_mark(parser, "{") && has(parser, GRAMMAR_KINDS)) {
        return parse_kinds(parser);
    }
    if (parser->token.kind == TOKEN_STRING && has(parser, GRAMMAR_WORDS)) {
        return take(parser, EXPECTATION_WORDS);
    }
    if (is_word(parser, "nothing") && has(parser, GRAMMAR_NOTHING)) {
        return take(parser, EXPECTATION_NOTHING);
    }
    if (is_word(parser, "predicted") && has(parser, GRAMMAR_PREDICTED)) {
        return take(parser, EXPECTATION_PREDICTED);
    }
    for (size_t i = 0; i < ITEMS_COUNT(resources); i++) {
        if (is_word(parser, resources[i]) && has(parser, GRAMMAR_RESOURCE)) {
            return take(parser, EXPECTATION_RESOURCE);
        }
    }
    return has(parser, GRAMMAR_SUBJECT) ? parse_subject(parser, 1)
                                        : fail_operand(parser);
}

/* Words and kinds are equal or not; none is more than another. */
static bool is_ordered(const struct expectation *expectation) {
    return expectation->operand == EXPECTATION_VALUE ||
           expectation->operand == EXPECTATION_SUBJECT ||
           expectation->operand == EXPECTATION_PREDICTED;
}

static int parse_comparison(struct parser *parser) {
    const struct expectation *expectation = parser->expectation;
    const struct token op = parser->token;
    if (parse_operator(parser) != 0 || parse_operand(parser) != 0) {
        return -1;
    }
    if (!is_ordered(expectation) && expectation->op != EXPECTATION_EQ &&
        expectation->op != EXPECTATION_NE) {
        parser->token = op;
        return fail_expected(parser, NULL, "== or !=");
    }
    return 0;
}

int expectation_parse(const char *text, struct arena *arena,
                      struct expectation *expectation_out,
                      struct expectation_problem *problem_out) {
    struct expectation expectation = {.text = arena_text(arena, text)};
    struct parser parser = {.text = expectation.text,
                            .arena = arena,
                            .expectation = &expectation,
                            .problem = problem_out};
    advance(&parser);
    if (parse_metric(&parser) != 0 || parse_phase(&parser) != 0 ||
        parse_per_cycle(&parser) != 0) {
        return -1;
    }
    const int status = is_word(&parser, "not") ? parse_baseline(&parser)
                                               : parse_comparison(&parser);
    if (status != 0) {
        return -1;
    }
    if (parser.token.kind != TOKEN_END) {
        return fail_expected(&parser, "one line, one expectation",
                             "the end of the line");
    }
    *expectation_out = expectation;
    return 0;
}

const char *expectation_operator_name(enum expectation_operator op) {
    return operators[op];
}
