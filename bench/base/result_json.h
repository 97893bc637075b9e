/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BASE_RESULT_JSON_H
#define PLUNGE_BASE_RESULT_JSON_H

#include "base/result.h"

struct text;

/* The schema plunge/1, both ways. Writing is deterministic: the same data give
 * the same bytes, on one line or indented by two, with a line feed at the end.
 * A count above 2^53 is written as a string, which keeps its digits; bytes that
 * are no UTF-8 are replaced.
 *
 * Reading ignores what it does not know, takes what is missing as unknown, and
 * puts all memory into @arena. Required are only the schema, the verdict, a
 * cell's outcome.state and a leftover's kind, which have no "unknown". It
 * returns 0, or -1 with one sentence that says where the text is broken in
 * @problem_out (in @arena): by line and column, or by field:
 *
 *   cells[0].phases[1].completed: expected a count, got "many" */
enum result_json_form {
    RESULT_JSON_LINE,
    RESULT_JSON_INDENTED,
};

void result_json_write(const struct result *result, enum result_json_form form,
                       struct text *text);
int result_json_read(const char *bytes, size_t size, struct arena *arena,
                     struct result **result_out, const char **problem_out);

/* One element of "cells" by itself: how a cell's process hands over what it
 * measured. On one line, without a line feed. */
void result_json_write_cell(const struct result_cell *cell, struct text *text);
int result_json_read_cell(const char *bytes, size_t size, struct arena *arena,
                          struct result_cell *cell_out,
                          const char **problem_out);

#endif
