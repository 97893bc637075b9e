/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_PEOPLE_BIO_H
#define PLUNGE_PEOPLE_BIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a user says of himself, a text of letters and spaces: a pure function of
 * (seed, login), so that whoever has read one can tell whether each byte of it
 * is right, and a change of name leaves it as it is.
 *
 * Sizes are log-normal: half of the bios are no longer than the median, and the
 * logarithm of a size spreads by sigma. The normal draw is the sum of twelve
 * uniform ones, which differs from it by less than 0.3 % of the bios, and ends
 * at six sigma. All arithmetic is IEEE's basic operations, so that sizes are
 * the same to the byte on every machine.
 * Thread: any. */
#define BIO_SIZE_MAX ((size_t)1024 * 1024)
#define BIO_SIGMA_MAX 3

struct bio_law {
    uint64_t median; /* bytes; 0: there are no bios */
    double sigma;
};

/* At most BIO_SIZE_MAX, may be 0. @login_size: at most 63, as all below. */
size_t bio_size(const struct bio_law *law, uint64_t seed, const char *login,
                size_t login_size);

/* What bio_size() comes to on average, as an estimate: no more than
 * BIO_SIZE_MAX counts of any. */
double bio_size_mean(const struct bio_law *law);

/* The first @size bytes of what this user would say. No NUL is written. */
void bio_write(uint64_t seed, const char *login, size_t login_size, char *bio,
               size_t size);

/* Whether @bio is this user's, whole. */
bool bio_fits(const struct bio_law *law, uint64_t seed, const char *login,
              size_t login_size, const char *bio, size_t size);

#endif
