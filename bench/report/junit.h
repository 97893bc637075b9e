/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_JUNIT_H
#define PLUNGE_REPORT_JUNIT_H

#include <stddef.h>

struct arena;
struct result;
struct text;

/* JUnit's XML as Jenkins, GitLab and the actions of GitHub read it: a suite for
 * each result, a test for each case (cases.h). A promise that broke is a
 * failure, with the file and line of the scenario; what could not be measured
 * an error; what is not decided is skipped. */
void junit_write(const struct result *const *results, size_t results_count,
                 struct arena *arena, struct text *text);

#endif
