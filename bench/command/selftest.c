/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "command/command.h"
#include "command/progress.h"
#include "measure/environment.h"
#include "selftest/crew.h"
#include "selftest/defect.h"
#include "selftest/matrix.h"
#include "selftest/trial.h"

#define CLEAN_RUNS 64
#define CLEAN_RUNS_FULL 3000

static const char usage[] =
    "usage: plunge selftest [OPTION...]\n\n"
    "Plants defects into its own cells and shows that each is caught, with "
    "its\n"
    "kind and its site; then runs what is clean, and wants silence. Prints "
    "the\n"
    "matrix, and writes it as selftest.txt and selftest.json.\n\n"
    "      --full        plants each defect many times, for the power of its\n"
    "                    detector, and runs 3,000 clean subjects\n"
    "      --only NAME   only this defect, and what is clean; may be repeated\n"
    "  -o, --out DIR     where reports go (default reports/selftest/)\n"
    "      --json        the JSON on standard output\n"
    "  -q, --quiet       no matrix and no progress\n"
    "      --no-color    (or the environment's NO_COLOR)\n"
    "      --help        this text\n\n"
    "Exit status, the first that applies: 130, 143 interrupted; 2 the command\n"
    "line is wrong; 3 it could not be completed; 1 a defect was missed, or "
    "not\n"
    "called by its kind and site, or there was a false alarm; 0 all caught,\n"
    "and silence. A defect that this machine or build cannot plant or see is\n"
    "skipped, and says why.\n";

enum {
    OPTION_FULL = 256,
    OPTION_ONLY,
    OPTION_JSON,
    OPTION_NO_COLOR,
};

