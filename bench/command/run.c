/* SPDX-License-Identifier: Apache-2.0 */
#include "run/run.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/result_json.h"
#include "base/text.h"
#include "cell/cell.h"
#include "command/baseline.h"
#include "command/command.h"
#include "command/live.h"
#include "command/progress.h"
#include "command/scenarios.h"
#include "command/under.h"
#include "command/versus.h"
#include "measure/environment.h"
#include "report/folder.h"
#include "report/summary.h"
#include "run/find.h"

static const char usage[] =
    "usage: plunge run [OPTION...] SCENARIO...\n\n"
    "Runs scenarios, prints a summary of each, and writes reports.\n\n"
    "  -o, --out DIR        where reports go (default reports/NAME/; with\n"
    "                       several scenarios DIR/NAME/)\n"
    "  -s, --set KEY=VALUE  set any key, a swept one too: -s pool.max=8;\n"
    "                       load.NAME.key addresses one phase\n"
    "      --seed N         of blocks, keys and arrivals (default 1)\n"
    "      --blocks N       run every cell N times, in random order\n"
    "      --under TOOL     run each cell under valgrind's memcheck, "
    "helgrind,\n"
    "                       drd, massif or callgrind, with a smaller load; "
    "what\n"
    "                       it finds fails the run, and times are not judged\n"
    "      --baseline RESULT  a saved result of the same scenario: what is "
    "worse\n"
    "                       than it fails the run; with several scenarios the\n"
    "                       folder of their runs\n"
    "      --vs PROGRAM     another build of plunge beside this one: cells of "
    "both\n"
    "                       in random order, and in turns; worse fails the "
    "run\n"
    "      --for DURATION   beside --vs: adds blocks, until all is decided\n"
    "      --tolerance SHARE  beside --vs or --baseline: how much worse a "
    "time may\n"
    "                       be (default 2%, beside a baseline 5%)\n"
    "      --metrics LIST   beside --vs: what is asked for "
    "(throughput,cpu,p99;\n"
    "                       default: all there is)\n"
    "      --json           the result alone on standard output, one line a\n"
    "                       scenario\n"
    "  -q, --quiet          no summary and no progress\n"
    "      --no-color       (or the environment's NO_COLOR)\n"
    "      --help           this text\n\n"
    "Exit status, the first that applies: 130, 143 interrupted; 2 the command\n"
    "line or a scenario is wrong, and nothing was run; 3 it could not be\n"
    "completed; 1 an expectation failed; 4 undecided; 0 all held.\n";

enum {
    OPTION_SEED = 256,
    OPTION_BLOCKS,
    OPTION_UNDER,
    OPTION_BASELINE,
    OPTION_VS,
    OPTION_FOR,
    OPTION_TOLERANCE,
    OPTION_METRICS,
    OPTION_JSON,
    OPTION_NO_COLOR,
};

static const struct option long_options[] = {
    {"out", required_argument, NULL, 'o'},
    {"set", required_argument, NULL, 's'},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"blocks", required_argument, NULL, OPTION_BLOCKS},
    {"under", required_argument, NULL, OPTION_UNDER},
    {"baseline", required_argument, NULL, OPTION_BASELINE},
    {"vs", required_argument, NULL, OPTION_VS},
    {"for", required_argument, NULL, OPTION_FOR},
    {"tolerance", required_argument, NULL, OPTION_TOLERANCE},
    {"metrics", required_argument, NULL, OPTION_METRICS},
    {"json", no_argument, NULL, OPTION_JSON},
    {"quiet", no_argument, NULL, 'q'},
    {"no-color", no_argument, NULL, OPTION_NO_COLOR},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct session {
    struct scenarios scenarios;
    const char *out; /* NULL: reports/NAME/ */
    struct under under;
    struct baselines baselines;
    struct versus versus;
    uint64_t seed;
    bool json;
    bool quiet;
    bool color;
    bool help;
    const struct result **results;
    size_t results_count;
    bool *made; /* parallel to the scenarios: its folder was not there */
    struct progress progress;
    struct live live;
};

