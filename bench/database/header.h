/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_DATABASE_HEADER_H
#define PLUNGE_DATABASE_HEADER_H

#include <stdbool.h>
#include <stdint.h>

struct database_form;

/* The first bytes of a database file. */

/* "plng", so that file(1) and we know our own. */
#define HEADER_APPLICATION_ID 0x706c6e67

/* Of the users' table, of who user i is, and of how the file is laid out: goes
 * up when one of them changes. */
#define HEADER_VERSION 2

#define HEADER_SIZE 100

/* The page size that @form stands for. */
uint32_t header_page_size(const struct database_form *form);

/* Whether @path is a database of ours, of this version and @form, whole: as
 * long as it says. Does not open it as a database. false for a missing or
 * unreadable one, too. */
bool header_is_whole(const char *path, const struct database_form *form,
                     uint64_t *bytes_out);

/* That of a database of @pages_count pages, with one statement of schema. */
void header_write(unsigned char header[HEADER_SIZE],
                  const struct database_form *form, uint32_t pages_count);

#endif
