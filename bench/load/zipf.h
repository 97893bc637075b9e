/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_ZIPF_H
#define PLUNGE_LOAD_ZIPF_H

#include <stdint.h>

/* Zipf's law: rank i, from 0, of @count is drawn in proportion to
 * 1 / (i + 1)^exponent. By rejection-inversion (W. Hörmann and G. Derflinger,
 * 1996): in constant time and memory, whatever count and exponent.
 *
 * What is drawn is a pure function of the random number given, as exact as the
 * C library's exp() and log(): another one may round another way.
 *
 * Thread: any, once initialised. */
struct zipf {
    double exponent;
    double count;
    double area_first; /* where the areas of the first rank and the last begin
                          and end */
    double area_last;
    double sure; /* this near above a rank it is always right */
};

/* @exponent > 0, @count > 0. */
void zipf_init(struct zipf *zipf, double exponent, uint64_t count);

/* @mixed is a random 64-bit value; more are made of it where one will not do.
 */
uint64_t zipf_draw(const struct zipf *zipf, uint64_t mixed);

#endif
