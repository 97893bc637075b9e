/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_FORMAT_H
#define PLUNGE_REPORT_FORMAT_H

#include <stddef.h>

struct arena;
struct result;
struct text;

/* Appends the whole of @result in one form. The same result gives the same
 * bytes, whether it was measured just now or read from a file. Memory: what is
 * needed on the way in @arena. */
typedef void (*format_write)(const struct result *result, struct arena *arena,
                             struct text *text);

/* A form in which a result is written: into a run's folder, or by `plunge
 * report --format NAME`. */
struct format {
    const char *name;
    const char *file; /* in a run's folder; NULL: only when asked for */
    const char *what; /* one line */
    format_write write;
};

/* In the order in which they are listed. */
const struct format *format_list(size_t *count_out);

/* NULL: there is none of that name. */
const struct format *format_find(const char *name);

#endif
