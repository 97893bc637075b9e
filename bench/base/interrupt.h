/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BASE_INTERRUPT_H
#define PLUNGE_BASE_INTERRUPT_H

/* SIGINT and SIGTERM become a flag that long work polls. The first one counts;
 * the same one again ends the process at once.
 *
 * Thread: install on the main thread before others start; pending: any. */
void interrupt_install(void);

/* 0, or the signal that asked us to stop (SIGINT, SIGTERM). */
int interrupt_pending(void);

#endif
