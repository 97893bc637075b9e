/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_CALLGRIND_H
#define PLUNGE_MEASURE_CALLGRIND_H

#include <stddef.h>
#include <stdint.h>

struct arena;

/* What callgrind wrote: the instructions that each function executed itself. */
struct callgrind_function {
    const char *name;
    const char *file;
    uint64_t instructions;
};

struct callgrind {
    uint64_t instructions; /* of all */
    struct callgrind_function *functions;
    size_t functions_count;
};

/* Memory:  in @arena.
 * Returns: 0, or -1 with one sentence. */
int callgrind_read(const char *text, struct arena *arena,
                   struct callgrind *callgrind_out, const char **problem_out);

/* The function that executed most instructions more in @after than in @before,
 * with that difference; NULL: none did. */
const struct callgrind_function *callgrind_grown(const struct callgrind *before,
                                                 const struct callgrind *after,
                                                 int64_t *difference_out);

#endif
