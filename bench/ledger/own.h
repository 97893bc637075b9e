/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_OWN_H
#define PLUNGE_LEDGER_OWN_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

struct arena;

/* What a process has made up its mind about: what it does when a signal comes,
 * which timers run, and its settings (working directory, umask, environment,
 * limits, locale, floating point, priority, name). There is one value of each,
 * so the same one with another value is a leftover, and so is one of the
 * baseline that is not there any more.
 *
 * Thread: the loop's; what threads have by themselves is told of it. */
struct own_value {
    enum result_kind kind;
    uint64_t numbers[2];  /* which one */
    const char *value;    /* never NULL */
    const char *identity; /* "signal SIGUSR1 is handled" */
    const char *gone;     /* what to say when it has gone; NULL: it is always
                             there */
};

struct own_values {
    struct own_value *items;
    size_t count;
};

/* @status: the text of /proc/self/status, or NULL. All is in @arena. */
struct own_values own_take(const char *status, struct arena *arena);

/* The parts of it, which own.c calls. */
void own_add(struct own_values *values, struct arena *arena,
             const struct own_value *value);
void own_timers(struct own_values *values, struct arena *arena);
void own_signals(struct own_values *values, struct arena *arena);
void own_settings(struct own_values *values, const char *status,
                  struct arena *arena);

#endif
