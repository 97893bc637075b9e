/* SPDX-License-Identifier: Apache-2.0 */
#include "people/syllable.h"

#include <string.h>

#include "base/check.h"

static const char consonants[] = "bcdfghjklmnpqrstvwxyz";
static const char vowels[] = "aeiou";
#define VOWELS_COUNT (sizeof vowels - 1)
#define SYLLABLES_COUNT ((sizeof consonants - 1) * VOWELS_COUNT)
#define SYLLABLE_SIZE 2

_Static_assert(
    SYLLABLES_COUNT *SYLLABLES_COUNT *SYLLABLES_COUNT *SYLLABLES_COUNT ==
        SYLLABLE_WORDS,
    "four syllables make all words");

/* Written out, so that a syllable costs one copy and no division by five. */
static const char syllables[] = "babebibobucacecicocudadedidodufafefifofu"
                                "gagegigoguhahehihohujajejijojukakekikoku"
                                "lalelilolumamemimomunaneninonupapepipopu"
                                "qaqeqiqoqurarerirorusasesisosutatetitotu"
                                "vavevivovuwawewiwowuxaxexixoxuyayeyiyoyu"
                                "zazezizozu";

_Static_assert(sizeof syllables - 1 == SYLLABLES_COUNT * SYLLABLE_SIZE,
               "every syllable is listed");

static void write_pair(uint32_t pair, char *at) {
    const char *first =
        syllables + (size_t)(pair / SYLLABLES_COUNT) * SYLLABLE_SIZE;
    const char *second =
        syllables + (size_t)(pair % SYLLABLES_COUNT) * SYLLABLE_SIZE;
    memcpy(at, first, SYLLABLE_SIZE);
    memcpy(at + SYLLABLE_SIZE, second, SYLLABLE_SIZE);
}

/* In halves, of which neither waits for the other's divisions. */
void syllable_write(uint32_t number, char word[SYLLABLE_WORD_SIZE]) {
    const uint32_t pairs = SYLLABLES_COUNT * SYLLABLES_COUNT;
    CHECK(number < SYLLABLE_WORDS);
    write_pair(number / pairs, word);
    write_pair(number % pairs, word + SYLLABLE_WORD_SIZE / 2);
}

bool syllable_read(const char word[SYLLABLE_WORD_SIZE], uint32_t *number_out) {
    size_t number = 0;

    for (unsigned at = 0; at < SYLLABLE_WORD_SIZE; at += SYLLABLE_SIZE) {
        const char *consonant =
            memchr(consonants, word[at], sizeof consonants - 1);
        const char *vowel = memchr(vowels, word[at + 1], VOWELS_COUNT);

        if (consonant == NULL || vowel == NULL) {
            return false;
        }
        number = number * SYLLABLES_COUNT +
                 (size_t)(consonant - consonants) * VOWELS_COUNT +
                 (size_t)(vowel - vowels);
    }
    *number_out = (uint32_t)number;
    return true;
}
