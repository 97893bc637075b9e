/* SPDX-License-Identifier: Apache-2.0 */
#include "database/header.h"

#include <endian.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* https://www.sqlite.org/fileformat2.html#the_database_header */
#define MAGIC "SQLite format 3" /* with its NUL */
#define AT_PAGE_SIZE 16
#define AT_WRITE_VERSION 18
#define AT_READ_VERSION 19
#define AT_PAGES 28
#define AT_USER_VERSION 60
#define AT_APPLICATION_ID 68
#define SIZE 100
#define VERSION_WAL 2

static uint32_t read_u32(const unsigned char *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return be32toh(value);
}

static uint16_t read_u16(const unsigned char *bytes) {
    uint16_t value;
    memcpy(&value, bytes, sizeof value);
    return be16toh(value);
}

static bool is_ours(const unsigned char *header, uint64_t bytes) {
    return memcmp(header, MAGIC, sizeof MAGIC) == 0 &&
           read_u16(header + AT_PAGE_SIZE) == HEADER_PAGE_SIZE &&
           header[AT_WRITE_VERSION] == VERSION_WAL &&
           header[AT_READ_VERSION] == VERSION_WAL &&
           read_u32(header + AT_USER_VERSION) == HEADER_VERSION &&
           read_u32(header + AT_APPLICATION_ID) == HEADER_APPLICATION_ID &&
           (uint64_t)read_u32(header + AT_PAGES) * HEADER_PAGE_SIZE == bytes;
}

bool header_is_whole(const char *path, uint64_t *bytes_out) {
    unsigned char header[SIZE];
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return false;
    }
    bool read_all = fstat(fd, &info) == 0 &&
                    pread(fd, header, sizeof header, 0) == sizeof header;
    (void)close(fd);
    if (!read_all || !is_ours(header, (uint64_t)info.st_size)) {
        return false;
    }
    *bytes_out = (uint64_t)info.st_size;
    return true;
}
