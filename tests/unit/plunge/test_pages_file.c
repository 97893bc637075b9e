/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "database/pages_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/scratch.h"
#include "support/suite.h"

#define PAGE_SIZE 65536
#define LOCK_PAGE 16385 /* begins at 1 GiB */

static int open_file(struct scratch *scratch) {
    int fd = open(scratch_path(scratch, "pages"), O_RDWR | O_CREAT, 0600);
    assert_true(fd >= 0);
    return fd;
}

/* A page of its own number. */
static void add(struct pages_file *file) {
    static unsigned char page[PAGE_SIZE];
    uint64_t number = file->next;

    memcpy(page, &number, sizeof number);
    assert_int_equal(pages_file_add(file, page), 0);
}

/* 0 where the file has a hole. */
static uint64_t number_in(int fd, uint64_t number, uint32_t page_size) {
    uint64_t found = 1;
    assert_int_equal(
        pread(fd, &found, sizeof found, (off_t)((number - 1) * page_size)),
        sizeof found);
    return found;
}

static void the_page_of_the_locks_is_given_to_nobody(void **state) {
    /* The file's pages before @first are a hole. */
    for (uint64_t first = LOCK_PAGE - 20; first <= LOCK_PAGE + 1;
         first += first == LOCK_PAGE - 1 ? 2 : 1) {
        int fd = open_file(*state);
        struct pages_file file;
        pages_file_init(&file, fd, PAGE_SIZE, (uint32_t)first);
        for (unsigned i = 0; i < 40; i++) {
            add(&file);
        }
        assert_int_equal(pages_file_flush(&file), 0);
        uint64_t skipped = first < LOCK_PAGE ? 1 : 0;
        assert_int_equal(pages_file_count(&file), first + 39 + skipped);
        for (uint64_t number = first; number < first + 40 + skipped; number++) {
            assert_int_equal(number_in(fd, number, PAGE_SIZE),
                             number == LOCK_PAGE ? 0 : number);
        }
        struct stat info;
        assert_int_equal(fstat(fd, &info), 0);
        assert_int_equal(info.st_size,
                         (first + 39 + skipped) * (uint64_t)PAGE_SIZE);
        pages_file_fini(&file);
        assert_int_equal(close(fd), 0);
        assert_int_equal(unlink(scratch_path(*state, "pages")), 0);
    }
}

static void a_file_that_ends_before_the_locks_does_not_hold_them(void **state) {
    int fd = open_file(*state);
    struct pages_file file;

    pages_file_init(&file, fd, PAGE_SIZE, LOCK_PAGE - 1);
    assert_int_equal(pages_file_after(&file, LOCK_PAGE - 1), LOCK_PAGE + 1);
    add(&file);
    assert_int_equal(file.next, LOCK_PAGE + 1);
    assert_int_equal(pages_file_count(&file), LOCK_PAGE - 1);
    assert_int_equal(pages_file_flush(&file), 0);
    struct stat info;
    assert_int_equal(fstat(fd, &info), 0);
    assert_int_equal(info.st_size, PAGES_LOCK_BYTE);
    pages_file_fini(&file);
    assert_int_equal(close(fd), 0);
}

/* Beyond what 32 bits count in bytes, and up to the last number there is. */
static void pages_have_their_place_however_large_the_file_is(void **state) {
    int fd = open_file(*state);
    struct pages_file file;

    pages_file_init(&file, fd, 512, PAGES_NUMBER_MAX - 2);
    add(&file);
    add(&file);
    add(&file);
    unsigned char page[512] = {0};
    assert_int_equal(pages_file_add(&file, page), -EOVERFLOW);
    assert_int_equal(pages_file_flush(&file), 0);
    assert_int_equal(pages_file_count(&file), PAGES_NUMBER_MAX);
    assert_int_equal(number_in(fd, PAGES_NUMBER_MAX, 512), PAGES_NUMBER_MAX);
    assert_int_equal(number_in(fd, PAGES_NUMBER_MAX - 2, 512),
                     PAGES_NUMBER_MAX - 2);
    assert_int_equal(number_in(fd, PAGES_NUMBER_MAX - 3, 512), 0);
    pages_file_fini(&file);
    assert_int_equal(close(fd), 0);
}

static void a_write_that_fails_is_told(void **state) {
    (void)state;
    int fd = open("/dev/full", O_WRONLY);
    struct pages_file file;
    unsigned char page[512] = {0};

    assert_true(fd >= 0);
    pages_file_init(&file, fd, 512, 2);
    assert_int_equal(pages_file_add(&file, page), 0);
    assert_int_equal(pages_file_flush(&file), -ENOSPC);
    assert_int_equal(pages_file_put(&file, 1, page), -ENOSPC);
    pages_file_fini(&file);
    assert_int_equal(close(fd), 0);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(the_page_of_the_locks_is_given_to_nobody),
        TEST(a_file_that_ends_before_the_locks_does_not_hold_them),
        TEST(pages_have_their_place_however_large_the_file_is),
        TEST(a_write_that_fails_is_told),
    };
    return SUITE_RUN(tests, argc, argv);
}
