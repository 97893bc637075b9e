/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_TOKEN_H
#define PLUNGE_SCENARIO_TOKEN_H

#include <stddef.h>

struct arena;

/* The words of an expectation's line. */
enum token_kind {
    TOKEN_END,
    TOKEN_WORD,     /* throughput, p99.9, left_behind.thread */
    TOKEN_NUMBER,   /* begins with a digit: 0.8, 50ms, 50k/s, 1% */
    TOKEN_STRING,   /* quoted; text is what is inside */
    TOKEN_OPERATOR, /* of = ! < > alone, right or wrong */
    TOKEN_MARK,     /* one of * { } : , */
    TOKEN_OTHER,    /* anything else, up to the next space */
};

struct token {
    enum token_kind kind;
    size_t offset; /* in bytes */
    const char *text;
};

/* The token at or behind @offset of @text, and in @offset where it ends. A
 * quote that is not closed is TOKEN_OTHER. Memory: in @arena. */
struct token token_next(const char *text, size_t *offset, struct arena *arena);

#endif
