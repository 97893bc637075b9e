/* SPDX-License-Identifier: Apache-2.0 */
#include "database/pages_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"

#define WAITING_MAX ((size_t)1024 * 1024)

static uint64_t lock_page(const struct pages_file *file) {
    return PAGES_LOCK_BYTE / file->page_size + 1;
}

void pages_file_init(struct pages_file *file, int fd, uint32_t page_size,
                     uint32_t first) {
    *file = (struct pages_file){.fd = fd,
                                .page_size = page_size,
                                .next = first,
                                .waiting = malloc(WAITING_MAX)};
    if (file->waiting == NULL) {
        check_out_of_memory();
    }
}

void pages_file_fini(struct pages_file *file) {
    free(file->waiting);
    file->waiting = NULL;
}

uint64_t pages_file_after(const struct pages_file *file, uint64_t number) {
    return number + 1 == lock_page(file) ? number + 2 : number + 1;
}

static int write_at(int fd, const unsigned char *bytes, size_t size,
                    uint64_t offset) {
    while (size != 0) {
        ssize_t written = pwrite(fd, bytes, size, (off_t)offset);
        if (written < 0 && errno != EINTR) {
            return -errno;
        }
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
            offset += (uint64_t)written;
        }
    }
    return 0;
}

int pages_file_put(const struct pages_file *file, uint32_t number,
                   const unsigned char *page) {
    return write_at(file->fd, page, file->page_size,
                    (uint64_t)(number - 1) * file->page_size);
}

/* What waits ends before page @end. */
static int write_waiting(struct pages_file *file, uint64_t end) {
    size_t size = file->waiting_size;

    file->waiting_size = 0;
    return write_at(file->fd, file->waiting, size,
                    (end - 1) * file->page_size - size);
}

int pages_file_add(struct pages_file *file, const unsigned char *page) {
    uint64_t number = file->next;

    if (number > PAGES_NUMBER_MAX) {
        return -EOVERFLOW;
    }
    memcpy(file->waiting + file->waiting_size, page, file->page_size);
    file->waiting_size += file->page_size;
    file->next = pages_file_after(file, number);
    /* The page of the locks is a hole in the file, which reads as zeros. */
    if (file->waiting_size == WAITING_MAX || file->next != number + 1) {
        return write_waiting(file, number + 1);
    }
    return 0;
}

uint32_t pages_file_count(const struct pages_file *file) {
    uint64_t last = file->next - 1;
    return (uint32_t)(last == lock_page(file) ? last - 1 : last);
}

int pages_file_flush(struct pages_file *file) {
    return write_waiting(file, (uint64_t)pages_file_count(file) + 1);
}
