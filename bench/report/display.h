/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_DISPLAY_H
#define PLUNGE_REPORT_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>

struct text;

/* Text for a terminal. What it is made of comes from files and programs of
 * others, so nothing in it may steer the terminal: line breaks and tabs become
 * spaces, other control characters their number, and what is no UTF-8 (or
 * turns the direction of writing) becomes U+FFFD. */

/* Columns that display_append() will fill. */
size_t display_width(const char *string);
void display_append(struct text *text, const char *string);
void display_spaces(struct text *text, size_t count);

enum display_paint {
    DISPLAY_PLAIN,
    DISPLAY_BOLD,
    DISPLAY_DIM,
    DISPLAY_RED,
    DISPLAY_GREEN,
    DISPLAY_YELLOW,
};

/* Appends @string; in colour only where @color says so. */
void display_painted(struct text *text, bool color, enum display_paint paint,
                     const char *string);

#endif
