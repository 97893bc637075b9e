/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_ORIGINS_H
#define PLUNGE_LEDGER_ORIGINS_H

#include <stdint.h>

struct origin;

/* Origins of what is made too often for a copy each: every different one kept
 * once, for good. There are as many as there are places to make something from,
 * times a pool's threads.
 *
 * Thread: any. */

/* The calling thread's, of this moment, without its cycle, which is in
 * @tag_out, and without the thread's own number. */
const struct origin *origins_now(const char *primitive, uint64_t *tag_out);

#endif