static int set_blocks(struct session *session, const char *value) {
    const char *text =
        arena_format(session->scenarios.arena, "blocks=%s", value);
    (void)scenarios_override(&session->scenarios, text);
    return COMMAND_OK; /* the scenario reader judges the number */
}

/* Of whichever comparison there is. */
static int set_tolerance(struct session *session, const char *share) {
    const int status = command_versus_set_tolerance(&session->versus, share);
    session->baselines.tolerance = session->versus.run.tolerance;
    return status;
}

static bool is_of_baseline(const struct session *session) {
    return session->baselines.path != NULL && session->versus.beside != NULL &&
           strcmp(session->versus.beside, VERSUS_TOLERANCE) == 0;
}

/* Times under a tool are nobody's, and a result has one comparison. */
static int check_versus(struct session *session) {
    const char *other = session->under.cell.tool != NULL  ? "--under"
                        : session->baselines.path != NULL ? "--baseline"
                                                          : NULL;
    if (session->versus.program == NULL || other == NULL) {
        if (is_of_baseline(session)) {
            session->versus.beside = NULL;
        }
        return COMMAND_OK;
    }
    (void)fprintf(stderr, "plunge: %s and --vs: one after the other\n", other);
    return COMMAND_WRONG_INPUT;
}

static int set_option(struct session *session, int option) {
    switch (option) {
    case 'o':
        session->out = optarg;
        return *optarg != '\0' ? COMMAND_OK
                               : command_wrong_value("-o", optarg, "a folder");
    case 's':
        return scenarios_override(&session->scenarios, optarg)
                   ? COMMAND_OK
                   : command_wrong_value("-s", optarg,
                                         "KEY=VALUE such as pool.max=8");
    case OPTION_SEED:
        return command_read_seed(optarg, &session->seed);
    case OPTION_BLOCKS:
        return set_blocks(session, optarg);
    case OPTION_UNDER:
        return command_under_set(&session->under, optarg);
    case OPTION_BASELINE:
        session->baselines.path = optarg;
        return COMMAND_OK;
    case OPTION_VS:
        return command_versus_set(&session->versus, optarg);
    case OPTION_FOR:
        return command_versus_set_for(&session->versus, optarg);
    case OPTION_TOLERANCE:
        return set_tolerance(session, optarg);
    case OPTION_METRICS:
        return command_versus_set_metrics(&session->versus, optarg,
                                          session->scenarios.arena);
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
        return command_usage_error("run");
    }
}

static int parse(struct session *session, int argc, char **argv) {
    int option;
    int status = COMMAND_OK;
    while (status == COMMAND_OK && !session->help &&
           (option = getopt_long(argc, argv, "o:s:qh", long_options, NULL)) !=
               -1) {
        status = set_option(session, option);
    }
    if (status == COMMAND_OK && !session->help) {
        status = check_versus(session);
    }
    if (status == COMMAND_OK && !session->help && optind == argc) {
        (void)fprintf(stderr, "plunge: run: name at least one scenario\n");
        status = COMMAND_WRONG_INPUT;
    }
    return status;
}

static void show_generating(void *data, uint64_t done, uint64_t total) {
    struct session *session = data;
    progress_show(&session->progress, "generating users", done, total);
}

/* In place on a terminal, and as lines that stay for whoever asks. */
static void show_running(void *data, const struct run_sight *sight) {
    struct session *session = data;
    live_look(&session->live, sight, clock_now_ns());
    bool asked = interrupt_is_asked();
    unsigned width = progress_width();
    if (!asked && (width < LIVE_WIDTH_MIN ||
                   !progress_is_due(&session->progress, sight->what))) {
        return;
    }
    struct text text;
    text_init(&text);
    unsigned count = live_append(&session->live, sight, width, &text);
    if (asked) {
        progress_clear(&session->progress);
        (void)fputs(text.bytes, stderr);
        (void)fflush(stderr);
    } else {
        progress_show_block(&session->progress, text.bytes, count);
    }
    text_fini(&text);
}

