/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_ENVIRONMENT_H
#define PLUNGE_MEASURE_ENVIRONMENT_H

#include <stddef.h>

struct arena;
struct result_fact;

/* What decides whether two results may be compared: processor, cores, memory,
 * kernel, boot id, C library, SQLite, libuv, compiler, build variant, governor,
 * load average at the start. What the machine does not tell is left out.
 * Memory: in @arena. */
struct result_fact *environment_facts(struct arena *arena, size_t *count_out);

#endif
