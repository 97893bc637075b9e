/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_DATABASE_ROWS_H
#define PLUNGE_DATABASE_ROWS_H

#include <stddef.h>
#include <stdint.h>

struct database_options;
struct rows;

/* The users of a database, one after the other, made on a thread of its own
 * while others are being written. Memory is constant: a few batches, which are
 * used again.
 *
 * Thread: one, that of rows_start(). */

/* One user: login, name, forname and bio lie behind one another. */
struct row {
    const char *bytes;
    uint32_t bio_size;
    uint8_t login_size;
    uint8_t name_size;
    uint8_t forname_size;
};

#define ROWS_PER_BATCH 4096

struct rows_batch {
    size_t count;
    struct row rows[ROWS_PER_BATCH];
};

/* 0 or -errno: there was no thread to be had. */
int rows_start(const struct database_options *options, struct rows **rows_out);

enum rows_next {
    ROWS_MORE,
    ROWS_END,
    ROWS_INTERRUPTED,
};

/* The next batch, which is there until the next call. Tells options->progress
 * from time to time, and of the first user. */
enum rows_next rows_next(struct rows *rows,
                         const struct rows_batch **batch_out);

/* Ends the thread, at the end or before it. */
void rows_stop(struct rows *rows);

#endif
