/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/quantity.h"
#include "command/command.h"
#include "command/progress.h"
#include "database/database.h"
#include "scenario/unit.h"

#define USERS_DEFAULT UINT64_C(1000000)
#define SEED_DEFAULT 1

static const char usage[] =
    "usage: plunge generate [OPTION...] FILE\n\n"
    "Writes an SQLite database of users. The same number and seed give the\n"
    "same file, byte for byte.\n\n"
    "      --users N  how many: 0, 10k, 1M, ... (default 1M); 3 are exactly\n"
    "                 the tutorial's three\n"
    "      --seed S   who they are (default 1)\n"
    "      --bio MEDIAN      a text for each, half of them longer than this:\n"
    "                 200B, 4KiB, ...\n"
    "      --bio-sigma X     how far its sizes spread, log-normal: up to 3\n"
    "                 (default 1)\n"
    "      --page-size SIZE  512B to 64KiB (default 4KiB)\n"
    "      --journal WORD    wal or delete (default wal)\n"
    "      --without-rowid   the table is its own index\n"
    "      --writer WORD     pages: page by page (default), sqlite: through\n"
    "                 SQLite, slower, for comparison\n"
    "      --no-sync  do not wait until the disk has it\n"
    "      --force    replace FILE where it exists\n"
    "  -q, --quiet    no summary and no progress\n"
    "      --help     this text\n\n"
    "Exit status: 0 written, 2 the command line is wrong, 3 it could not be\n"
    "written, 130, 143 interrupted. FILE is there whole, or as it was.\n";

enum {
    OPTION_USERS = 256,
    OPTION_SEED,
    OPTION_BIO,
    OPTION_BIO_SIGMA,
    OPTION_PAGE_SIZE,
    OPTION_JOURNAL,
    OPTION_WITHOUT_ROWID,
    OPTION_WRITER,
    OPTION_NO_SYNC,
    OPTION_FORCE,
};

static const struct option long_options[] = {
    {"users", required_argument, NULL, OPTION_USERS},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"bio", required_argument, NULL, OPTION_BIO},
    {"bio-sigma", required_argument, NULL, OPTION_BIO_SIGMA},
    {"page-size", required_argument, NULL, OPTION_PAGE_SIZE},
    {"journal", required_argument, NULL, OPTION_JOURNAL},
    {"without-rowid", no_argument, NULL, OPTION_WITHOUT_ROWID},
    {"writer", required_argument, NULL, OPTION_WRITER},
    {"no-sync", no_argument, NULL, OPTION_NO_SYNC},
    {"force", no_argument, NULL, OPTION_FORCE},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct order {
    const char *path;
    struct database_options database;
    bool sigma_given;
    bool force;
    bool quiet;
    bool help;
};

static int set_users(struct order *order, const char *value) {
    if (unit_count(value, &order->database.users) != UNIT_OK ||
        order->database.users > DATABASE_USERS_MAX) {
        return command_wrong_value("--users", value,
                                   "a count such as 10k, at most 2^40");
    }
    return COMMAND_OK;
}

static int set_bio(struct order *order, const char *value) {
    if (unit_size(value, &order->database.bio.median) != UNIT_OK ||
        order->database.bio.median == 0 ||
        order->database.bio.median > BIO_SIZE_MAX) {
        return command_wrong_value("--bio", value,
                                   "a size such as 200B, from 1B to 1MiB");
    }
    return COMMAND_OK;
}

static int set_sigma(struct order *order, const char *value) {
    order->sigma_given = true;
    if (unit_number(value, &order->database.bio.sigma) != UNIT_OK ||
        order->database.bio.sigma <= 0 ||
        order->database.bio.sigma > BIO_SIGMA_MAX) {
        return command_wrong_value("--bio-sigma", value,
                                   "a number above 0 and up to 3");
    }
    return COMMAND_OK;
}

static int set_page_size(struct order *order, const char *value) {
    uint64_t size;
    if (unit_size(value, &size) != UNIT_OK || !database_page_size_is(size)) {
        return command_wrong_value("--page-size", value,
                                   "a power of two from 512B to 64KiB");
    }
    order->database.form.page_size = (uint32_t)size;
    return COMMAND_OK;
}

/* The number of @value among two words. */
static int set_word(const char *option, const char *value,
                    const char *const words[2], unsigned *number_out) {
    for (unsigned i = 0; i < 2; i++) {
        if (strcmp(value, words[i]) == 0) {
            *number_out = i;
            return COMMAND_OK;
        }
    }
    char expected[64];
    (void)snprintf(expected, sizeof expected, "%s or %s", words[0], words[1]);
    return command_wrong_value(option, value, expected);
}

