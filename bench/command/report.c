/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/text.h"
#include "command/command.h"
#include "command/rejudge.h"
#include "command/saved.h"
#include "measure/shards.h"
#include "report/format.h"
#include "report/name.h"
#include "report/summary.h"
#include "scenario/suggest.h"

static const char usage[] =
    "usage: plunge report [OPTION...] RESULT...\n\n"
    "Renders saved results again, to standard output: the same bytes that the\n"
    "run wrote. RESULT is a result.json, or the folder of a run.\n\n"
    "  -f, --format FORMAT  any of those that `--format list` lists; without "
    "it,\n"
    "                       the summary\n"
    "      --expect LINE    judge anew by this instead of what the scenario\n"
    "                       expects, and exit by the verdict; repeatable:\n"
    "                       --expect 'p99 < 5ms' --expect 'errors == 0'\n"
    "      --merge HOW      RESULTs are shards of one run, and become one "
    "result:\n"
    "                       `blocks`, each has run some of the blocks or "
    "cells, "
    "or\n"
    "                       `sum`, each was a part of one load; judged anew\n"
    "      --no-color       (or the environment's NO_COLOR)\n"
    "      --help           this text\n\n"
    "Exit status: 0; 2 the command line or a result is wrong, 3 one cannot be\n"
    "read. With --expect or --merge also 1 an expectation fails, 3 what was "
    "measured is\n"
    "not whole, 4 undecided.\n";

enum {
    OPTION_EXPECT = 256,
    OPTION_MERGE,
    OPTION_NO_COLOR,
};

