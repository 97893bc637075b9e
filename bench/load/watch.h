/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_WATCH_H
#define PLUNGE_LOAD_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

/* Turns the loop until something is done, and notices when that cannot come
 * any more: the loop has run dry, or nothing moves.
 *
 * Its own timer never keeps the loop alive. Handles of others may (those of a
 * pool that was never shut down do), and then a stall is what is noticed.
 *
 * Thread: the loop's. */
enum watch_end {
    WATCH_DONE,
    WATCH_DRY,
    WATCH_STALLED,
};

/* Polled now and then. */
struct watch_calls {
    void *data;
    uint64_t (*progress)(void *data); /* moves with every answer; or NULL */
    void (*interrupt)(void *data);    /* once, where it is asked for; or NULL */
};

struct watch {
    /* Fixed. */
    struct uv_loop_s *loop;
    uint64_t stall_ns;
    const volatile int *interrupted;
    uv_timer_t timer;

    /* While it runs. */
    const struct watch_calls *calls;
    bool running;
    bool done;
    bool stalled;
    bool interrupt_told;
    uint64_t progress;
    uint64_t moved_ns; /* when progress last changed */
};

/* @interrupted: may be NULL. */
void watch_init(struct watch *watch, struct uv_loop_s *loop, uint64_t stall_ns,
                const volatile int *interrupted);
void watch_fini(struct watch *watch);

/* Before each thing to wait for, and before whatever may already do it. */
void watch_begin(struct watch *watch);

/* Returns when watch_done() was called since watch_begin(), or cannot be. */
enum watch_end watch_run(struct watch *watch, const struct watch_calls *calls);

void watch_done(struct watch *watch);

/* Whether somebody asked for an end. */
bool watch_interrupted(const struct watch *watch);

/* Closes a handle and turns the loop until it is gone; handle->data is lost. */
void watch_close_handle(struct uv_loop_s *loop, uv_handle_t *handle);

#endif
