/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_FORMAT_H
#define PLUNGE_REPORT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct result;
struct text;

/* Appends the whole of @result in one form. The same result gives the same
 * bytes, whether it was measured just now or read from a file. Memory: what is
 * needed on the way in @arena. */
typedef void (*format_write)(const struct result *result, struct arena *arena,
                             struct text *text);

/* The same of several results, which are of different scenarios: one text. */
typedef void (*format_write_all)(const struct result *const *results,
                                 size_t results_count, struct arena *arena,
                                 struct text *text);

/* Files that are as many as a result has parts. */
struct format_file {
    const char *name;
    const char *bytes;
    size_t size;
};
typedef struct format_file *(*format_files)(const struct result *result,
                                            struct arena *arena,
                                            size_t *count_out);

/* A form in which a result is written: into a run's folder, or by `plunge
 * report --format NAME`. One of `write` and `write_all` is there: that of one
 * result, or of any number. */
struct format {
    const char *name;
    const char *file; /* in a run's folder; NULL: only when asked for */
    const char *what; /* one line */
    format_write write;
    format_write_all write_all;
    format_files files; /* in place of the one file, of which it has the name's
                           form; NULL: it is one */
    bool of_histograms; /* without them it says nothing */
};

/* In the order in which they are listed. */
const struct format *format_list(size_t *count_out);

/* NULL: there is none of that name. */
const struct format *format_find(const char *name);

/* Appends @results in that form; several only where it has `write_all`. */
void format_append(const struct format *format,
                   const struct result *const *results, size_t results_count,
                   struct arena *arena, struct text *text);

#endif
