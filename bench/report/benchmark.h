/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_BENCHMARK_H
#define PLUNGE_REPORT_BENCHMARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct result;
struct result_cell;

/* A result as what programs that watch benchmarks know: figures by name, each
 * with a value that is comparable from run to run. Times that too few samples
 * stand behind are left out, and so is what was not measured. */
enum benchmark_unit {
    BENCHMARK_NANOSECONDS,
    BENCHMARK_PER_SECOND,
    BENCHMARK_BYTES,
    BENCHMARK_COUNT,
};

struct benchmark {
    const char *scenario;
    const struct result_cell *cell; /* the first of its point */
    const char *point;              /* name.h */
    const char *phase;              /* "": of the whole cell */
    const char *measure;
    enum benchmark_unit unit;
    bool bigger_is_better;
    double value; /* the median over the blocks; of counts the most of any */
    double low;   /* and the least and the most */
    double high;
    size_t blocks_count;
    uint64_t samples; /* in all blocks; 0: it is no figure of lookups */
};

/* In @arena. */
struct benchmark *benchmark_list(const struct result *result,
                                 struct arena *arena, size_t *count_out);

#endif
