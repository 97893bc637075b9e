/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_VALGRIND_XML_H
#define PLUNGE_CELL_VALGRIND_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct findings;

/* What valgrind wrote of a process with --xml=yes, protocol 4. Every <error>
 * and <fatal_signal> is a finding with its stacks: a line a frame, each further
 * stack behind a line that says what it shows and ends in a colon.
 *
 * Two kinds of leaks are summed and are no findings: what is still reachable
 * at the end, which is what libraries set up once; and, where pools are left
 * open, what is possibly lost: the C library keeps the blocks of a running
 * thread that way. The ledger names such a thread. */
struct valgrind_xml {
    /* In. */
    const char *tool;
    bool open_pools;
    /* Out; the text is in the arena of the findings. */
    const char *version; /* of valgrind; NULL: it does not say */
    uint64_t still_reachable_bytes;
    uint64_t possibly_lost_bytes;
};

/* Returns NULL, or one clause that says why this is not all that there was:
 * the end is missing, or it is no such file. What could be read is there in
 * any case. */
const char *valgrind_xml_read(struct valgrind_xml *xml, const char *bytes,
                              size_t size, struct findings *findings);

#endif
