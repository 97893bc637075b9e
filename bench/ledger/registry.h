/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_REGISTRY_H
#define PLUNGE_LEDGER_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/origin.h"

struct uv_handle_s;

/* What was acquired through the wrapped primitives and not given back yet, by
 * identity: descriptors, libuv handles, SQLite connections, mappings,
 * locks between threads, keys, shared memory. (Threads
 * have a life of their own: threads.h.)
 *
 * Invariant: a thing is added after it was acquired and removed before it is
 *            given back, so that its identity, used again at once by another
 *            thread, is never mistaken for the old one.
 * Thread:    any. One mutex, a leaf; it survives a fork. */
enum registry_kind {
    REGISTRY_FD,
    REGISTRY_HANDLE,
    REGISTRY_CONNECTION,
    REGISTRY_MAP,
    REGISTRY_LOCK,   /* between threads */
    REGISTRY_KEY,    /* of thread-local values */
    REGISTRY_AT_END, /* functions to be called */
    REGISTRY_SHM,    /* a file of shared memory: its inode */
    REGISTRY_IPC,    /* of System V: its id, and which kind */
    REGISTRY_MAKER,  /* makers.h: of what only the kernel knows to be there */
    REGISTRY_KINDS_COUNT,
};

#define REGISTRY_TEXT_SIZE 96

struct registry_entry {
    enum registry_kind kind;
    uint64_t key;    /* the descriptor, or the address */
    uint64_t serial; /* filled in by registry_add(): unique, rising */
    struct origin origin;
    uint64_t size;                        /* of a mapping */
    const void *loop;                     /* of a handle */
    void (*closed)(struct uv_handle_s *); /* of a handle: the caller's own */
    char text[REGISTRY_TEXT_SIZE];        /* of a connection: its path,
                                                    cut; or what it is */
};

/* Copies @entry, with the origin of this moment (the caller says which
 * primitive); one with the same identity that was never removed is replaced.
 * errno is kept. */
void registry_add(const struct registry_entry *entry);

/* Puts one back that was removed, as it was. */
void registry_restore(const struct registry_entry *entry);

/* false: there is none, and @entry_out (may be NULL) is untouched. */
bool registry_remove(enum registry_kind kind, uint64_t key,
                     struct registry_entry *entry_out);

/* Keeps what a handle is to call when it is closed; false: no such handle. */
bool registry_closing(uint64_t key, void (*closed)(struct uv_handle_s *));

/* Writes the first @capacity entries, in no order, and returns how many there
 * are. */
size_t registry_list(struct registry_entry *entries, size_t capacity);

/* How many there are of one kind; O(1). */
uint64_t registry_count(enum registry_kind kind);

#endif
