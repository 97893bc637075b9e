/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_DATABASE_PAGES_FILE_H
#define PLUNGE_DATABASE_PAGES_FILE_H

#include <stddef.h>
#include <stdint.h>

/* The pages of a database file in the order of their numbers, from 1, written
 * in large pieces.
 *
 * Invariant: the page with the byte at 1 GiB, which SQLite keeps for its locks,
 *            is given to nobody; it stays zeros.
 * Errors:    0 or -errno; -EOVERFLOW where SQLite has no numbers for more
 * pages. */
#define PAGES_LOCK_BYTE UINT64_C(0x40000000)
#define PAGES_NUMBER_MAX UINT32_C(0xfffffffe)

struct pages_file {
    int fd;
    uint32_t page_size;
    uint64_t next; /* the number that pages_file_add() gives; not the lock's */
    unsigned char *waiting; /* whole pages, up to page next - 1 */
    size_t waiting_size;
};

/* Keeps the pages before @first for pages_file_put(). */
void pages_file_init(struct pages_file *file, int fd, uint32_t page_size,
                     uint32_t first);
void pages_file_fini(struct pages_file *file);

/* The number after page @number. */
uint64_t pages_file_after(const struct pages_file *file, uint64_t number);

/* Page file->next gets these bytes. */
int pages_file_add(struct pages_file *file, const unsigned char *page);

/* One of those that were kept. */
int pages_file_put(const struct pages_file *file, uint32_t number,
                   const unsigned char *page);

/* Writes what is still waiting: the file is as long as its pages. */
int pages_file_flush(struct pages_file *file);

/* How many pages the file has. */
uint32_t pages_file_count(const struct pages_file *file);

#endif
