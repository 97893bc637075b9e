/* SPDX-License-Identifier: Apache-2.0 */
#include "database/header.h"

#include <endian.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "database/database.h"
#include "database/pages_bytes.h"

/* https://www.sqlite.org/fileformat2.html#the_database_header */
#define MAGIC "SQLite format 3" /* with its NUL */
#define AT_PAGE_SIZE 16
#define AT_WRITE_VERSION 18
#define AT_READ_VERSION 19
#define AT_FRACTIONS 21
#define AT_CHANGES 24
#define AT_PAGES 28
#define AT_SCHEMA_CHANGES 40
#define AT_SCHEMA_FORMAT 44
#define AT_ENCODING 56
#define AT_USER_VERSION 60
#define AT_APPLICATION_ID 68
#define AT_VALID_FOR 92
#define AT_SQLITE_VERSION 96

#define VERSION_ROLLBACK 1
#define VERSION_WAL 2
#define SCHEMA_FORMAT 4
#define ENCODING_UTF8 1

/* The largest payload fraction, the smallest, and the leaves': fixed. */
static const unsigned char fractions[] = {64, 32, 32};

bool database_page_size_is(uint64_t size) {
    return size >= DATABASE_PAGE_SIZE_MIN && size <= DATABASE_PAGE_SIZE_MAX &&
           (size & (size - 1)) == 0;
}

uint32_t header_page_size(const struct database_form *form) {
    return form->page_size == 0 ? DATABASE_PAGE_SIZE_DEFAULT : form->page_size;
}

/* What does not depend on the number of pages. */
static void write_fixed(unsigned char *header,
                        const struct database_form *form) {
    unsigned char version =
        form->journal == DATABASE_WAL ? VERSION_WAL : VERSION_ROLLBACK;

    memcpy(header, MAGIC, sizeof MAGIC);
    /* 65536 is written as 1. */
    uint32_t page_size = header_page_size(form);
    bytes_put_u16(header + AT_PAGE_SIZE,
                  page_size == DATABASE_PAGE_SIZE_MAX ? 1 : page_size);
    header[AT_WRITE_VERSION] = version;
    header[AT_READ_VERSION] = version;
    bytes_put_u32(header + AT_USER_VERSION, HEADER_VERSION);
    bytes_put_u32(header + AT_APPLICATION_ID, HEADER_APPLICATION_ID);
}

static bool is_ours(const unsigned char *header,
                    const struct database_form *form, uint64_t bytes) {
    unsigned char expected[HEADER_SIZE];

    write_fixed(expected, form);
    return memcmp(header, expected, AT_READ_VERSION + 1) == 0 &&
           memcmp(header + AT_USER_VERSION, expected + AT_USER_VERSION,
                  sizeof(uint32_t)) == 0 &&
           memcmp(header + AT_APPLICATION_ID, expected + AT_APPLICATION_ID,
                  sizeof(uint32_t)) == 0 &&
           (uint64_t)bytes_get_u32(header + AT_PAGES) *
                   header_page_size(form) ==
               bytes;
}

bool header_is_whole(const char *path, const struct database_form *form,
                     uint64_t *bytes_out) {
    unsigned char header[HEADER_SIZE];
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return false;
    }
    bool read_all = fstat(fd, &info) == 0 &&
                    pread(fd, header, sizeof header, 0) == sizeof header;
    (void)close(fd);
    if (!read_all || !is_ours(header, form, (uint64_t)info.st_size)) {
        return false;
    }
    *bytes_out = (uint64_t)info.st_size;
    return true;
}

void header_write(unsigned char header[HEADER_SIZE],
                  const struct database_form *form, uint32_t pages_count) {
    memset(header, 0, HEADER_SIZE);
    write_fixed(header, form);
    memcpy(header + AT_FRACTIONS, fractions, sizeof fractions);
    bytes_put_u32(header + AT_CHANGES, 1);
    bytes_put_u32(header + AT_PAGES, pages_count);
    bytes_put_u32(header + AT_SCHEMA_CHANGES, 1);
    bytes_put_u32(header + AT_SCHEMA_FORMAT, SCHEMA_FORMAT);
    bytes_put_u32(header + AT_ENCODING, ENCODING_UTF8);
    /* The number of pages is that of this change: else SQLite goes by the
     * file's length. */
    bytes_put_u32(header + AT_VALID_FOR, 1);
    bytes_put_u32(header + AT_SQLITE_VERSION, SQLITE_VERSION_NUMBER);
}
