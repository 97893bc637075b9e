/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_DATABASE_PAGES_BYTES_H
#define PLUNGE_DATABASE_PAGES_BYTES_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Numbers as SQLite's file format writes them: big-endian, or in as many groups
 * of seven bits as it takes. */

static inline void bytes_put_u16(unsigned char *at, uint32_t value) {
    uint16_t swapped = htobe16((uint16_t)value);
    memcpy(at, &swapped, sizeof swapped);
}

static inline void bytes_put_u32(unsigned char *at, uint32_t value) {
    uint32_t swapped = htobe32(value);
    memcpy(at, &swapped, sizeof swapped);
}

static inline uint32_t bytes_get_u32(const unsigned char *at) {
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return be32toh(value);
}

/* Up to 2^56: no number here is greater, and the ninth byte would be another
 * case. */
static inline size_t bytes_varint_size(uint64_t value) {
    size_t size = 1;
    for (; value >= 0x80; value >>= 7) {
        size++;
    }
    return size;
}

/* Returns what is behind it. */
static inline unsigned char *bytes_put_varint(unsigned char *at,
                                              uint64_t value) {
    if (value < 0x80) {
        *at = (unsigned char)value;
        return at + 1;
    }
    size_t size = bytes_varint_size(value);
    for (size_t i = size; i > 0; i--) {
        at[i - 1] = (unsigned char)((value & 0x7f) | (i == size ? 0 : 0x80));
        value >>= 7;
    }
    return at + size;
}

#endif
