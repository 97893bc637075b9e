/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_TESTS_SUPPORT_SPREAD_H
#define PLUNGE_TESTS_SUPPORT_SPREAD_H

#include <stddef.h>

struct random;

/* Samples of known laws around 0, for simulations; their seed is the test's. */
enum spread {
    SPREAD_NORMAL, /* with a standard deviation of 1 */
    SPREAD_FLAT,   /* from -1 to 1 */
    SPREAD_TAILS,  /* Student's law with 3 degrees of freedom */
    SPREAD_STEPS,  /* whole numbers from -3 to 3: full of ties */
};

double spread_draw(struct random *random, enum spread spread);

/* @count values, each @shift + @scale * a draw. */
void spread_fill(struct random *random, enum spread spread, double shift,
                 double scale, double *values, size_t count);

#endif