static void say_predicted(void *data, const char *what,
                          const char *prediction) {
    struct session *session = data;
    progress_say(&session->progress, what, prediction);
}

static int exit_status(const struct result *result) {
    return result->verdict == RESULT_PARTIAL
               ? command_interrupted()
               : command_verdict_status(result->verdict);
}

/* reports/NAME, DIR, or with several scenarios DIR/NAME. */
static const char *folder_of(const struct session *session,
                             const struct scenario *scenario) {
    struct arena *arena = session->scenarios.arena;
    if (session->out == NULL) {
        return arena_format(arena, "reports/%s", scenario->name);
    }
    if (session->scenarios.count == 1) {
        return session->out;
    }
    return arena_format(arena, "%s/%s", session->out, scenario->name);
}

static void print_result(const struct session *session,
                         const struct result *result) {
    struct text text;
    text_init(&text);
    if (session->json) {
        result_json_write(result, RESULT_JSON_LINE, &text);
    } else if (!session->quiet) {
        summary_write(result, session->color, &text);
    }
    (void)fwrite(text.bytes, 1, text.size, stdout);
    (void)fflush(stdout);
    text_fini(&text);
}

/* Where there is more to see, for who looks on: what is printed is the summary,
 * byte for byte. */
static void say_place(const struct session *session, const char *folder) {
    if (!session->json && !session->quiet && isatty(STDERR_FILENO) != 0) {
        (void)fprintf(stderr, "\n  report       %s/report.html\n", folder);
    }
}

static int run_one(struct session *session, size_t index) {
    const struct scenario *scenario = session->scenarios.items[index];
    struct arena *arena = session->scenarios.arena;
    size_t facts_count;
    struct result_fact *facts = environment_facts(arena, &facts_count);
    const char *folder = folder_of(session, scenario);
    struct run_options options = {
        .overrides = session->scenarios.overrides,
        .overrides_count = session->scenarios.overrides_count,
        .seed = session->seed,
        .answers_on_stderr = session->json,
        .environment = facts,
        .environment_count = facts_count,
        .baseline = command_baseline_of(&session->baselines, index),
        .watch = {.data = session,
                  .generating = show_generating,
                  .running = show_running,
                  .predicted = say_predicted},
    };
    command_versus_apply(&session->versus, &options);
    scenario =
        command_under_apply(&session->under, index, scenario, folder, &options);
    struct result *result = NULL;
    const char *problem = NULL;
    int status =
        scenario->find != NULL
            ? run_find(scenario, &options, arena, &result, &problem)
            : run_scenario(scenario, &options, arena, &result, &problem);
    progress_clear(&session->progress);
    if (status != 0) {
        if (interrupt_pending() != 0) {
            return command_interrupted();
        }
        (void)fprintf(stderr, "plunge: %s: %s\n", scenario->path, problem);
        return COMMAND_NOT_COMPLETED;
    }
    session->results[session->results_count++] = result;
    print_result(session, result);
    if (report_write_folder(result, folder, arena, &problem) != 0) {
        (void)fprintf(stderr, "plunge: %s\n", problem);
        return command_worse(exit_status(result), COMMAND_NOT_COMPLETED);
    }
    say_place(session, folder);
    return exit_status(result);
}

static int run_all(struct session *session) {
    int status = COMMAND_OK;
    for (size_t i = 0; i < session->scenarios.count && interrupt_pending() == 0;
         i++) {
        status = command_worse(status, run_one(session, i));
    }
    if (session->results_count > 1 && !session->json && !session->quiet) {
        struct text text;
        text_init(&text);
        summary_table(session->results, session->results_count, session->color,
                      &text);
        (void)fputs(text.bytes, stdout);
        text_fini(&text);
    }
    return status;
}

