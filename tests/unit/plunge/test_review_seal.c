/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "people/seal.h"

#include <stdlib.h>
#include <string.h>

#include "people/syllable.h"
#include "support/suite.h"

/* The seal as it is defined, digit by digit. */
static uint64_t by_the_book(uint64_t sum, const char *bytes, size_t size) {
    const uint64_t prime = 121550617;
    const uint64_t base = 77465321;
    sum = (sum * base + size) % prime;
    for (size_t at = 0; at < size; at += 8) {
        uint64_t word = 0;
        for (size_t i = 0; i < 8 && at + i < size; i++) {
            word |= (uint64_t)(unsigned char)bytes[at + i] << (8 * i);
        }
        sum = (sum * base + word % prime) % prime;
    }
    return sum;
}

static void fill(char *bytes, size_t size, unsigned seed) {
    for (size_t i = 0; i < size; i++) {
        seed = seed * 1103515245 + 12345;
        bytes[i] = (char)(seed >> 16);
    }
}

/* Blocks of just that size, so that no byte beyond them is read. */
static void expect_by_the_book(size_t login_size, size_t called_size) {
    char *login = malloc(login_size + 1);
    char *called = malloc(called_size + 1);
    assert_non_null(login);
    assert_non_null(called);
    fill(login + 1, login_size, 7);
    fill(called + 1, called_size, 11);
    char seal[SEAL_SIZE];
    char wanted[SYLLABLE_WORD_SIZE];
    uint64_t sum = by_the_book(0, login + 1, login_size);
    sum = by_the_book(sum, called + 1, called_size);
    syllable_write((uint32_t)sum, wanted);
    wanted[0] = (char)(wanted[0] - 'a' + 'A');
    seal_write(&(struct seal_subject){.login = login + 1,
                                      .login_size = login_size,
                                      .called = called + 1,
                                      .called_size = called_size},
               seal);
    assert_int_equal(seal[0], '-');
    assert_memory_equal(seal + 1, wanted, SYLLABLE_WORD_SIZE);
    free(login);
    free(called);
}

static void a_seal_of_any_size_is_by_the_book(void **state) {
    (void)state;
    for (size_t size = 0; size <= SEAL_CALLED_MAX; size++) {
        expect_by_the_book(size % (SEAL_LOGIN_MAX + 1), size);
        expect_by_the_book(SEAL_LOGIN_MAX - size / 2, SEAL_CALLED_MAX - size);
    }
    expect_by_the_book(SEAL_LOGIN_MAX, SEAL_CALLED_MAX);
}

static void a_changed_byte_is_noticed_wherever_it_is(void **state) {
    (void)state;
    char login[SEAL_LOGIN_MAX];
    char called[SEAL_CALLED_MAX + SEAL_SIZE];
    fill(login, sizeof login, 1);
    fill(called, sizeof called, 2);
    struct seal_subject subject = {.login = login,
                                   .login_size = sizeof login,
                                   .called = called,
                                   .called_size = SEAL_CALLED_MAX};
    seal_write(&subject, called + SEAL_CALLED_MAX);
    subject.called_size = sizeof called;
    assert_true(seal_fits(&subject));
    for (size_t i = 0; i < sizeof login + sizeof called; i++) {
        char *byte = i < sizeof login ? &login[i] : &called[i - sizeof login];
        const char before = *byte;
        for (int change = 1; change < 256; change++) {
            *byte = (char)(before ^ change);
            assert_false(seal_fits(&subject));
        }
        *byte = before;
    }
}

static void what_is_longer_than_any_person_does_not_fit(void **state) {
    (void)state;
    char bytes[SEAL_CALLED_MAX + SEAL_SIZE + 1];
    fill(bytes, sizeof bytes, 3);
    const struct seal_subject subjects[] = {
        {bytes, 1, bytes, sizeof bytes},
        {bytes, SEAL_LOGIN_MAX + 1, bytes, SEAL_CALLED_MAX},
        {bytes, 1, bytes, SEAL_SIZE - 1},
    };
    for (size_t i = 0; i < 3; i++) {
        assert_false(seal_fits(&subjects[i]));
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seal_of_any_size_is_by_the_book),
        cmocka_unit_test(a_changed_byte_is_noticed_wherever_it_is),
        cmocka_unit_test(what_is_longer_than_any_person_does_not_fit),
    };
    return SUITE_RUN(tests, argc, argv);
}
