/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_PEOPLE_SYLLABLE_H
#define PLUNGE_PEOPLE_SYLLABLE_H

#include <stdbool.h>
#include <stdint.h>

/* Numbers as words that can be said: four syllables of a consonant and a
 * vowel each, "kovilato".
 *
 * Invariant: greater numbers give greater words in bytewise order; no two
 *            give the same one.
 * Thread:    any. */
#define SYLLABLE_WORD_SIZE 8
#define SYLLABLE_WORDS UINT32_C(121550625) /* 105 syllables to the fourth */

/* @number is below SYLLABLE_WORDS. No NUL is written. */
void syllable_write(uint32_t number, char word[SYLLABLE_WORD_SIZE]);

/* false: not a word of ours. */
bool syllable_read(const char word[SYLLABLE_WORD_SIZE], uint32_t *number_out);

#endif
