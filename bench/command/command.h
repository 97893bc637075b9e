/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_COMMAND_COMMAND_H
#define PLUNGE_COMMAND_COMMAND_H

#include <stdint.h>

#include "base/result.h"

/* The subcommands. Each takes as argv[0] what getopt is to begin its messages
 * with, and returns the exit status; only they print. */
int command_run(int argc, char **argv);
int command_report(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_check(int argc, char **argv);
int command_generate(int argc, char **argv);
int command_schema(int argc, char **argv);
int command_selftest(int argc, char **argv);
int command_doctor(int argc, char **argv);

/* Exit statuses: plunge(1). */
enum command_status {
    COMMAND_OK = 0,
    COMMAND_FAILED = 1,        /* an expectation */
    COMMAND_WRONG_INPUT = 2,   /* command line or scenario; nothing was run */
    COMMAND_NOT_COMPLETED = 3, /* environment, I/O, crash or hang */
    COMMAND_UNDECIDED = 4,     /* measured, but not to be trusted */
    COMMAND_INTERRUPTED = 130,
    COMMAND_TERMINATED = 143,
};

/* Of two statuses the one that applies first: interrupted, wrong input, not
 * completed, failed, undecided, good. */
int command_worse(int one, int other);

/* Of a result that was read: one that is partial could not be completed, for
 * nobody has interrupted us. */
int command_verdict_status(enum result_verdict verdict);

/* Says that @option's value is not what was @expected. */
int command_wrong_value(const char *option, const char *value,
                        const char *expected);

/* The value of --seed; a wrong one is said. */
int command_read_seed(const char *value, uint64_t *seed_out);

/* What may differ and is still the same: a share above 0 and below 100 %; a
 * wrong one is said. */
int command_read_tolerance(const char *option, const char *value,
                           double *tolerance_out);

/* getopt has said what is wrong; says where help is. */
int command_usage_error(const char *command);

/* The status of an interrupted run, by the signal. */
int command_interrupted(void);

#endif
