/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_SUGGEST_H
#define PLUNGE_SCENARIO_SUGGEST_H

#include <stddef.h>

struct arena;

/* The one of @words that @word was probably meant to be: the nearest by
 * insertions, deletions, replacements and swaps of neighbours, letters of any
 * case being equal; NULL where none is near. */
const char *suggest_word(const char *word, const char *const *words,
                         size_t words_count);

/* `did you mean "uniform"?`, or NULL. */
const char *suggest_advice(struct arena *arena, const char *word,
                           const char *const *words, size_t words_count);

#endif
