/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_LEAF_H
#define PLUNGE_LEDGER_LEAF_H

/* The mutexes of the ledger's tables. Each is a leaf: whoever holds one calls
 * nothing that takes another, or anything of the program that is watched.
 *
 * A forked child acquires and closes things, too, before it execs: none of them
 * is held by a thread that the child does not have. The locks themselves are in
 * no ledger.
 * Thread: any. */
enum leaf {
    LEAF_REGISTRY,
    LEAF_ORIGINS,
    LEAF_STACKS,
    LEAF_TRAIL,
    LEAF_COUNT,
};

void leaf_lock(enum leaf leaf);
void leaf_unlock(enum leaf leaf);

#endif
