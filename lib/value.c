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

struct dbpool_value dbpool_text_n(const char *text, size_t size) {
    return (struct dbpool_value){
        .type = DBPOOL_TEXT, .size = size, .as.text = text};
}

struct dbpool_value dbpool_blob(const void *bytes, size_t size) {
    return (struct dbpool_value){
        .type = DBPOOL_BLOB, .size = size, .as.blob = bytes};
}
