/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_HLOG_H
#define PLUNGE_REPORT_HLOG_H

struct arena;
struct result;
struct text;

/* HdrHistogram's interval log, version 1.3: a line for each measured phase of
 * each cell, under a tag of its point and phase, so that readers add the blocks
 * up. A result has one histogram a phase, no shorter intervals. When a cell
 * began is not in it either: intervals stand as if one followed the other. */
void hlog_write(const struct result *result, struct arena *arena,
                struct text *text);

#endif
