/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BESIDE_ROWS_H
#define PLUNGE_BESIDE_ROWS_H

/* What results of many rows, and of large ones, cost through a pool of one
 * thread, beside a plain loop over the same statement on a connection with the
 * same settings: both look at every value, and what they have seen is compared.
 *
 * rows FOLDER BLOCKS: makes rows.db in FOLDER, which is removed again, measures
 * every point on both sides in each block, in random order, and prints JSON. */
int rows_run(char **arguments);

#endif
