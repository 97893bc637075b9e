/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_FOLDER_H
#define PLUNGE_REPORT_FOLDER_H

struct arena;
struct result;

/* Makes @folder, where it is missing: what cannot be written is known before
 * anything was measured.
 *
 * Returns: 0, or -1 with one sentence in @problem_out (in @arena). */
int report_make_folder(const char *folder, struct arena *arena,
                       const char **problem_out);

/* There will be nothing to write: an empty one goes. */
void report_leave_folder(const char *folder);

/* Makes @folder, where it is missing, and writes into it result.json and the
 * file of every other format that has one (format.h). Those are made of what
 * result.json says, so that `plunge report` can give the same bytes again.
 *
 * Each file is there whole or not at all.
 * Returns: 0, or -1 with one sentence in @problem_out (in @arena). */
int report_write_folder(const struct result *result, const char *folder,
                        struct arena *arena, const char **problem_out);

#endif
