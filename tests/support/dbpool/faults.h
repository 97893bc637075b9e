/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_DBPOOL_FAULTS_H
#define TESTS_SUPPORT_DBPOOL_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

/* Fails what the linker wraps (FAULTABLE in mk/flags.mk): every allocation and
 * every start of a thread, on any thread of the process.
 *
 * Thread: any. */

/* The @nth call from now, counted from 1, fails; with @for_ever all after it
 * do, too. */
void faults_arm(uint64_t nth, bool for_ever);

/* Only the @nth start of a thread fails (or all from it on). */
void faults_arm_threads(uint64_t nth, bool for_ever);

/* Nothing fails any more. Returns whether anything did. */
bool faults_disarm(void);

/* The next test has none that were armed before. */
void faults_end_test(void);

/* Calls seen since it was armed. */
uint64_t faults_calls(void);

/* From now on it is so much later, as the library sees it. */
void faults_advance_clock(uint64_t ns);

/* Whether SQLite says that it was compiled for programs of one thread. */
void faults_say_one_thread(bool one_thread);

/* Threads that were started and not joined. */
int faults_threads_outstanding(void);

/* Mutexes and conditions that were made and not given back: most systems keep
 * nothing for them, and some do. */
int faults_locks_outstanding(void);

/* A line each, with the place in the program that made it (addr2line). */
void faults_say_locks(void);

#endif
