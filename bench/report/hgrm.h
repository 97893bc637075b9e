/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_HGRM_H
#define PLUNGE_REPORT_HGRM_H

#include <stddef.h>

#include "report/format.h"

struct histogram;

/* HdrHistogram's percentile text, as Java's writes it and its plotFiles.html
 * reads it: latency from the intended start, in ms. */

/* One after the other, each ended by a comment that says what it is of. */
void hgrm_write(const struct result *result, struct arena *arena,
                struct text *text);

/* The same as files of their own, for who plots draws a curve a file: one is
 * NAME.hgrm, several are NAME.POINT.PHASE.hgrm. */
struct format_file *hgrm_files(const struct result *result, struct arena *arena,
                               size_t *count_out);

/* One histogram in ms, 5 lines for each half of the distance to 100 %. */
void hgrm_append(const struct histogram *histogram, struct text *text);

#endif
