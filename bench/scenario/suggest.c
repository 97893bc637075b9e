/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/suggest.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"

#define LENGTH_MAX 63

static int lower(char character) {
    return character >= 'A' && character <= 'Z' ? character - 'A' + 'a'
                                                : character;
}

static unsigned least(unsigned a, unsigned b, unsigned c) {
    const unsigned low = a < b ? a : b;
    return low < c ? low : c;
}

/* Optimal string alignment, with three rows of its table. */
static unsigned distance(const char *a, size_t a_size, const char *b,
                         size_t b_size) {
    unsigned rows[3][LENGTH_MAX + 1] = {{0}};
    for (unsigned j = 0; j <= b_size; j++) {
        rows[0][j] = j;
    }
    for (unsigned i = 1; i <= a_size; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i + 2) % 3];
        const unsigned *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (unsigned j = 1; j <= b_size; j++) {
            const int x = lower(a[i - 1]);
            const int y = lower(b[j - 1]);
            row[j] = least(above[j] + 1, row[j - 1] + 1,
                           above[j - 1] + (x == y ? 0U : 1U));
            if (i > 1 && j > 1 && x == lower(b[j - 2]) &&
                y == lower(a[i - 2]) && two_above[j - 2] + 1 < row[j]) {
                row[j] = two_above[j - 2] + 1;
            }
        }
    }
    return rows[a_size % 3][b_size];
}

const char *suggest_word(const char *word, const char *const *words,
                         size_t words_count) {
    const size_t size = strlen(word);
    const char *nearest = NULL;
    if (size == 0 || size > LENGTH_MAX) {
        return NULL;
    }
    /* One slip in a short word, one more with every four letters. */
    unsigned limit = 1 + (unsigned)size / 4;
    for (size_t i = 0; i < words_count; i++) {
        const size_t other = strlen(words[i]);
        if (other > LENGTH_MAX) {
            continue;
        }
        const unsigned steps = distance(word, size, words[i], other);
        if (steps < other &&
            (steps < limit || (steps == limit && nearest == NULL))) {
            nearest = words[i];
            limit = steps;
        }
    }
    return nearest;
}

const char *suggest_advice(struct arena *arena, const char *word,
                           const char *const *words, size_t words_count) {
    const char *nearest = suggest_word(word, words, words_count);
    return nearest == NULL
               ? NULL
               : arena_format(arena, "did you mean \"%s\"?", nearest);
}
