/* SPDX-License-Identifier: Apache-2.0 */
#include "people/bio.h"

#include <endian.h>
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "base/random.h"

#define LOGIN_MAX 63
#define WORD_SIZE sizeof(uint64_t)

/* Of a word of the text: seven letters from a to p, and a space. */
#define LETTERS UINT64_C(0x000f0f0f0f0f0f0f)
#define BASE UINT64_C(0x2061616161616161)

/* Apart from all else that is drawn by the people's seed. */
#define DOMAIN UINT64_C(0x62696f)

#define LN_2 0x1.62e42fefa39efp-1
#define TERMS 14 /* of e^r for |r| <= ln(2)/2: the rest is below 2^-53 */

/* What all of a user's bio flows from. */
static uint64_t stream_of(uint64_t seed, const char *login, size_t login_size) {
    uint64_t stream = random_mix(seed ^ DOMAIN, login_size);

    CHECK(login_size <= LOGIN_MAX);
    for (size_t at = 0; at < login_size; at += WORD_SIZE) {
        size_t rest = login_size - at;
        uint64_t word = 0;
        memcpy(&word, login + at, rest < WORD_SIZE ? rest : WORD_SIZE);
        stream = random_mix(stream, le64toh(word));
    }
    return stream;
}

/* The mean is 0, the variance 1. */
static double draw_normal(uint64_t stream) {
    uint64_t sum = 0;

    for (uint64_t i = 0; i < 3; i++) {
        uint64_t drawn = random_at(~stream, i);
        sum += (drawn & 0xffff) + (drawn >> 16 & 0xffff) +
               (drawn >> 32 & 0xffff) + (drawn >> 48);
    }
    return ((double)sum - 6 * 65535.0) / 65536;
}

/* exp() of the C library may differ in its last bit from one machine to the
 * next, and a database with it. */
static double e_to_the(double exponent) {
    double power_of_2 = floor(exponent / LN_2 + 0.5);
    double rest = exponent - power_of_2 * LN_2;
    double sum = 1;

    for (int i = TERMS; i > 0; i--) {
        sum = 1 + sum * rest / i;
    }
    return ldexp(sum, (int)power_of_2);
}

static size_t size_of(const struct bio_law *law, uint64_t stream) {
    double size =
        (double)law->median * e_to_the(law->sigma * draw_normal(stream));
    return size < (double)BIO_SIZE_MAX ? (size_t)(size + 0.5) : BIO_SIZE_MAX;
}

static uint64_t word_at(uint64_t stream, size_t at) {
    return htole64((random_at(stream, at) & LETTERS) + BASE);
}

size_t bio_size(const struct bio_law *law, uint64_t seed, const char *login,
                size_t login_size) {
    return size_of(law, stream_of(seed, login, login_size));
}

/* That a normal draw is less than @x. */
static double probability_below(double x) {
    return erfc(-x / sqrt(2)) / 2;
}

double bio_size_mean(const struct bio_law *law) {
    const double median = (double)law->median;
    const double most = (double)BIO_SIZE_MAX;
    const double sigma = law->sigma;
    if (law->median == 0 || sigma <= 0) {
        return median < most ? median : most;
    }
    /* Those below the largest, by themselves, and all others, of its size. */
    const double end = log(most / median) / sigma;
    return median * exp(sigma * sigma / 2) * probability_below(end - sigma) +
           most * probability_below(-end);
}

void bio_write(uint64_t seed, const char *login, size_t login_size, char *bio,
               size_t size) {
    uint64_t stream = stream_of(seed, login, login_size);

    for (size_t at = 0; at < size; at += WORD_SIZE) {
        uint64_t word = word_at(stream, at);
        memcpy(bio + at, &word, size - at < WORD_SIZE ? size - at : WORD_SIZE);
    }
}

bool bio_fits(const struct bio_law *law, uint64_t seed, const char *login,
              size_t login_size, const char *bio, size_t size) {
    if (login_size > LOGIN_MAX) {
        return false;
    }
    uint64_t stream = stream_of(seed, login, login_size);
    bool fits = size == size_of(law, stream);

    for (size_t at = 0; fits && at < size; at += WORD_SIZE) {
        uint64_t word = word_at(stream, at);
        size_t rest = size - at;
        fits =
            memcmp(bio + at, &word, rest < WORD_SIZE ? rest : WORD_SIZE) == 0;
    }
    return fits;
}