static const struct option long_options[] = {
    {"full", no_argument, NULL, OPTION_FULL},
    {"only", required_argument, NULL, OPTION_ONLY},
    {"out", required_argument, NULL, 'o'},
    {"json", no_argument, NULL, OPTION_JSON},
    {"quiet", no_argument, NULL, 'q'},
    {"no-color", no_argument, NULL, OPTION_NO_COLOR},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct session {
    struct arena *arena;
    const char *out;
    const char **only; /* none: all */
    size_t only_count;
    bool full;
    bool json;
    bool quiet;
    bool color;
    bool help;
    struct crew_job *jobs; /* those that are timed last */
    size_t jobs_count;
    size_t timed_count;
    struct progress progress;
};

/* ---- The command line ----------------------------------------------------*/

static int add_only(struct session *session, const char *name) {
    for (size_t i = 0; i < defects_count; i++) {
        if (strcmp(defects[i].name, name) == 0) {
            session->only =
                arena_more(session->arena, session->only, session->only_count,
                           sizeof *session->only);
            session->only[session->only_count++] = name;
            return COMMAND_OK;
        }
    }
    struct text names;
    text_init(&names);
    for (size_t i = 0; i < defects_count; i++) {
        text_format(&names, "%s%s", i == 0 ? "one of " : ", ", defects[i].name);
    }
    int status = command_wrong_value("--only", name, names.bytes);
    text_fini(&names);
    return status;
}

static int set_option(struct session *session, int option) {
    switch (option) {
    case OPTION_FULL:
        session->full = true;
        return COMMAND_OK;
    case OPTION_ONLY:
        return add_only(session, optarg);
    case 'o':
        session->out = optarg;
        return *optarg != '\0' ? COMMAND_OK
                               : command_wrong_value("-o", optarg, "a folder");
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
        return command_usage_error("selftest");
    }
}

static int parse(struct session *session, int argc, char **argv) {
    int option;
    int status = COMMAND_OK;
    while (status == COMMAND_OK && !session->help &&
           (option = getopt_long(argc, argv, "o:qh", long_options, NULL)) !=
               -1) {
        status = set_option(session, option);
    }
    if (status == COMMAND_OK && !session->help && optind < argc) {
        (void)fprintf(stderr,
                      "plunge: selftest: \"%s\": it takes no scenario, only "
                      "options (--only NAME for one defect)\n",
                      argv[optind]);
        status = COMMAND_WRONG_INPUT;
    }
    return status;
}

/* ---- What is to be done --------------------------------------------------*/

static bool is_wanted(const struct session *session,
                      const struct defect *defect) {
    for (size_t i = 0; i < session->only_count; i++) {
        if (strcmp(session->only[i], defect->name) == 0) {
            return true;
        }
    }
    return session->only_count == 0;
}

static void add_job(struct session *session, struct crew_job job) {
    session->jobs = arena_more(session->arena, session->jobs,
                               session->jobs_count, sizeof *session->jobs);
    session->jobs[session->jobs_count++] = job;
}

static void add_defects(struct session *session, bool timed) {
    for (size_t i = 0; i < defects_count; i++) {
        const struct defect *defect = &defects[i];
        if (!is_wanted(session, defect) ||
            (defect->sign == DEFECT_TIMED) != timed) {
            continue;
        }
        for (unsigned j = 0; j < (session->full ? defect->repeats : 1); j++) {
            add_job(session, (struct crew_job){.defect = defect});
        }
    }
}

/* What is timed comes last: nothing of ours runs beside it. */
static void plan(struct session *session) {
    add_defects(session, false);
    size_t runs = session->full ? CLEAN_RUNS_FULL : CLEAN_RUNS;
    for (size_t i = 0; i < runs; i++) {
        add_job(session, (struct crew_job){.clean = &cleans[i % cleans_count]});
    }
    size_t before = session->jobs_count;
    add_defects(session, true);
    session->timed_count = session->jobs_count - before;
}

/* ---- Doing it ------------------------------------------------------------*/

static void show_done(void *data, size_t count, size_t total) {
    struct session *session = data;
    progress_show(&session->progress, "planting defects", count, total);
}

static unsigned processors(void) {
    cpu_set_t set;
    int count =
        sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < 1 ? 1 : (unsigned)count;
}

static int try_all(struct session *session, struct trial *trials) {
    const struct crew_watch watch = {session, show_done};
    const size_t first = session->jobs_count - session->timed_count;
    int status = crew_run(session->jobs, first, processors(), &watch, trials);
    if (status == 0 && interrupt_pending() == 0) {
        status = crew_run(session->jobs + first, session->timed_count, 1,
                          &watch, trials + first);
    }
    progress_clear(&session->progress);
    return status;
}

static int exit_status(const struct matrix *matrix) {
    switch (matrix_verdict(matrix)) {
    case MATRIX_PASS:
        return COMMAND_OK;
    case MATRIX_FAIL:
        return COMMAND_FAILED;
    case MATRIX_INTERRUPTED:
        return interrupt_pending() != 0 ? command_interrupted()
                                        : COMMAND_NOT_COMPLETED;
    case MATRIX_ERROR:
    default:
        return COMMAND_NOT_COMPLETED;
    }
}

static void print_matrix(const struct session *session,
                         const struct matrix *matrix) {
    struct text text;
    text_init(&text);
    if (session->json) {
        matrix_write_json(matrix, &text);
    } else if (!session->quiet) {
        matrix_write_text(matrix, session->color, session->arena, &text);
    }
    (void)fwrite(text.bytes, 1, text.size, stdout);
    (void)fflush(stdout);
    text_fini(&text);
}

static int tell(const struct session *session, const struct trial *trials,
                struct matrix *matrix) {
    const char *problem = NULL;
    matrix_make(session->jobs, trials, session->jobs_count, session->arena,
                matrix);
    print_matrix(session, matrix);
    int status = exit_status(matrix);
    if (matrix_write_folder(matrix, session->out, session->arena, &problem) !=
        0) {
        (void)fprintf(stderr, "plunge: %s\n", problem);
        status = command_worse(status, COMMAND_NOT_COMPLETED);
    }
    return status;
}

static int selftest(struct session *session, int argc, char **argv) {
    int status = parse(session, argc, argv);
    if (status != COMMAND_OK || session->help) {
        if (session->help) {
            (void)fputs(usage, stdout);
        }
        return status;
    }
    char stamp[CLOCK_STAMP_SIZE];
    clock_stamp(stamp);
    struct matrix matrix = {.full = session->full, .started_at = stamp};
    matrix.environment =
        environment_facts(session->arena, &matrix.environment_count);
    plan(session);
    progress_init(&session->progress, session->quiet);
    struct trial *trials = crew_trials_new(session->jobs_count);
    int error = trials == NULL ? -1 : try_all(session, trials);
    if (error != 0) {
        (void)fprintf(stderr, "plunge: selftest: no process could be started "
                              "to plant defects in\n");
        status = COMMAND_NOT_COMPLETED;
    } else {
        status = tell(session, trials, &matrix);
    }
    crew_trials_free(trials, session->jobs_count);
    return status;
}

int command_selftest(int argc, char **argv) {
    const char *no_color = getenv("NO_COLOR");
    struct session session = {
        .arena = arena_new(),
        .out = "reports/selftest",
        .color = (no_color == NULL || no_color[0] == '\0') &&
                 isatty(STDOUT_FILENO) != 0,
    };
    int status = selftest(&session, argc, argv);
    arena_free(session.arena);
    return status;
}
