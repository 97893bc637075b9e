/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_CSV_H
#define PLUNGE_REPORT_CSV_H

#include <stddef.h>

struct arena;
struct result;
struct text;

/* A flat table (RFC 4180, but with line feeds): a row for each phase of each
 * cell, one for a cell without any. Base units; what was not measured is empty.
 * plunge(1) has its columns; new ones come behind the others. */
void csv_write(const struct result *const *results, size_t results_count,
               struct arena *arena, struct text *text);

#endif
