/* SPDX-License-Identifier: Apache-2.0 */
#include "annotate.h"

#include <sqlite3.h>
#include <string.h>

#ifdef DBPOOL_VALGRIND

/* Where the flag is nobody says: it is what an interrupt changes. */
void dbpool__annotate_interrupt(struct sqlite3 *handle) {
    unsigned char before[4096];
    size_t size = (size_t)sqlite3_msize(handle);
    if (size > sizeof before) {
        size = sizeof before;
    }
    memcpy(before, handle, size);
    sqlite3_interrupt(handle);
    const unsigned char *after = (const unsigned char *)handle;
    for (size_t i = 0; i + sizeof(int) <= size; i += sizeof(int)) {
        if (memcmp(before + i, after + i, sizeof(int)) != 0) {
            VALGRIND_HG_DISABLE_CHECKING(after + i, sizeof(int));
            ANNOTATE_BENIGN_RACE_SIZED(after + i, sizeof(int), "");
        }
    }
}

#else

void dbpool__annotate_interrupt(struct sqlite3 *handle) {
    (void)handle;
}

#endif
