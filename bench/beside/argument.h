/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BESIDE_ARGUMENT_H
#define PLUNGE_BESIDE_ARGUMENT_H

/* The number that @text is, from @low to @high; ends the program, with @name,
 * where it is none. */
unsigned argument_number(const char *text, const char *name, unsigned low,
                         unsigned high);

#endif
