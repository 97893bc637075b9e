/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_DISCOVERY_H
#define PLUNGE_MEASURE_DISCOVERY_H

#include <stddef.h>

/* Who asks twenty questions at one in a hundred each finds something in one of
 * five runs where there is nothing. Benjamini and Hochberg: of what is found
 * among @count questions, a share of @rate at most is expected to be wrong;
 * where there is nothing to be found, anything is with a chance of @rate at
 * most. For questions that do not depend on each other, or rise together, as
 * the percentiles of one run do. Pure.
 *
 * An interval that is looked at because something was found in it is too narrow
 * unless it knows of that (Benjamini and Yekutieli): with bounds at
 * discovery_level() the expected share of found ones that miss the truth, to
 * one side, is @rate at most; and each is beyond its question's line exactly
 * where it was found. */

/* How many of @count chances are found: those that are
 * discovery_level(found, count, rate) at most. */
size_t discovery_count(const double *chances, size_t count, double rate);

double discovery_level(size_t found, size_t count, double rate);

#endif
