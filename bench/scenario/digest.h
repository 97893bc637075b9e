/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_DIGEST_H
#define PLUNGE_SCENARIO_DIGEST_H

#include <stddef.h>

struct arena;

/* The SHA-256 of @bytes in hexadecimal. In @arena. */
const char *digest_sha256(struct arena *arena, const char *bytes, size_t size);

#endif
