/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_DATABASE_HEADER_H
#define PLUNGE_DATABASE_HEADER_H

#include <stdbool.h>
#include <stdint.h>

/* What the first bytes of a file say, without opening it as a database. */

/* "plng", so that file(1) and we know our own. */
#define HEADER_APPLICATION_ID 0x706c6e67

/* Of the users' table and of who user i is: goes up when either changes. */
#define HEADER_VERSION 1

#define HEADER_PAGE_SIZE 4096

/* Whether @path is a database of ours, of this version, whole: in WAL mode and
 * as long as it says. false for a missing or unreadable one, too. */
bool header_is_whole(const char *path, uint64_t *bytes_out);

#endif