static int set_journal(struct order *order, const char *value) {
    static const char *const words[] = {"wal", "delete"};
    unsigned number = 0;
    int status = set_word("--journal", value, words, &number);
    order->database.form.journal = (enum database_journal)number;
    return status;
}

static int set_writer(struct order *order, const char *value) {
    static const char *const words[] = {"pages", "sqlite"};
    unsigned number = 0;
    int status = set_word("--writer", value, words, &number);
    order->database.writer = (enum database_writer)number;
    return status;
}

static int set_option(struct order *order, int option) {
    switch (option) {
    case OPTION_USERS:
        return set_users(order, optarg);
    case OPTION_SEED:
        return command_read_seed(optarg, &order->database.seed);
    case OPTION_BIO:
        return set_bio(order, optarg);
    case OPTION_BIO_SIGMA:
        return set_sigma(order, optarg);
    case OPTION_PAGE_SIZE:
        return set_page_size(order, optarg);
    case OPTION_JOURNAL:
        return set_journal(order, optarg);
    case OPTION_WITHOUT_ROWID:
        order->database.form.without_rowid = true;
        return COMMAND_OK;
    case OPTION_WRITER:
        return set_writer(order, optarg);
    case OPTION_NO_SYNC:
        order->database.no_sync = true;
        return COMMAND_OK;
    case OPTION_FORCE:
        order->force = true;
        return COMMAND_OK;
    case 'q':
        order->quiet = true;
        return COMMAND_OK;
    case 'h':
        order->help = true;
        return COMMAND_OK;
    default:
        return command_usage_error("generate");
    }
}

static int parse(struct order *order, int argc, char **argv) {
    int option;
    int status = COMMAND_OK;
    while (status == COMMAND_OK && !order->help &&
           (option = getopt_long(argc, argv, "qh", long_options, NULL)) != -1) {
        status = set_option(order, option);
    }
    if (status != COMMAND_OK || order->help) {
        return status;
    }
    if (optind != argc - 1) {
        (void)fprintf(stderr, "plunge: generate: name one file\n");
        return COMMAND_WRONG_INPUT;
    }
    if (order->sigma_given && order->database.bio.median == 0) {
        (void)fprintf(stderr, "plunge: generate: --bio-sigma says how the "
                              "sizes of --bio spread, which is missing\n");
        return COMMAND_WRONG_INPUT;
    }
    if (!order->sigma_given) {
        order->database.bio.sigma = DATABASE_BIO_SIGMA_DEFAULT;
    }
    order->path = argv[optind];
    return COMMAND_OK;
}

/* What is no file, database_generate() refuses with better words. */
static bool is_in_the_way(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

static void show_progress(void *data, uint64_t users_done,
                          uint64_t users_total) {
    progress_show(data, "generating users", users_done, users_total);
}

static void print_summary(const struct order *order, uint64_t elapsed_ns) {
    char users[QUANTITY_SIZE];
    char size[QUANTITY_SIZE];
    char elapsed[QUANTITY_SIZE];
    struct stat info = {0};
    (void)stat(order->path, &info);
    printf("%s: %s users, %s, in %s\n", order->path,
           quantity_count(users, order->database.users),
           quantity_size(size, (double)info.st_size),
           quantity_duration(elapsed, (double)elapsed_ns));
}

static int generate(const struct order *order, struct arena *arena) {
    struct progress progress;
    progress_init(&progress, order->quiet);
    struct database_options options = order->database;
    options.progress = show_progress;
    options.progress_data = &progress;
    const char *problem;
    const uint64_t started_ns = clock_now_ns();
    int status = database_generate(order->path, &options, arena, &problem);
    progress_clear(&progress);
    if (status != 0 && problem == NULL) {
        (void)fprintf(stderr, "plunge: %s: interrupted, not written\n",
                      order->path);
        return command_interrupted();
    }
    if (status != 0) {
        (void)fprintf(stderr, "plunge: %s\n", problem);
        return COMMAND_NOT_COMPLETED;
    }
    if (!order->quiet) {
        print_summary(order, clock_now_ns() - started_ns);
    }
    return COMMAND_OK;
}

int command_generate(int argc, char **argv) {
    struct order order = {
        .database = {.users = USERS_DEFAULT, .seed = SEED_DEFAULT}};
    int status = parse(&order, argc, argv);
    if (status != COMMAND_OK) {
        return status;
    }
    if (order.help) {
        (void)fputs(usage, stdout);
        return COMMAND_OK;
    }
    if (!order.force && is_in_the_way(order.path)) {
        (void)fprintf(stderr,
                      "plunge: %s: exists already (--force replaces it)\n",
                      order.path);
        return COMMAND_NOT_COMPLETED;
    }
    struct arena *arena = arena_new();
    status = generate(&order, arena);
    arena_free(arena);
    return status;
}
