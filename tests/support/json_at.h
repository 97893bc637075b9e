/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_JSON_AT_H
#define TESTS_SUPPORT_JSON_AT_H

#include <jansson.h>

/* What is at a place of a document: "cells/0/cycles/predicted_cycle". Each of
 * these fails the test where there is no such place. */
const json_t *json_at(const json_t *json, const char *place);

/* A whole number; the test fails where it is something else. */
json_int_t json_int_at(const json_t *json, const char *place);

/* NULL where it is null; the test fails where it is no string either. */
const char *json_text_at(const json_t *json, const char *place);

/* How many entries of a cell's left_behind there are, by their counts. @kind:
 * NULL for all. */
json_int_t json_left(const json_t *cell, const char *kind);

#endif
