/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_KINDS_H
#define PLUNGE_LEDGER_KINDS_H

#include <stdbool.h>

struct arena;
struct ledger;

/* What files of /proc say of a process, as entries: the same from inside and
 * from outside. Each text may be NULL, and is read by its lines. */

/* Of /proc/PROCESS/fdinfo/@fd: the locks of files. Duplicates of a descriptor
 * show the same ones: each is added once. */
void kinds_locks(const char *fdinfo, int fd, const char *target,
                 struct ledger *ledger);

/* Of /proc/PROCESS/timers. */
void kinds_timers(const char *timers, struct ledger *ledger);

/* Of /proc/PROCESS/status: what signals do. */
void kinds_signals(const char *status, struct ledger *ledger);

/* The C library's own, below the first real-time one, come with threads. */
bool kinds_signal_is_users(int signal);

/* "SIGUSR1", "SIGRTMIN+3" */
const char *kinds_signal_name(int signal, struct arena *arena);

#endif
