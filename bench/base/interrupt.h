/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BASE_INTERRUPT_H
#define PLUNGE_BASE_INTERRUPT_H

#include <stdbool.h>

/* SIGINT, SIGTERM, and SIGHUP unless it is ignored, become a flag that long
 * work polls. The first one counts; a second one is urgent: whoever waits for
 * somebody else waits no more, and only cleans up; a third one ends the process
 * at once.
 *
 * Thread: install on the main thread before others start; the rest: any. */
void interrupt_install(void);

/* 0, or the signal that asked us to stop. */
int interrupt_pending(void);

bool interrupt_is_urgent(void);

/* SIGUSR1 asks what is under way: whether it has come since the last call.
 * Installed on its own, as above. */
void interrupt_install_question(void);
bool interrupt_is_asked(void);

#endif