static const struct option options[] = {
    {"format", required_argument, NULL, 'f'},
    {"expect", required_argument, NULL, OPTION_EXPECT},
    {"merge", required_argument, NULL, OPTION_MERGE},
    {"no-color", no_argument, NULL, OPTION_NO_COLOR},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

typedef int (*merge_fn)(const struct shard *shards, size_t shards_count,
                        struct arena *arena, struct result **result_out,
                        const char **problem_out);

struct session {
    struct arena *arena;
    const struct format *format; /* NULL: the summary, for who reads it here */
    const char **lines;          /* of --expect */
    size_t lines_count;
    merge_fn merge; /* NULL: each by itself */
    struct result **results;
    size_t results_count;
    bool color;
    bool lists;
    bool help;
};

static int refuse_format(struct arena *arena, const char *name) {
    size_t count = 0;
    const struct format *formats = format_list(&count);
    const char **names = arena_alloc(arena, count * sizeof *names);
    struct text known;
    text_init(&known);
    for (size_t i = 0; i < count; i++) {
        names[i] = formats[i].name;
        text_format(&known, "%s%s", i == 0 ? "" : ", ", names[i]);
    }
    const char *advice = suggest_advice(arena, name, names, count);
    const int status = command_wrong_value(
        "--format", name,
        arena_format(arena, "one of %s%s%s", known.bytes,
                     advice == NULL ? "" : "; ", advice == NULL ? "" : advice));
    text_fini(&known);
    return status;
}

static int set_format(struct session *session, const char *name) {
    session->lists = strcmp(name, "list") == 0;
    session->format = format_find(name);
    return session->lists || session->format != NULL
               ? COMMAND_OK
               : refuse_format(session->arena, name);
}

static int set_merge(struct session *session, const char *how) {
    session->merge = strcmp(how, "blocks") == 0 ? shards_join_blocks
                     : strcmp(how, "sum") == 0  ? shards_add
                                                : NULL;
    return session->merge != NULL
               ? COMMAND_OK
               : command_wrong_value("--merge", how, "blocks or sum");
}

static int set_option(struct session *session, int option) {
    switch (option) {
    case 'f':
        return set_format(session, optarg);
    case OPTION_EXPECT:
        session->lines =
            arena_more(session->arena, session->lines, session->lines_count,
                       sizeof *session->lines);
        session->lines[session->lines_count++] = optarg;
        return COMMAND_OK;
    case OPTION_MERGE:
        return set_merge(session, optarg);
    case OPTION_NO_COLOR:
        session->color = false;
        return COMMAND_OK;
    case 'h':
        session->help = true;
        return COMMAND_OK;
    default:
        return command_usage_error("report");
    }
}

static int parse(struct session *session, int argc, char **argv) {
    int option;
    int status = COMMAND_OK;
    while (status == COMMAND_OK && !session->help &&
           (option = getopt_long(argc, argv, "f:h", options, NULL)) != -1) {
        status = set_option(session, option);
    }
    if (status == COMMAND_OK && !session->help && !session->lists &&
        optind == argc) {
        (void)fprintf(stderr, "plunge: report: name at least one result\n");
        status = COMMAND_WRONG_INPUT;
    }
    return status;
}

static void print_formats(void) {
    size_t count = 0;
    const struct format *formats = format_list(&count);
    for (size_t i = 0; i < count; i++) {
        printf("%-18s %-12s %s\n", formats[i].name,
               formats[i].file == NULL ? "-" : formats[i].file,
               formats[i].what);
    }
}

static int read_all(struct session *session, char **paths, size_t count) {
    int status = COMMAND_OK;
    session->results =
        arena_alloc(session->arena, count * sizeof *session->results);
    for (size_t i = 0; i < count; i++) {
        status = command_worse(
            status, saved_read(paths[i], session->arena, &session->results[i]));
    }
    session->results_count = count;
    return status;
}

/* All of them are one from here on. */
static int merge_all(struct session *session, char **paths) {
    const size_t count = session->results_count;
    struct shard *shards = arena_alloc(session->arena, count * sizeof *shards);
    const char *problem = NULL;
    for (size_t i = 0; i < count; i++) {
        shards[i] = (struct shard){paths[i], session->results[i]};
    }
    if (count < 2) {
        (void)fprintf(stderr,
                      "plunge: --merge: %s is one result: name all of "
                      "the shards\n",
                      paths[0]);
        return COMMAND_WRONG_INPUT;
    }
    if (session->merge(shards, count, session->arena, &session->results[0],
                       &problem) != 0) {
        (void)fprintf(stderr, "plunge: %s\n", problem);
        return COMMAND_WRONG_INPUT;
    }
    session->results_count = 1;
    return COMMAND_OK;
}

static int judge_all(struct session *session, char **paths) {
    const struct rejudge by = {
        .lines = session->lines,
        .lines_count = session->lines_count,
    };
    int status = COMMAND_OK;
    for (size_t i = 0; i < session->results_count; i++) {
        struct result *result = session->results[i];
        if (rejudge(&by, paths[i], session->arena, result) != COMMAND_OK) {
            return COMMAND_WRONG_INPUT;
        }
        status = command_worse(status, command_verdict_status(result->verdict));
    }
    return status;
}

/* As the run printed them. */
static void write_summaries(const struct session *session, struct text *text) {
    const struct result *const *results =
        (const struct result *const *)session->results;
    for (size_t i = 0; i < session->results_count; i++) {
        summary_write(results[i], session->color, text);
    }
    if (session->results_count > 1) {
        summary_table(results, session->results_count, session->color, text);
    }
}

static void print_all(const struct session *session) {
    struct text text;
    text_init(&text);
    if (session->format == NULL) {
        write_summaries(session, &text);
    } else {
        format_append(session->format,
                      (const struct result *const *)session->results,
                      session->results_count, session->arena, &text);
    }
    (void)fwrite(text.bytes, 1, text.size, stdout);
    text_fini(&text);
}

/* ---- What a format cannot be made of -------------------------------------*/

static bool lacks_histogram(const struct result_phase *phase) {
    return phase->measured && phase->latency.count != 0 &&
           phase->histogram == NULL;
}

static int refuse_without_histogram(const char *format, const char *path,
                                    const struct result *result) {
    for (size_t i = 0; i < result->cells_count; i++) {
        const struct result_cell *cell = &result->cells[i];
        for (size_t j = 0; j < cell->phases_count; j++) {
            if (lacks_histogram(&cell->phases[j])) {
                (void)fprintf(stderr,
                              "plunge: %s: cells[%zu].phases[%zu].histogram: "
                              "expected a histogram, got nothing: --format %s "
                              "is made of them\n",
                              path, i, j, format);
                return COMMAND_WRONG_INPUT;
            }
        }
    }
    return COMMAND_OK;
}

/* Whoever reads them tells results apart by their scenarios. */
static int refuse_namesakes(const struct session *session, char **paths) {
    for (size_t i = 0; i < session->results_count; i++) {
        for (size_t j = 0; j < i; j++) {
            const char *name =
                name_of_scenario(session->results[i], session->arena);
            if (strcmp(name, name_of_scenario(session->results[j],
                                              session->arena)) == 0) {
                (void)fprintf(stderr,
                              "plunge: %s and %s are both of %s: in one text "
                              "nobody could tell them apart\n",
                              paths[j], paths[i], name);
                return COMMAND_WRONG_INPUT;
            }
        }
    }
    return COMMAND_OK;
}

static int check_format(const struct session *session, char **paths) {
    const struct format *format = session->format;
    if (format == NULL) {
        return COMMAND_OK;
    }
    if (format->write_all == NULL && session->results_count > 1) {
        (void)fprintf(stderr,
                      "plunge: --format %s is of one result: name one\n",
                      format->name);
        return COMMAND_WRONG_INPUT;
    }
    int status = strcmp(format->name, "summary") == 0
                     ? COMMAND_OK
                     : refuse_namesakes(session, paths);
    for (size_t i = 0; status == COMMAND_OK && format->of_histograms &&
                       i < session->results_count;
         i++) {
        status = refuse_without_histogram(format->name, paths[i],
                                          session->results[i]);
    }
    return status;
}

static int report(struct session *session, int argc, char **argv) {
    int status = parse(session, argc, argv);
    if (status != COMMAND_OK) {
        return status;
    }
    if (session->help || session->lists) {
        session->help ? (void)fputs(usage, stdout) : print_formats();
        return COMMAND_OK;
    }
    status = read_all(session, argv + optind, (size_t)(argc - optind));
    if (status == COMMAND_OK && session->merge != NULL) {
        status = merge_all(session, argv + optind);
    }
    if (status == COMMAND_OK) {
        status = check_format(session, argv + optind);
    }
    if (status != COMMAND_OK) {
        return status;
    }
    const bool anew = session->lines_count != 0 || session->merge != NULL;
    int verdict = anew ? judge_all(session, argv + optind) : COMMAND_OK;
    if (verdict == COMMAND_WRONG_INPUT) {
        return verdict;
    }
    print_all(session);
    return verdict;
}

int command_report(int argc, char **argv) {
    const char *no_color = getenv("NO_COLOR");
    struct session session = {
        .arena = arena_new(),
        .color = (no_color == NULL || no_color[0] == '\0') &&
                 isatty(STDOUT_FILENO) != 0,
    };
    int status = report(&session, argc, argv);
    arena_free(session.arena);
    return status;
}
