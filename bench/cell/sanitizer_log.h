/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_SANITIZER_LOG_H
#define PLUNGE_CELL_SANITIZER_LOG_H

struct findings;

/* What the compiler's sanitizers (address, leak, thread, undefined behaviour)
 * wrote of a process. Every report is a finding, every leak one of its own,
 * with its stacks as in valgrind_xml.h. Of a text in which no report can be
 * told apart the whole is one finding: nothing is lost. */
void sanitizer_log_read(const char *text, struct findings *findings);

#endif
