/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_PEOPLE_SEAL_H
#define PLUNGE_PEOPLE_SEAL_H

#include <stdbool.h>
#include <stddef.h>

/* The checksum at the end of a name, as one would say it: the "-Kovilato" of
 * "Estebán Garcia Marquez-Kovilato". It covers the login and what a user is
 * called, that is forname, space, name, up to the seal; so that whoever sees
 * only the rendered avatar can check it without knowing where the forname
 * ends.
 *
 * One changed byte is always noticed, wherever it is (seal.c says why);
 * anything else passes for right once in 121,550,617 times.
 * Thread: any. */
#define SEAL_SIZE 9

/* What a seal covers is no longer than this: a field, and two and a space. */
#define SEAL_LOGIN_MAX 64
#define SEAL_CALLED_MAX 128

struct seal_subject {
    const char *login;
    size_t login_size;
    const char *called;
    size_t called_size;
};

/* No NUL is written. @subject->called is without its seal. */
void seal_write(const struct seal_subject *subject, char seal[SEAL_SIZE]);

/* Whether @subject->called ends in its right seal. */
bool seal_fits(const struct seal_subject *subject);

#endif
