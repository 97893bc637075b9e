/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_PAGE_H
#define TESTS_SUPPORT_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* Manual pages, and what they are compared with, as words and lines. What is
 * not there, or does not fit, fails the test. */

/* ---- Words: a set in the order in which they came ---- */

enum { WORDS_MAX = 2000, WORD_SIZE = 64 };

struct words {
    char items[WORDS_MAX][WORD_SIZE];
    size_t count;
};

bool words_have(const struct words *words, const char *word);
void words_add(struct words *words, const char *bytes, size_t size);

/* Every name of C in @text that begins with one of the prefixes. */
void words_add_names(struct words *words, const char *text, const char *prefix,
                     const char *or_prefix);

/* Fails the test unless all @words are in @in, of which @where is the name. */
void words_expect(const struct words *words, const struct words *in,
                  const char *where);

/* Whether names of C are made of such characters. */
bool words_are_of(char character);

/* ---- Pages ---- */

/* The file's text; the caller's to give back. */
void page_read(struct text *text, const char *path);

/* Replaces the comments of C by blanks, line by line. */
void page_blank_comments(char *text);

/* The line behind the one that @at is in, or NULL. */
const char *page_next_line(const char *at);

bool page_begins(const char *at, const char *with);

/* What stands behind the heading, which has a line of its own. */
const char *page_behind(const char *page, const char *heading);

/* What the next display in @page shows, as a reader sees it. Returns what is
 * behind it. */
const char *page_read_display(const char *page, struct text *text);

#endif
