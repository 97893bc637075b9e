/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
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
    "      --force    replace FILE where it exists\n"
    "  -q, --quiet    no summary and no progress\n"
    "      --help     this text\n\n"
    "Exit status: 0 written, 2 the command line is wrong, 3 it could not be\n"
    "written, 130, 143 interrupted. FILE is there whole, or as it was.\n";

enum {
    OPTION_USERS = 256,
    OPTION_SEED,
    OPTION_FORCE,
};

static const struct option long_options[] = {
    {"users", required_argument, NULL, OPTION_USERS},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"force", no_argument, NULL, OPTION_FORCE},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct order {
    const char *path;
    uint64_t users;
    uint64_t seed;
    bool force;
    bool quiet;
    bool help;
};

static int set_users(struct order *order, const char *value) {
    if (unit_count(value, &order->users) != UNIT_OK ||
        order->users > DATABASE_USERS_MAX) {
        return command_wrong_value("--users", value,
                                   "a count such as 10k, at most 2^40");
    }
    return COMMAND_OK;
}

static int set_option(struct order *order, int option) {
    switch (option) {
    case OPTION_USERS:
        return set_users(order, optarg);
    case OPTION_SEED:
        return command_read_seed(optarg, &order->seed);
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
           quantity_count(users, order->users),
           quantity_size(size, (double)info.st_size),
           quantity_duration(elapsed, (double)elapsed_ns));
}

static int generate(const struct order *order, struct arena *arena) {
    struct progress progress;
    progress_init(&progress, order->quiet);
    const struct database_options options = {.users = order->users,
                                             .seed = order->seed,
                                             .progress = show_progress,
                                             .progress_data = &progress};
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
    struct order order = {.users = USERS_DEFAULT, .seed = SEED_DEFAULT};
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
