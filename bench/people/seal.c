/* SPDX-License-Identifier: Apache-2.0 */
#include "people/seal.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "people/syllable.h"

/* The text is read as one number in base MULTIPLIER, a digit for every eight
 * bytes, modulo a prime. A changed byte changes its digit by d * 256^k with
 * 0 < |d| < 256, and the sum by a power of MULTIPLIER times that: no factor
 * of it is the prime, so the sum always changes. The prime is the greatest
 * that leaves each remainder a word of its own. */
#define PRIME UINT64_C(121550617)
#define MULTIPLIER UINT64_C(77465321)
#define WORD_SIZE sizeof(uint64_t)

_Static_assert(PRIME <= SYLLABLE_WORDS, "every checksum has a word");
_Static_assert(SEAL_SIZE == 1 + SYLLABLE_WORD_SIZE, "a hyphen and a word");

/* The same on every machine: a database must be, too. */
static uint64_t load_word(const char *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return le64toh(word);
}

static uint64_t sum_add(uint64_t sum, uint64_t word) {
    return (sum * MULTIPLIER + word % PRIME) % PRIME;
}

/* The size goes first: zeros behind the last word are no text. */
static uint64_t sum_add_bytes(uint64_t sum, const char *bytes, size_t size) {
    sum = sum_add(sum, size);
    for (; size >= WORD_SIZE; bytes += WORD_SIZE, size -= WORD_SIZE) {
        sum = sum_add(sum, load_word(bytes));
    }
    if (size != 0) {
        char last[WORD_SIZE] = {0};
        memcpy(last, bytes, size);
        sum = sum_add(sum, load_word(last));
    }
    return sum;
}

void seal_write(const struct seal_subject *subject, char seal[SEAL_SIZE]) {
    uint64_t sum = sum_add_bytes(0, subject->login, subject->login_size);

    sum = sum_add_bytes(sum, subject->called, subject->called_size);
    seal[0] = '-';
    syllable_write((uint32_t)sum, seal + 1);
    seal[1] = (char)(seal[1] - 'a' + 'A');
}

bool seal_fits(const struct seal_subject *subject) {
    struct seal_subject unsealed = *subject;
    char seal[SEAL_SIZE];

    if (subject->called_size < SEAL_SIZE) {
        return false;
    }
    unsealed.called_size -= SEAL_SIZE;
    seal_write(&unsealed, seal);
    return memcmp(subject->called + unsealed.called_size, seal, SEAL_SIZE) == 0;
}
