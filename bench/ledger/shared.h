/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_SHARED_H
#define PLUNGE_LEDGER_SHARED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* What processes share and what outlives them, as the kernel shows it. */
#define SHARED_FOLDER "/dev/shm/"

/* Of System V. */
enum shared_ipc {
    SHARED_SEGMENT,
    SHARED_SEMAPHORES,
    SHARED_QUEUE,
    SHARED_IPCS_COUNT,
};

/* "segment of System V" */
const char *shared_ipc_name(enum shared_ipc ipc);

/* One number for each thing of all three. */
uint64_t shared_ipc_key(enum shared_ipc ipc, int id);

struct shared_item {
    enum shared_ipc ipc;
    int64_t id;
    uint64_t bytes; /* of segments; else 0 */
    int64_t maker;  /* of segments: a process; else 0 */
};

struct shared_items {
    struct shared_item *items;
    size_t count;
};

/* All of the machine. */
struct shared_items shared_take(struct arena *arena);

/* NULL: there is none, or none any more. */
const struct shared_item *shared_find(const struct shared_items *items,
                                      uint64_t key);

/* Whether a file of that name is what was there with that inode, and how
 * large. */
bool shared_file_is_there(const char *path, uint64_t inode,
                          uint64_t *bytes_out);

/* Whether @path is right in the folder of shared memory, where no folder of
 * somebody's is. */
bool shared_is_file(const char *path);

#endif
