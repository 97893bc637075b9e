/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/compare.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/result_json.h"
#include "base/text.h"
#include "command/command.h"
#include "command/pairs.h"
#include "report/display.h"
#include "report/summary.h"
#include "verdict/likeness.h"

static const char usage[] =
    "usage: plunge compare [OPTION...] BASE NEW\n\n"
    "Compares two saved results, figure by figure: better, same, worse or not\n"
    "decided. Each is a result.json or the folder of a run; or both are "
    "folders\n"
    "of runs, which are paired by name: one that BASE has alone is not\n"
    "decided.\n\n"
    "  -t, --tolerance SHARE  how much worse a time may be and still be the\n"
    "                         same (default 5%)\n"
    "      --counts           compare what was counted and left behind alone,\n"
    "                         which times of another boot leave undecided\n"
    "      --unlike           compare unlike scenarios or machines, too\n"
    "      --json             NEW with its comparison on standard output, one "
    "line\n"
    "                         a pair\n"
    "  -q, --quiet            print nothing but the reasons for statuses 2 "
    "and 3\n"
    "      --no-color         (or the environment's NO_COLOR)\n"
    "      --help             this text\n\n"
    "Exit status: 0 same or better, 1 something is worse, 4 not decided; 2 "
    "the\n"
    "command line or a result is wrong, or they are unlike; 3 one cannot be\n"
    "read.\n";

enum {
    OPTION_COUNTS = 256,
    OPTION_UNLIKE,
    OPTION_JSON,
    OPTION_NO_COLOR,
};

static const struct option options[] = {
    {"tolerance", required_argument, NULL, 't'},
    {"counts", no_argument, NULL, OPTION_COUNTS},
    {"unlike", no_argument, NULL, OPTION_UNLIKE},
    {"json", no_argument, NULL, OPTION_JSON},
    {"quiet", no_argument, NULL, 'q'},
    {"no-color", no_argument, NULL, OPTION_NO_COLOR},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct session {
    struct arena *arena;
    struct compare_options options;
    struct pairs pairs;
    bool unlike;
    bool json;
    bool quiet;
    bool color;
    bool help;
};

static int set_option(struct session *session, int option) {
    switch (option) {
    case 't':
        return command_read_tolerance("--tolerance", optarg,
                                      &session->options.tolerance);
    case OPTION_COUNTS:
        session->options.counts_only = true;
        return COMMAND_OK;
    case OPTION_UNLIKE:
        session->unlike = true;
        return COMMAND_OK;
    case OPTION_JSON:
        session->json = true;
        return COMMAND_OK;
    case 'q':
        session->quiet = true;
        return COMMAND_OK;
    case OPTION_NO_COLOR:
        session->color = false;
        return COMMAND_OK;
    case 'h':
        session->help = true;
        return COMMAND_OK;
    default:
        return command_usage_error("compare");
    }
}

static int parse(struct session *session, int argc, char **argv) {
    int option;
    int status = COMMAND_OK;
    while (status == COMMAND_OK && !session->help &&
           (option = getopt_long(argc, argv, "t:qh", options, NULL)) != -1) {
        status = set_option(session, option);
    }
    if (status == COMMAND_OK && !session->help && argc - optind != 2) {
        (void)fprintf(stderr,
                      "plunge: compare: name two results, BASE and NEW, got "
                      "%d\n",
                      argc - optind);
        status = COMMAND_WRONG_INPUT;
    }
    return status;
}

/* ---- One pair ------------------------------------------------------------ */

static int refuse(const struct pair *pair, const char *what, const char *why) {
    struct text text;
    text_init(&text);
    display_append(&text, why); /* lines of somebody's files may be in it */
    (void)fprintf(stderr,
                  "plunge: %s and %s are of unlike %s: %s; --unlike compares "
                  "them all the same\n",
                  pair->base_path, pair->new_path, what, text.bytes);
    text_fini(&text);
    return COMMAND_WRONG_INPUT;
}

/* Nothing is compared unless all can be. */
static int check_pair(const struct session *session, const struct pair *pair) {
    const struct likeness likeness =
        likeness_of(pair->base, pair->newer, session->arena);
    if (session->unlike) {
        return COMMAND_OK;
    }
    if (likeness.scenario != NULL) {
        return refuse(pair, "scenarios", likeness.scenario);
    }
    return likeness.machine == NULL
               ? COMMAND_OK
               : refuse(pair, "machines or builds", likeness.machine);
}

static int check_all(const struct session *session) {
    int status = COMMAND_OK;
    for (size_t i = 0; i < session->pairs.count; i++) {
        status = command_worse(status,
                               check_pair(session, &session->pairs.items[i]));
    }
    return status;
}

static int status_of(const struct result_comparison *comparison) {
    if (strcmp(comparison->answer, "worse") == 0) {
        return COMMAND_FAILED;
    }
    return strcmp(comparison->answer, "not decided") == 0 ? COMMAND_UNDECIDED
                                                          : COMMAND_OK;
}

static int compare_pair(const struct session *session,
                        const struct pair *pair) {
    struct text text;
    struct result *newer = pair->newer;
    compare_with_saved(&session->options, pair->base, pair->base_path, newer,
                       pair->new_path, session->arena);
    text_init(&text);
    if (session->json) {
        result_json_write(newer, RESULT_JSON_LINE, &text);
    } else if (!session->quiet) {
        summary_comparison(newer, session->color, &text);
    }
    (void)fwrite(text.bytes, 1, text.size, stdout);
    text_fini(&text);
    return status_of(&newer->comparison);
}

/* ---- All ----------------------------------------------------------------- */

static void print_lonely(const struct session *session) {
    FILE *to = session->json ? stderr : stdout;
    for (size_t i = 0; i < session->pairs.lonely_count && !session->quiet;
         i++) {
        (void)fprintf(to, "%s\n", session->pairs.lonely[i]);
    }
}

static int compare(struct session *session, int argc, char **argv) {
    int status = parse(session, argc, argv);
    if (status != COMMAND_OK) {
        return status;
    }
    if (session->help) {
        (void)fputs(usage, stdout);
        return COMMAND_OK;
    }
    status = pairs_read(argv[optind], argv[optind + 1], session->arena,
                        &session->pairs);
    if (status == COMMAND_OK) {
        status = check_all(session);
    }
    if (status != COMMAND_OK) {
        return status;
    }
    for (size_t i = 0; i < session->pairs.count; i++) {
        if (i != 0 && !session->json && !session->quiet) {
            (void)putchar('\n');
        }
        status = command_worse(status,
                               compare_pair(session, &session->pairs.items[i]));
    }
    print_lonely(session);
    return session->pairs.is_missing ? command_worse(status, COMMAND_UNDECIDED)
                                     : status;
}

int command_compare(int argc, char **argv) {
    const char *no_color = getenv("NO_COLOR");
    struct session session = {
        .arena = arena_new(),
        .options = {.tolerance = COMPARE_TOLERANCE_RUNS},
        .color = (no_color == NULL || no_color[0] == '\0') &&
                 isatty(STDOUT_FILENO) != 0,
    };
    const int status = compare(&session, argc, argv);
    arena_free(session.arena);
    return status;
}
