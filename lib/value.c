/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "dbpool.h"

struct dbpool_value dbpool_null(void) {
    return (struct dbpool_value){.type = DBPOOL_NULL};
}

struct dbpool_value dbpool_integer(int64_t integer) {
    return (struct dbpool_value){.type = DBPOOL_INTEGER, .as.integer = integer};
}

struct dbpool_value dbpool_real(double real) {
    return (struct dbpool_value){.type = DBPOOL_REAL, .as.real = real};
}

struct dbpool_value dbpool_text(const char *text) {
    return text == NULL ? dbpool_null() : dbpool_text_n(text, strlen(text));
}

/* What is larger than can be said is larger than any database takes. */
static uint32_t size_of(size_t size) {
    return size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
}

struct dbpool_value dbpool_text_n(const char *text, size_t size) {
    return (struct dbpool_value){
        .type = DBPOOL_TEXT, .size = size_of(size), .as.text = text};
}

struct dbpool_value dbpool_blob(const void *bytes, size_t size) {
    return (struct dbpool_value){
        .type = DBPOOL_BLOB, .size = size_of(size), .as.blob = bytes};
}