/* The reports of one would be written over those of the other. */
static int check_names(const struct scenarios *scenarios) {
    for (size_t i = 0; i < scenarios->count; i++) {
        for (size_t j = i + 1; j < scenarios->count; j++) {
            const struct scenario *one = scenarios->items[i];
            const struct scenario *other = scenarios->items[j];
            if (strcmp(one->name, other->name) == 0) {
                (void)fprintf(stderr,
                              "plunge: %s and %s are both called %s, and so "
                              "would be their reports: run one after the "
                              "other, with -o\n",
                              one->path, other->path, one->name);
                return COMMAND_WRONG_INPUT;
            }
        }
    }
    return COMMAND_OK;
}

/* A long run whose reports could not be written would be lost. */
static int make_folders(struct session *session) {
    const struct scenarios *scenarios = &session->scenarios;
    session->made =
        arena_alloc(scenarios->arena, scenarios->count * sizeof *session->made);
    for (size_t i = 0; i < scenarios->count; i++) {
        const char *problem = NULL;
        const char *folder = folder_of(session, scenarios->items[i]);
        session->made[i] = access(folder, F_OK) != 0;
        if (report_make_folder(folder, scenarios->arena, &problem) != 0) {
            (void)fprintf(stderr, "plunge: %s: name another with -o\n",
                          problem);
            return COMMAND_NOT_COMPLETED;
        }
    }
    return COMMAND_OK;
}

/* Those of scenarios that have no result; not the user's own. */
static void leave_folders(const struct session *session) {
    for (size_t i = 0; i < session->scenarios.count; i++) {
        if (session->made[i]) {
            report_leave_folder(
                folder_of(session, session->scenarios.items[i]));
        }
    }
}

static int check_sites(void) {
    const char *sites = getenv(CELL_SITES);
    if (sites == NULL || sites[0] == '\0' ||
        strcmp(sites, CELL_SITES_FULL) == 0) {
        return COMMAND_OK;
    }
    return command_wrong_value(CELL_SITES, sites,
                               CELL_SITES_FULL " or nothing at all");
}

static int run(struct session *session, int argc, char **argv) {
    int status = parse(session, argc, argv);
    if (status != COMMAND_OK) {
        return status;
    }
    if (session->help) {
        (void)fputs(usage, stdout);
        return COMMAND_OK;
    }
    status = check_sites();
    if (status != COMMAND_OK) {
        return status;
    }
    status = scenarios_read(&session->scenarios, argv + optind,
                            (size_t)(argc - optind));
    if (status == COMMAND_OK) {
        status = check_names(&session->scenarios);
    }
    if (status == COMMAND_OK) {
        status = command_under_plan(&session->under, &session->scenarios);
    }
    if (status == COMMAND_OK) {
        const struct under_tool *tool = session->under.cell.tool;
        status = command_baseline_plan(&session->baselines, &session->scenarios,
                                       session->seed,
                                       tool == NULL ? NULL : tool->name);
    }
    if (status == COMMAND_OK) {
        status = command_versus_plan(&session->versus, &session->scenarios);
    }
    if (status != COMMAND_OK) {
        return status; /* nothing runs unless all can */
    }
    status = make_folders(session);
    session->results =
        arena_alloc(session->scenarios.arena,
                    session->scenarios.count * sizeof(struct result *));
    progress_init(&session->progress, session->quiet);
    live_init(&session->live);
    interrupt_install_question();
    if (status == COMMAND_OK) {
        status = run_all(session);
    }
    leave_folders(session);
    return status;
}

int command_run(int argc, char **argv) {
    const char *no_color = getenv("NO_COLOR");
    struct session session = {
        .scenarios = {.arena = arena_new()},
        .seed = 1,
        .color = (no_color == NULL || no_color[0] == '\0') &&
                 isatty(STDOUT_FILENO) != 0,
    };
    int status = run(&session, argc, argv);
    command_versus_end(&session.versus);
    arena_free(session.scenarios.arena);
    return status;
}
