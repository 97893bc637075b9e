/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/text.h"
#include "command/command.h"
#include "command/explain.h"
#include "command/scenarios.h"

static const char usage[] =
    "usage: plunge check [OPTION...] SCENARIO...\n\n"
    "Validates scenario files: everything that is wrong, in one go. Nothing "
    "runs.\n\n"
    "  -s, --set KEY=VALUE  set a key as `plunge run` would: -s pool.max=8\n"
    "      --explain        print each one as it will be run, with every "
    "default,\n"
    "                       its cells, and what it will take\n"
    "      --help           this text\n\n"
    "Exit status: 0 all are good, 2 one is wrong, 3 one cannot be read.\n";

static const struct option options[] = {
    {"set", required_argument, NULL, 's'},
    {"explain", no_argument, NULL, 'e'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void print_good(const struct scenarios *scenarios) {
    for (size_t i = 0; i < scenarios->count; i++) {
        const struct scenario *scenario = scenarios->items[i];
        printf("%s: good: %zu cell%s, %u block%s, %zu expectation%s\n",
               scenario->path, scenario->cells_count,
               scenario->cells_count == 1 ? "" : "s", scenario->blocks,
               scenario->blocks == 1 ? "" : "s", scenario->expectations_count,
               scenario->expectations_count == 1 ? "" : "s");
    }
}

static void explain_good(const struct scenarios *scenarios) {
    struct text text;
    text_init(&text);
    for (size_t i = 0; i < scenarios->count; i++) {
        text_append(&text, i == 0 ? "" : "\n");
        explain(scenarios->items[i], scenarios->arena, &text);
    }
    (void)fputs(text.bytes, stdout);
    text_fini(&text);
}

static int check(struct scenarios *scenarios, int argc, char **argv) {
    bool explains = false;
    int option;
    while ((option = getopt_long(argc, argv, "s:h", options, NULL)) != -1) {
        if (option == 'h') {
            (void)fputs(usage, stdout);
            return COMMAND_OK;
        }
        if (option == 'e') {
            explains = true;
            continue;
        }
        if (option != 's') {
            return command_usage_error("check");
        }
        if (!scenarios_override(scenarios, optarg)) {
            return command_wrong_value("-s", optarg,
                                       "KEY=VALUE such as pool.max=8");
        }
    }
    if (optind == argc) {
        (void)fprintf(stderr, "plunge: check: name at least one scenario\n");
        return COMMAND_WRONG_INPUT;
    }
    int status =
        scenarios_read(scenarios, argv + optind, (size_t)(argc - optind));
    if (explains) {
        explain_good(scenarios);
    } else {
        print_good(scenarios);
    }
    return status;
}

int command_check(int argc, char **argv) {
    struct scenarios scenarios = {.arena = arena_new()};
    int status = check(&scenarios, argc, argv);
    arena_free(scenarios.arena);
    return status;
}
