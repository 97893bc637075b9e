/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_PEOPLE_NAMING_H
#define PLUNGE_PEOPLE_NAMING_H

#include <stdint.h>

#include "people/people.h"

struct avatar_row;

/* Names that people get, change and exchange, always sealed for the login that
 * they stand beside.
 *
 * Thread: any. */

/* Puts the seal for @login behind the name. */
void naming_seal(struct person *person, const char *login, size_t login_size);

/* Gives whoever has @person's login other names; equal numbers the same. */
void naming_rename(uint64_t drawn, struct person *person);

/* Each is called as the other was, under the seal of its own login. A name
 * without a seal, as of the tutorial's three, is taken as it is. */
void naming_exchange(struct person *one, struct person *other);

/* What a row is called, its seal left out, as one number: that of two rows is
 * the same where both are called the same. */
uint64_t naming_hash(const struct avatar_row *row);
uint64_t naming_hash_of(const struct person *person);

#endif
