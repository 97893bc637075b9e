/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_PLANT_SHARED_H
#define PLUNGE_PLANT_SHARED_H

#include <sys/types.h>

/* The shared memory that a planted cell leaves behind outlives it: its name is
 * known to the process that has started the cell, which removes it. */
#define SHARED_NAME_SIZE 48

void shared_name(pid_t supervisor, char name_out[SHARED_NAME_SIZE]);
void shared_remove(pid_t supervisor);

#endif
