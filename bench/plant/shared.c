/* SPDX-License-Identifier: Apache-2.0 */
#include "plant/shared.h"

#include <stdio.h>
#include <sys/mman.h>

void shared_name(pid_t supervisor, char name_out[SHARED_NAME_SIZE]) {
    (void)snprintf(name_out, SHARED_NAME_SIZE, "/plunge-selftest-%ld",
                   (long)supervisor);
}

void shared_remove(pid_t supervisor) {
    char name[SHARED_NAME_SIZE];
    shared_name(supervisor, name);
    (void)shm_unlink(name);
}
