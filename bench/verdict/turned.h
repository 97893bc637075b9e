/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_TURNED_H
#define PLUNGE_VERDICT_TURNED_H

#include <stdbool.h>

#include "verdict/ruling.h"

struct point;
struct question;

/* What this build's processes in turns with another build (result_slices) say
 * to an expectation: they time nothing that is compared with a number, but
 * their answers are checked as any cell's are.
 *
 * Returns: whether they say anything: of wrong answers alone, at the worst of
 *          all pairs of @point; then it is in @ruling_out. */
bool turned_rule(const struct question *question, const struct point *point,
                 struct ruling *ruling_out);

#endif
