/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_TRUST_H
#define PLUNGE_VERDICT_TRUST_H

struct arena;
struct expectation;
struct result_cell;

/* Why a cell cannot be a witness. Each returns a sentence, in @arena, or NULL:
 * it can. */

/* Its requests do not add up: nothing that it says is to be believed. */
const char *trust_requests(const struct result_cell *cell, struct arena *arena);

/* All reasons that bear on @expectation, the first of them. */
const char *trust_objection(const struct expectation *expectation,
                            const struct result_cell *cell,
                            struct arena *arena);

#endif
