/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BESIDE_MEMORY_H
#define PLUNGE_BESIDE_MEMORY_H

/* What the library holds for requests that are in flight, by each stage of
 * their way: counted from its own allocations, those of SQLite and of the loop
 * apart, with what the process has in memory beside it. The threads are held
 * until all requests are submitted, and the loop does not run until all have
 * run, so that at each stage all of them are there.
 *
 * memory DATABASE IN_FLIGHT THREADS: prints the stages as JSON, each as what it
 * has more than there was before the first of these requests. */
int memory_run(char **arguments);

#endif
