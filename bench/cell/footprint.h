/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_FOOTPRINT_H
#define PLUNGE_CELL_FOOTPRINT_H

#include <stdint.h>
#include <sys/types.h>

/* The most memory that a process has had resident (VmHWM), since it became the
 * program that it is. 0: it has ended, or cannot be looked at. */
uint64_t footprint_peak_bytes(pid_t pid);

#endif
