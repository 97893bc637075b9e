/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_MARKDOWN_H
#define PLUNGE_REPORT_MARKDOWN_H

#include <stddef.h>

struct arena;
struct result;
struct text;

/* Markdown for a pull request, a merge request or a job's summary, as GitHub
 * and GitLab read it: the verdict, every expectation, the figures, what was
 * left behind and what went wrong. Begins with a hidden marker of the
 * scenario, <!-- plunge:rush -->, by which a comment is found again and
 * updated, not repeated.
 *
 * A comment takes MARKDOWN_SIZE_MAX characters: what does not fit is counted,
 * and the lines that say so do. */
#define MARKDOWN_SIZE_MAX ((size_t)65536)

void markdown_write(const struct result *result, struct arena *arena,
                    struct text *text);

#endif
