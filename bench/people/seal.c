/* SPDX-License-Identifier: Apache-2.0 */
#include "people/seal.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "people/syllable.h"

/* The text is read as one number in base 77465321, a digit for every eight
 * bytes, modulo a prime. A changed byte changes its digit by d * 256^k with
 * 0 < |d| < 256, and the sum by a power of that base times that: no factor
 * of it is the prime, so the sum always changes. The prime is the greatest
 * that leaves each remainder a word of its own.
 *
 * The powers are kept, so that a digit costs one multiplication that waits for
 * no other, and the remainder is taken once: the harness spends its time here.
 */
#define PRIME UINT64_C(121550617)
#define WORD_SIZE sizeof(uint64_t)
#define WORD_BITS 64
#define WORDS_OF(size) (((size) + WORD_SIZE - 1) / WORD_SIZE)
#define DIGITS_MAX (2 + WORDS_OF(SEAL_LOGIN_MAX) + WORDS_OF(SEAL_CALLED_MAX))

_Static_assert(PRIME <= SYLLABLE_WORDS, "every checksum has a word");
_Static_assert(SEAL_SIZE == 1 + SYLLABLE_WORD_SIZE, "a hyphen and a word");

static const uint32_t powers[] = {
    /* of MULTIPLIER, modulo PRIME */
    1,         77465321, 31839155,  117459827, 9985876,  23662666, 81628625,
    1926235,   24312916, 115417905, 60523226,  1817844,  75776148, 102686164,
    48691300,  30976713, 95315059,  85355836,  86113421, 68625734, 65777078,
    120716577, 81734574, 34459790,  78223027,  28257800,
};

_Static_assert(sizeof powers / sizeof powers[0] == DIGITS_MAX,
               "a power for every digit");

struct sum {
    unsigned __int128 value; /* DIGITS_MAX * 2^64 * PRIME fits */
    size_t digits_left;
};

/* The same on every machine: a database must be, too. */
static uint64_t load_word(const char *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return le64toh(word);
}

/* Of the last bytes, with zeros behind them. */
static uint64_t load_rest(const char *bytes, size_t size) {
    char rest[WORD_SIZE] = {0};
    memcpy(rest, bytes, size);
    return load_word(rest);
}

static inline void sum_add(struct sum *sum, uint64_t word) {
    sum->value += (unsigned __int128)word * powers[--sum->digits_left];
}

/* The size goes first: zeros behind the last word are no text. Inlined, so that
 * the sum stays in registers. */
__attribute__((always_inline)) static inline void
sum_add_bytes(struct sum *sum, const char *bytes, size_t size) {
    const char *const end = bytes + size;
    sum_add(sum, size);
    for (; (size_t)(end - bytes) >= WORD_SIZE; bytes += WORD_SIZE) {
        sum_add(sum, load_word(bytes));
    }
    size_t rest = (size_t)(end - bytes);
    if (rest == 0) {
        return;
    }
    /* With the bytes before them, rather than one by one. */
    sum_add(sum, size < WORD_SIZE
                     ? load_rest(bytes, rest)
                     : load_word(end - WORD_SIZE) >> (8 * (WORD_SIZE - rest)));
}

static uint32_t sum_remainder(const struct sum *sum) {
    const uint64_t carry = UINT64_MAX % PRIME + 1; /* 2^WORD_BITS */
    uint64_t high = (uint64_t)(sum->value >> WORD_BITS);
    uint64_t low = (uint64_t)sum->value % PRIME;
    return (uint32_t)((high % PRIME * carry + low) % PRIME);
}

void seal_write(const struct seal_subject *subject, char seal[SEAL_SIZE]) {
    CHECK(subject->login_size <= SEAL_LOGIN_MAX &&
          subject->called_size <= SEAL_CALLED_MAX);

    struct sum sum = {.digits_left = 2 + WORDS_OF(subject->login_size) +
                                     WORDS_OF(subject->called_size)};

    sum_add_bytes(&sum, subject->login, subject->login_size);
    sum_add_bytes(&sum, subject->called, subject->called_size);
    seal[0] = '-';
    syllable_write(sum_remainder(&sum), seal + 1);
    seal[1] = (char)(seal[1] - 'a' + 'A');
}

bool seal_fits(const struct seal_subject *subject) {
    struct seal_subject unsealed = *subject;
    char seal[SEAL_SIZE];

    if (subject->called_size < SEAL_SIZE) {
        return false;
    }
    unsealed.called_size -= SEAL_SIZE;
    if (unsealed.login_size > SEAL_LOGIN_MAX ||
        unsealed.called_size > SEAL_CALLED_MAX) {
        return false;
    }
    seal_write(&unsealed, seal);
    return memcmp(subject->called + unsealed.called_size, seal, SEAL_SIZE) == 0;
}
