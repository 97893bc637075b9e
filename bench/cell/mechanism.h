/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_MECHANISM_H
#define PLUNGE_CELL_MECHANISM_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct scenario_limits;

/* What holds a cell's process to its limits of threads and descriptors.
 *
 *     limits.by   who refuses a thread               who counts
 *     budget      the C library: see primitives.h    the process
 *     nproc       the kernel: RLIMIT_NPROC           the kernel
 *     pids        the kernel: a control group        the kernel
 *     seccomp     the kernel: a filter (refusal.h)   the process
 *
 * Where the kernel counts, threads that the process's own count leaves out (a
 * sanitizer's) are added to the limit, so that all mean the same number.
 * Descriptors are refused by the kernel, for RLIMIT_NOFILE. */

/* Before there is a child: tries in a process of its own whether the machine
 * offers what @limits ask for. Returns NULL, or why not in one sentence. */
const char *mechanism_objection(const struct scenario_limits *limits,
                                struct arena *arena);

/* In the child. */
struct mechanism {
    const struct scenario_limits *limits;
    const char *group; /* of pids, or NULL; borrowed */
    bool is_entered;
    uint64_t uncounted; /* threads that only the kernel knows of */
};

/* Only the main thread may run. @group: the path from pids_make(). */
void mechanism_init(struct mechanism *mechanism,
                    const struct scenario_limits *limits, const char *group);

/* Sets the limits; may be called again after mechanism_lift().
 * Returns: 0, or -1 with a sentence. */
int mechanism_arm(struct mechanism *mechanism, struct arena *arena,
                  const char **problem_out);

/* Nothing is limited, but for a filter that has struck: that stays. */
void mechanism_lift(struct mechanism *mechanism);

/* Descriptors alone, between two cycles: whoever counts them needs one. */
void mechanism_lift_fds(const struct mechanism *mechanism);
void mechanism_arm_fds(const struct mechanism *mechanism);

/* "budget", "nproc", "pids", "seccomp"; of fds, "rlimit". */
const char *mechanism_name(const struct scenario_limits *limits,
                           const char *resource);

#endif
