/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "beside/counts.h"
#include "beside/memory.h"
#include "beside/opening.h"
#include "beside/rows.h"
#include "dbpool.h"

/* The library beside the same by hand: what ci/opening, ci/million and
 * ci/curves run. Prints JSON; 1 with a message where something is not as it
 * should be, 2 where it was called wrongly. */

static const struct command {
    const char *name;
    int arguments_count;
    const char *arguments;
    int (*run)(char **arguments);
} commands[] = {
    {"opening", 5, "DATABASE MIN MAX LOOKUPS ROUNDS", opening_run},
    {"open-once", 6, "WHO DATABASE MIN MAX LOOKUPS ROUNDS", opening_run_one},
    {"memory", 3, "DATABASE IN_FLIGHT THREADS", memory_run},
    {"rows", 2, "FOLDER BLOCKS", rows_run},
};

int main(int argc, char **argv) {
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        const struct command *command = &commands[i];
        if (argc == command->arguments_count + 2 &&
            strcmp(argv[1], command->name) == 0) {
            counts_begin();
            (void)dbpool_tune_process();
            return command->run(argv + 2);
        }
    }
    (void)fputs("usage:\n", stderr);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        (void)fprintf(stderr, "  beside %s %s\n", commands[i].name,
                      commands[i].arguments);
    }
    return 2;
}
