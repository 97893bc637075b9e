/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_CHECKUP_TAKE_H
#define PLUNGE_MEASURE_CHECKUP_TAKE_H

struct arena;
struct checkup;

/* Looks at everything; takes a processor for two seconds.
 *
 * @folder is where databases are to be kept, or NULL with the @problem that
 * there is none. Memory: in @arena. */
void checkup_take(struct checkup *checkup, const char *folder,
                  const char *problem, struct arena *arena);

#endif
