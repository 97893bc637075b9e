/* SPDX-License-Identifier: Apache-2.0 */
#include "load/watch.h"

#include <string.h>

#include "base/clock.h"

#define WATCH_PERIOD_MS 20

bool watch_interrupted(const struct watch *watch) {
    return watch->interrupted != NULL && *watch->interrupted != 0;
}

static void watch_interrupt(struct watch *watch) {
    if (watch_interrupted(watch) && !watch->interrupt_told) {
        watch->interrupt_told = true;
        if (watch->calls->interrupt != NULL) {
            watch->calls->interrupt(watch->calls->data);
        }
    }
}

static void watch_tick(uv_timer_t *timer) {
    struct watch *watch = timer->data;
    const struct watch_calls *calls = watch->calls;
    uint64_t now_ns = clock_now_ns();
    uint64_t progress =
        calls->progress != NULL ? calls->progress(calls->data) : 0;
    if (progress != watch->progress) {
        watch->progress = progress;
        watch->moved_ns = now_ns;
    } else if (now_ns - watch->moved_ns >= watch->stall_ns) {
        watch->stalled = true;
        uv_stop(watch->loop);
        return;
    }
    watch_interrupt(watch);
}

void watch_init(struct watch *watch, struct uv_loop_s *loop, uint64_t stall_ns,
                const volatile int *interrupted) {
    memset(watch, 0, sizeof *watch);
    watch->loop = loop;
    watch->stall_ns = stall_ns;
    watch->interrupted = interrupted;
    (void)uv_timer_init(loop, &watch->timer);
    uv_unref((uv_handle_t *)&watch->timer);
    watch->timer.data = watch;
}

void watch_fini(struct watch *watch) {
    watch_close_handle(watch->loop, (uv_handle_t *)&watch->timer);
}

void watch_begin(struct watch *watch) {
    watch->done = false;
    watch->stalled = false;
    watch->interrupt_told = false;
    watch->progress = 0;
    watch->moved_ns = clock_now_ns();
}

enum watch_end watch_run(struct watch *watch, const struct watch_calls *calls) {
    watch->calls = calls;
    watch_interrupt(watch);
    if (!watch->done) {
        watch->running = true;
        uv_update_time(watch->loop);
        (void)uv_timer_start(&watch->timer, watch_tick, WATCH_PERIOD_MS,
                             WATCH_PERIOD_MS);
        (void)uv_run(watch->loop, UV_RUN_DEFAULT);
        (void)uv_timer_stop(&watch->timer);
        watch->running = false;
    }
    if (watch->done) {
        return WATCH_DONE;
    }
    return watch->stalled ? WATCH_STALLED : WATCH_DRY;
}

void watch_done(struct watch *watch) {
    watch->done = true;
    /* Outside of uv_run() the stop would be kept for the next one. */
    if (watch->running) {
        uv_stop(watch->loop);
    }
}

static void watch_closed(uv_handle_t *handle) {
    *(bool *)handle->data = true;
}

void watch_close_handle(struct uv_loop_s *loop, uv_handle_t *handle) {
    bool closed = false;
    handle->data = &closed;
    uv_close(handle, watch_closed);
    while (!closed) {
        (void)uv_run(loop, UV_RUN_NOWAIT);
    }
}
