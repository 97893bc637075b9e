/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BESIDE_ASKED_H
#define PLUNGE_BESIDE_ASKED_H

#include <stddef.h>

/* Whom to ask for, and the statement that asks: as the harness's subjects do.
 */
#define ASKED_SQL "SELECT * FROM users WHERE login = ?"
#define ASKED_LOGIN_SIZE 64

struct asked {
    char (*logins)[ASKED_LOGIN_SIZE];
    size_t count;
};

/* The first @count users of a database that `plunge generate` has written.
 * Ends the program with a message where there are not so many. */
void asked_init(struct asked *asked, const char *database, size_t count);

void asked_fini(struct asked *asked);

#endif
