/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/histogram.h"

#include <nettle/base64.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/check.h"
#include "base/text.h"

/* HdrHistogram's V2 form: a header and the counts, each a ZigZag LEB128 of at
 * most 9 bytes, where a negative one stands for so many zeros; this in zlib's
 * form behind a header of its own; this in base64. All numbers big endian. */

/* The version and, in the digit before the last, the size of a word. */
#define COOKIE_INNER UINT32_C(0x1c849313)
#define COOKIE_OUTER UINT32_C(0x1c849314)

#define OUTER_HEADER 8
#define INNER_HEADER 40
#define INNER_LENGTH_AT 4
#define INNER_OFFSET_AT 8 /* of a histogram whose values were shifted */
#define INNER_DIGITS_AT 12
#define INNER_LOWEST_AT 16
#define LEB128_MAX 9

#define DIGITS 3
#define RATIO_ONE UINT64_C(0x3ff0000000000000) /* the bits of 1.0 */

/* As many as a histogram from 1 to 2^63 with 3 digits has. */
#define FOREIGN_COUNTS 55296
#define FOREIGN_MAX (INNER_HEADER + (size_t)FOREIGN_COUNTS * LEB128_MAX)

struct writer {
    uint8_t *bytes;
    size_t size;
};

struct reader {
    const uint8_t *bytes;
    size_t size;
    size_t at;
};

static void *allocate(size_t size) {
    void *bytes = malloc(size);
    if (bytes == NULL) {
        check_out_of_memory();
    }
    return bytes;
}

static void put(struct writer *writer, uint64_t value, unsigned bytes_count) {
    while (bytes_count-- > 0) {
        writer->bytes[writer->size++] = (uint8_t)(value >> (8 * bytes_count));
    }
}

