/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_GATHERING_H
#define PLUNGE_LOAD_GATHERING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct subject;
struct subject_request;
struct text;

/* The lookups of a phase that were all submitted at once, as the tutorial's
 * three: the subject waits for them together, and what they say is shown in
 * the order in which they were asked for, whichever was answered first.
 *
 * Owner: itself; it goes when the subject has called back. */
struct gathering;

/* Room for @count lookups. */
struct gathering *gathering_new(size_t count);

/* Gives it back without having waited. NULL is allowed. */
void gathering_free(struct gathering *gathering);

/* The next lookup, in order. */
void gathering_add(struct gathering *gathering,
                   struct subject_request *request);

/* How many were added, and whether that is all that it has room for. */
size_t gathering_count(const struct gathering *gathering);
bool gathering_is_full(const struct gathering *gathering);

/* Hands all of them to @subject's gather; then prints to @shown and ends. */
void gathering_wait(struct gathering *gathering, struct subject *subject,
                    FILE *shown);

/* Lookup @index, and what gets its answer's words before the last of all is
 * answered. */
struct subject_request *gathering_request(const struct gathering *gathering,
                                          size_t index);
struct text *gathering_text(const struct gathering *gathering, size_t index);

#endif
