/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BESIDE_OPENING_H
#define PLUNGE_BESIDE_OPENING_H

/* What it costs to open a pool, to ask, and to close it cleanly, beside what it
 * costs to start and join the same threads and to open and close the same
 * connections by hand.
 *
 * A pool opens a connection when a thread has something to run, so one lookup
 * opens one connection, however many threads there are. Where more are asked
 * for at once, each thread gets one, and waits, when it has its connection, for
 * the others to have theirs, on either side: so it is the same number in each
 * round. How many there were is counted in each round, and the program fails
 * where they are not the same. */

/* opening DATABASE MIN MAX LOOKUPS ROUNDS: @rounds pairs of both, in changing
 * order; prints their times and counts as JSON. */
int opening_run(char **arguments);

/* open-once WHO DATABASE MIN MAX LOOKUPS ROUNDS: that many rounds of one of
 * both, dbpool or hand, for ci/opening to count instructions and system calls
 * of: under callgrind from behind the first round on, with a getppid() in front
 * of and behind them. */
int opening_run_one(char **arguments);

#endif
