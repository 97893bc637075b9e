/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_NORMAL_H
#define PLUNGE_MEASURE_NORMAL_H

/* The normal law, and Student's. Pure. */

/* The chance of a value more than @sigmas above the mean. */
double normal_tail(double sigmas);

/* The way back: of which that chance is @tail. 0 < @tail < 1. */
double normal_sigmas(double tail);

/* The same where the spread is itself known from @freedom + 1 values only
 * (Cornish and Fisher: to a hundredth from five on). @freedom >= 1. */
double normal_student(double tail, double freedom);

#endif
