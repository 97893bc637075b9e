/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <limits.h>

/* A value of JSON, 2000 levels deep, takes 130 KiB, which no limit of SQLite's
 * can lower. */
#define STACK_SIZE_MIN ((size_t)256 * 1024)
#define STACK_SIZE_MAX ((size_t)1024 * 1024 * 1024)

#define STREAM_BYTES_MIN ((size_t)1024)
#define STREAM_BYTES_MAX ((size_t)1024 * 1024 * 1024)

#define CACHE_BYTES_MIN ((size_t)4096)
#define CACHE_BYTES_MAX ((size_t)1024 * 1024 * 1024 * 1024)

void dbpool_options_init(struct dbpool_options *options) {
    *options = (struct dbpool_options){
        .min = 3,
        .max = 5,
        .name = "dbpool",
        .busy_timeout_ms = 5000,
        .statements_max = 64,
        .batch_max = 64,
        .stream_rows = 1000,
        .stream_bytes = (size_t)64 * 1024,
        .stack_size = (size_t)1536 * 1024, /* see limit_depth() */
        .good_sql = "SELECT 1",
        .spin_us = 50,
        .mmap_bytes = 0x7fff0000, /* SQLITE_MAX_MMAP_SIZE, of most */
        .cache_bytes = (size_t)2 * 1024 * 1024,
    };
}

static bool in_range(uint64_t value, uint64_t low, uint64_t high) {
    return value >= low && value <= high;
}

int dbpool__options_check(const struct dbpool_options *options) {
    bool good =
        options->name != NULL && options->good_sql != NULL &&
        in_range(options->max, 1, DBPOOL__THREADS_LIMIT) &&
        options->min <= options->max &&
        in_range(options->busy_timeout_ms, 0, INT_MAX) &&
        in_range(options->statements_max, 1, 4096) &&
        in_range(options->batch_max, 1, 1024) &&
        in_range(options->stream_rows, 1, 1000000) &&
        in_range(options->stream_bytes, STREAM_BYTES_MIN, STREAM_BYTES_MAX) &&
        in_range((uint64_t)options->queue_policy, DBPOOL_QUEUE_REFUSE,
                 DBPOOL_QUEUE_WAIT) &&
        in_range(options->spin_us, 0, 1000000) &&
        in_range(options->mmap_bytes, 0, INT64_MAX) &&
        in_range(options->cache_bytes, CACHE_BYTES_MIN, CACHE_BYTES_MAX) &&
        in_range(options->stack_size, STACK_SIZE_MIN, STACK_SIZE_MAX);
    return good ? DBPOOL_OK : DBPOOL_EINVAL;
}