static uint64_t get(const uint8_t *bytes, unsigned bytes_count) {
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes_count; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

static void put_count(struct writer *writer, int64_t count) {
    uint64_t left = (uint64_t)count << 1 ^ (count < 0 ? UINT64_MAX : 0);
    for (unsigned i = 1; i < LEB128_MAX && left > 0x7f; i++) {
        writer->bytes[writer->size++] = (uint8_t)(left | 0x80);
        left >>= 7;
    }
    writer->bytes[writer->size++] = (uint8_t)left;
}

/* false: the bytes end within it. */
static bool get_count(struct reader *reader, int64_t *count_out) {
    uint64_t value = 0;
    bool more = true;
    for (unsigned i = 0; i < LEB128_MAX && more; i++) {
        if (reader->at == reader->size) {
            return false;
        }
        const uint64_t byte = reader->bytes[reader->at++];
        /* The ninth carries 8 bits and no flag. */
        const bool flagged = i < LEB128_MAX - 1;
        more = flagged && (byte & 0x80) != 0;
        value |= (flagged ? byte & 0x7f : byte) << (7 * i);
    }
    *count_out = (int64_t)(value >> 1 ^ (0 - (value & 1)));
    return true;
}

static void put_counts(struct writer *writer,
                       const struct histogram *histogram) {
    const size_t last = histogram_index(histogram->max);
    int64_t zeros = 0;
    for (size_t i = 0; i <= last; i++) {
        if (histogram->counts[i] == 0 && i != last) {
            zeros++;
            continue;
        }
        if (zeros != 0) {
            put_count(writer, -zeros);
            zeros = 0;
        }
        put_count(writer, (int64_t)histogram->counts[i]);
    }
}

static struct writer inner_write(const struct histogram *histogram) {
    const size_t counts = histogram_index(histogram->max) + 1;
    struct writer writer = {
        .bytes = allocate(INNER_HEADER + counts * LEB128_MAX),
    };
    put(&writer, COOKIE_INNER, 4);
    put(&writer, 0, 4); /* the length of the counts: below */
    put(&writer, 0, 4); /* not shifted */
    put(&writer, DIGITS, 4);
    put(&writer, 1, 8);
    put(&writer, HISTOGRAM_VALUE_MAX, 8);
    put(&writer, RATIO_ONE, 8);
    put_counts(&writer, histogram);
    struct writer length = {.bytes = writer.bytes + INNER_LENGTH_AT};
    put(&length, writer.size - INNER_HEADER, 4);
    return writer;
}

static struct writer outer_write(const struct writer *inner) {
    uLongf size = compressBound(inner->size);
    struct writer writer = {.bytes = allocate(OUTER_HEADER + size)};
    /* Fails only for want of memory: the room is as large as it can get. */
    if (compress2(writer.bytes + OUTER_HEADER, &size, inner->bytes, inner->size,
                  Z_DEFAULT_COMPRESSION) != Z_OK) {
        check_out_of_memory();
    }
    put(&writer, COOKIE_OUTER, 4);
    put(&writer, size, 4);
    writer.size += size;
    return writer;
}

void histogram_encode(const struct histogram *histogram, struct text *text) {
    struct writer inner = inner_write(histogram);
    struct writer outer = outer_write(&inner);
    const size_t size = BASE64_ENCODE_RAW_LENGTH(outer.size);
    char *encoded = allocate(size);
    base64_encode_raw(encoded, outer.size, outer.bytes);
    text_append_n(text, encoded, size);
    free(encoded);
    free(outer.bytes);
    free(inner.bytes);
}

/* Both return a block to free, or NULL. */
static uint8_t *base64_read(const char *encoded, size_t *size_out) {
    const size_t length = strlen(encoded);
    uint8_t *bytes = allocate(BASE64_DECODE_LENGTH(length) + 1);
    struct base64_decode_ctx context;
    base64_decode_init(&context);
    if (base64_decode_update(&context, size_out, bytes, length, encoded) == 0 ||
        base64_decode_final(&context) == 0) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

static uint8_t *outer_read(const uint8_t *bytes, size_t size,
                           size_t *size_out) {
    if (size < OUTER_HEADER || get(bytes, 4) != COOKIE_OUTER ||
        get(bytes + 4, 4) != size - OUTER_HEADER) {
        return NULL;
    }
    uint8_t *inner = allocate(FOREIGN_MAX);
    uLongf inner_size = FOREIGN_MAX;
    uLong used = size - OUTER_HEADER;
    const int status =
        uncompress2(inner, &inner_size, bytes + OUTER_HEADER, &used);
    if (status == Z_MEM_ERROR) {
        check_out_of_memory();
    }
    if (status != Z_OK || used != size - OUTER_HEADER) {
        free(inner);
        return NULL;
    }
    *size_out = inner_size;
    return inner;
}

static bool header_fits(const uint8_t *bytes, size_t size) {
    return size >= INNER_HEADER && get(bytes, 4) == COOKIE_INNER &&
           get(bytes + INNER_LENGTH_AT, 4) == size - INNER_HEADER &&
           get(bytes + INNER_OFFSET_AT, 4) == 0 &&
           get(bytes + INNER_DIGITS_AT, 4) == DIGITS &&
           get(bytes + INNER_LOWEST_AT, 8) == 1;
}

/* The index is theirs: the same as ours for the same value, but it may go on
 * beyond our longest. false: more samples than can be counted. */
static bool add_count(struct histogram *histogram, size_t index,
                      uint64_t count) {
    const size_t last = histogram_index(HISTOGRAM_VALUE_MAX);
    const size_t ours = index < last ? index : last;
    const uint64_t lowest = histogram_lowest(ours);
    const uint64_t highest =
        ours < last ? histogram_highest(ours) : HISTOGRAM_VALUE_MAX;
    histogram->counts[ours] += count;
    histogram->min = lowest < histogram->min ? lowest : histogram->min;
    histogram->max = highest > histogram->max ? highest : histogram->max;
    return !__builtin_add_overflow(histogram->total, count, &histogram->total);
}

static bool read_counts(struct reader *reader, struct histogram *histogram) {
    uint64_t index = 0;
    while (reader->at < reader->size) {
        int64_t count = 0;
        if (!get_count(reader, &count)) {
            return false;
        }
        /* In unsigned numbers, where -2^63 can be negated too. */
        const uint64_t step = count < 0 ? 0 - (uint64_t)count : 1;
        if (step > FOREIGN_COUNTS - index) {
            return false;
        }
        if (count > 0 &&
            !add_count(histogram, (size_t)index, (uint64_t)count)) {
            return false;
        }
        index += step;
    }
    return true;
}

static int inner_read(const uint8_t *bytes, size_t size,
                      struct histogram *histogram) {
    if (!header_fits(bytes, size)) {
        return -1;
    }
    struct histogram read;
    histogram_init(&read);
    struct reader reader = {.bytes = bytes, .size = size, .at = INNER_HEADER};
    const bool whole = read_counts(&reader, &read) &&
                       read.total <= UINT64_MAX - histogram->total;
    if (whole) {
        histogram_add(histogram, &read);
    }
    histogram_fini(&read);
    return whole ? 0 : -1;
}

int histogram_decode(struct histogram *histogram, const char *encoded) {
    int status = -1;
    size_t outer_size = 0;
    uint8_t *outer = base64_read(encoded, &outer_size);
    if (outer != NULL) {
        size_t inner_size = 0;
        uint8_t *inner = outer_read(outer, outer_size, &inner_size);
        if (inner != NULL) {
            status = inner_read(inner, inner_size, histogram);
        }
        free(inner);
    }
    free(outer);
    return status;
}
