/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_KERNEL_TEXT_H
#define PLUNGE_MEASURE_KERNEL_TEXT_H

#include <stdbool.h>

struct arena;

/* What the kernel says in files under /proc and /sys. Memory: in the arena. */

/* The whole of a file without its last line feed; NULL: it is not there. */
char *kernel_text(struct arena *arena, const char *path);

/* What follows "@key   : " on the first line that starts with it; NULL: none
 * does. NULL is allowed for @lines. */
char *kernel_value(struct arena *arena, const char *lines, const char *key);

/* Whether @word is one of those in @words, which have a blank between them. */
bool kernel_has_word(const char *words, const char *word);

#endif
