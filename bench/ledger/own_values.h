/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_OWN_VALUES_H
#define PLUNGE_LEDGER_OWN_VALUES_H

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

void own_add(struct own_values *values, struct arena *arena,
             const struct own_value *value);

#endif
